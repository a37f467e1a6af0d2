"""Decides on each column: its kind, its role, whether it stays, and why."""
