"""What a menu may be, and how it stands beside another. Pure."""
