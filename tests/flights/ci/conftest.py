"""A runner, and pull requests on the sample's repository."""

import shutil

import pytest

from tests.ci.conftest import Machines, certificate, hub, machines
from tests.conftest import Project

__all__ = ["Machines", "certificate", "hub", "machines"]  # fixtures, and their type


@pytest.fixture(scope="module")
def origin(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the sample project, where authors work: each on a branch, from main."""
    folder = tmp_path_factory.mktemp("author") / "repository"
    shutil.copytree(sample_project.root, folder, symlinks=True)
    return Project(folder)
