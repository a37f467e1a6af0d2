"""One module for each shape of raw data."""
