"""The town of the monitor's tests, and the certificate of GitHub's stand-in."""

from tests.ci.conftest import certificate
from tests.monitor.conftest import folder, released

__all__ = ["certificate", "folder", "released"]
