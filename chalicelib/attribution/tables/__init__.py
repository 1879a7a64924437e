"""Touches, what came of them and the counters, as rows."""
