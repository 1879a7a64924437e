"""Words of the offers room."""
