"""The DVC stages, a program each: `python -m pipeline.stages.NAME`."""
