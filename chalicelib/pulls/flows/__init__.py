"""What the pulls do, step by step."""
