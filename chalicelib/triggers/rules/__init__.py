"""What rules make of records. Pure."""
