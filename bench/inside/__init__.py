"""What is measured inside the package of production: these modules see its libraries, the bench itself and nothing else."""
