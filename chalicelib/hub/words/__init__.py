"""Words of the hub."""
