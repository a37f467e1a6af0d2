"""The model over HTTP: answers to rows, by the bundle alone."""
