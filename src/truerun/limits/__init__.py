"""What windows of the training rows show, as limits.yaml, and what of other rows lies beyond it."""
