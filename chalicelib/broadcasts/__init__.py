"""Broadcasts: one message to many people, at a rate, seen as it goes and stopped when somebody says so."""
