"""Steps of guidance."""
