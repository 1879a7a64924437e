"""The identity room's rows: identifiers, and the clusters they are in."""
