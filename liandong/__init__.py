"""The command line of Liandong: `python -m liandong --help`."""
