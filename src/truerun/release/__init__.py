"""Versions of the model, the stages that they are in, and what is let into a stage."""
