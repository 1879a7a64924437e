"""What is done with mass sends."""
