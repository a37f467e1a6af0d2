"""Whose doing a difference was: groups of changes, their combinations, and a share for each."""
