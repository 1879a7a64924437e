"""Records of every end: taken in, cleaned, kept once, handed out."""
