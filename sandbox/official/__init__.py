"""The endpoints that only official accounts have, a module per subject."""
