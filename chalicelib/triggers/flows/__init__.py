"""Rules from records to messages at work: published, tried, followed when a record changes."""
