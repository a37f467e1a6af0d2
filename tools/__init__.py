"""What maintainers of this repository run; no stage depends on it."""
