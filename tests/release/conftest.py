"""A workshop of each test's own, made once."""

import shutil
from pathlib import Path

import pytest

from tests.release import workshop as workshops
from tests.release.workshop import Workshop


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop that all copy."""
    return workshops.made(tmp_path_factory.mktemp("workshop") / "first")


@pytest.fixture
def workshop(first: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop, in whose clone the test runs."""
    shutil.copytree(first.folder, tmp_path / "workshop", symlinks=True)
    monkeypatch.chdir(tmp_path / "workshop/clone")
    return Workshop(tmp_path / "workshop")
