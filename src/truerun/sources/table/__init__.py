"""A user's table in CSV, JSON lines, Parquet or Excel."""
