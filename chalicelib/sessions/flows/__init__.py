"""What the sessions room does, a file for each end."""
