"""The model over files: scores of rows whose outcome is not known, and rows that are refused."""
