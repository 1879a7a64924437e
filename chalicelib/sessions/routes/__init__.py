"""The doors of the sessions room, a file for each end."""
