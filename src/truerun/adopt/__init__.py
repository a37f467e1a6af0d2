"""Makes a clone the project of a user's own table."""
