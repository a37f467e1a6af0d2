"""Searches for better parameters of the model, on training rows only."""
