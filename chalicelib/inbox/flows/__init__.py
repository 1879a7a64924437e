"""What the inbox does with callbacks: a file for the door, for the worker, and for what failed."""
