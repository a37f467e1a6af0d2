"""The project that is written of what was decided, and its first model."""
