"""Writes the project of a user's own table, a repository of its own."""
