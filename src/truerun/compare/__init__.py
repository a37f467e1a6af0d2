"""Two revisions in, one `Comparison` out."""
