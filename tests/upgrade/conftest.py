"""Wheels of three versions, and a project of the first one."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.upgrade import versions


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheels of three versions, by their versions."""
    return versions.wheels_of_all(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def first(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the first version, which no test changes."""
    folder = tmp_path_factory.mktemp("first") / "shop"
    return versions.project_of(folder, wheels[versions.FIRST]).root


@pytest.fixture
def project(first: Path, tmp_path: Path) -> Project:
    """A project of the first version."""
    shutil.copytree(first, tmp_path / "shop")
    return Project(tmp_path / "shop")
