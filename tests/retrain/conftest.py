"""The town of the monitor's tests."""

from tests.monitor.conftest import folder, released

__all__ = ["folder", "released"]
