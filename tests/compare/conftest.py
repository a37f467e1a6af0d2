"""Models score in processes of their own, which start warm and serve the tests that follow, too."""

from pathlib import Path

import pytest

from truerun.compare import revision
from truerun.model.isolation.isolated_model import IsolatedModel


@pytest.fixture(scope="module", autouse=True)
def warm(warm_stages: None) -> None:
    """Programs, and the processes of models, start warm: see `tests.warm`."""


@pytest.fixture(scope="session")
def started() -> dict[bytes, IsolatedModel]:
    """Models in processes of their own, by their files."""
    return {}


@pytest.fixture(autouse=True)
def started_once(started: dict[bytes, IsolatedModel], monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a process for a model once."""

    def once(path: Path) -> IsolatedModel:
        content = path.read_bytes()
        if content not in started:
            started[content] = IsolatedModel(path)
        return started[content]

    monkeypatch.setattr(revision, "IsolatedModel", once)
