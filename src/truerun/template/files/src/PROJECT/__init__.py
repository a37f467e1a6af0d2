"""The project's own code: its features, and a source of its own if it needs one."""
