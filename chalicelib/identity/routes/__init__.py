"""The doors of the identity room."""
