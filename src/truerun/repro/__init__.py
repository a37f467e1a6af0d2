"""A run of the pipeline and its record. For who runs it, and for `compare`."""
