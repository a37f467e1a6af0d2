"""GitHub's stand-in."""

from tests.ci.conftest import certificate, hub

__all__ = ["certificate", "hub"]
