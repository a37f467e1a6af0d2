"""A table as its user has it, in CSV, JSON lines, Parquet or Excel."""
