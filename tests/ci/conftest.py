"""GitHub's stand-in, and the stand-ins for programs."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci import hub as github
from tests.ci.hub import Hub
from tests.ci.runner import lay_down_programs


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of GitHub's stand-in."""
    path = tmp_path_factory.mktemp("certificate") / "hub.pem"
    github.certify(path)
    return path


@pytest.fixture
def hub(certificate: Path) -> Iterator[Hub]:
    """GitHub with an empty repository."""
    with github.serve(Hub(), certificate) as served:
        yield served


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with the stand-ins for programs."""
    folder = tmp_path / "programs"
    lay_down_programs(folder, sys.executable)
    return folder
