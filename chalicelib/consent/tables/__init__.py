"""The consent room's rows."""
