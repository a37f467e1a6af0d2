"""A model file that a stranger made: checked first, then run in a process that can do no harm."""
