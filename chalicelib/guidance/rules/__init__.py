"""Pure decisions of guidance."""
