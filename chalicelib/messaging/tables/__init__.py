"""The messaging room's rows."""
