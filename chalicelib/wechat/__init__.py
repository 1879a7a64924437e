"""WeChat in our words: what it pushes to us, what we answer, and what we call."""
