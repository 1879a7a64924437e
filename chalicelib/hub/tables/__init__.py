"""Records, batches and quarantine as rows."""
