"""The archive: everything that was kept, in columns, for questions and for replays."""
