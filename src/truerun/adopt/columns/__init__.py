"""What is decided of each column: its kind, its role, whether it stays, and why."""
