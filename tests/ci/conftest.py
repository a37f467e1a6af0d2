"""GitHub's stand-in, and the stand-ins for programs."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ci import hub as github
from tests.ci.hub import Hub
from tests.ci.runner import Machine, lay_down_programs
from tests.conftest import Project

Machines = Callable[[], Machine]


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


@pytest.fixture(scope="module")
def machines(
    origin: Project,
    certificate: Path,
    warm_programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Machines:
    """A function that gives a fresh runner, with the origin as it is by then.

    A module says what the origin is.
    """

    def machine() -> Machine:
        folder = tmp_path_factory.mktemp("machine")
        bare = folder / "origin.git"
        origin.run("git", "clone", "--quiet", "--bare", ".", str(bare))
        found = Machine(folder, bare, origin.root / ".dvc/cache", certificate, warm_programs)
        found.set_up()
        return found

    return machine
