"""The comparison of two revisions, as types: `compare` makes a `Comparison`, `gate` reads it."""
