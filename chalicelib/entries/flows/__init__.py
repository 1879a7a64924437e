"""What is done with entries."""
