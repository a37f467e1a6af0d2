"""A user's own table: what is in it, and what the pipeline is to make of it."""
