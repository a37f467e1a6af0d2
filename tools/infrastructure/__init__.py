"""Checks of what a model is deployed by, compose.yaml and ops/: by programs and by our rules."""
