"""Decisions of the sessions room, a file for each subject. Pure."""
