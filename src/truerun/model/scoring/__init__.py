"""Scores of a few rows in microseconds, bit for bit the pipeline's: what a bundle is read with.

Nothing here imports more than NumPy and pydantic, but for `derived`, which makes a bundle of a
fitted pipeline, and models that need their library.
"""
