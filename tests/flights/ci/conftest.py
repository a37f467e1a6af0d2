"""A runner, and pull requests on the sample's repository."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci.conftest import certificate, hub
from tests.ci.runner import Machine
from tests.conftest import Project

Machines = Callable[[], Machine]
__all__ = ["certificate", "hub"]  # fixtures


@pytest.fixture(scope="module")
def origin(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the sample project, where authors work: each on a branch, from main."""
    folder = tmp_path_factory.mktemp("author") / "repository"
    shutil.copytree(sample_project.root, folder, symlinks=True)
    return Project(folder)


@pytest.fixture(scope="module")
def machines(
    origin: Project,
    certificate: Path,
    warm_programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Machines:
    """A function that gives a fresh runner, with the origin as it is by then."""

    def machine() -> Machine:
        folder = tmp_path_factory.mktemp("machine")
        bare = folder / "origin.git"
        origin.run("git", "clone", "--quiet", "--bare", ".", str(bare))
        found = Machine(folder, bare, origin.root / ".dvc/cache", certificate, warm_programs)
        found.set_up()
        return found

    return machine
