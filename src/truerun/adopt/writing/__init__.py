"""Writes the project from what was decided, and judges its first model."""
