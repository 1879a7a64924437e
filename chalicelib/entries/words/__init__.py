"""Words of the entries room: ways in, where they stand and where they lead."""
