"""What the town's model was released with, laid down once."""

from pathlib import Path

import pytest

from tests.monitor import town


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that was released."""
    folder = tmp_path_factory.mktemp("released")
    town.lay_down(folder)
    return folder


@pytest.fixture
def folder(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    town.copy(released, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
