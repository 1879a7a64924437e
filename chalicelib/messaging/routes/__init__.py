"""The messaging room over HTTP."""
