"""A run of the pipeline and its record. For its users, and for `compare`."""
