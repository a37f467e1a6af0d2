"""The rules of `gate:` in params.yaml over a `Comparison`. For `compare` and for CI."""
