"""From a table of data to a model in production."""
