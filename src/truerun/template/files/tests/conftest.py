"""What the tests share: the project as its last run left it (`make repro`)."""

import os
from pathlib import Path

# As in the pipeline: the same sums, to the last digit, on every machine. A few rows are scored
# faster by one thread.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import pytest
from truerun.testing.project import Project

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def project():
    """Settings, rows and model."""
    os.chdir(ROOT)
    return Project.load()
