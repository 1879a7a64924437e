"""A phone to play with: the page, the diary it follows, and the doors it needs."""
