"""The package does not know the flights, and they use only what rows are made with."""

from pathlib import Path

import pytest

from tests.conftest import clone
from tests.repository.test_imports import lint

OWN = "src/flights/imports.toml"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("src/truerun/sources/table/cells.py", "import flights.days", "The package does not know"),
        ("src/flights/days.py", "from truerun.model import metrics", "A source of one's own"),
    ],
)
def test_an_import_that_breaks_the_bounds_is_red(
    tmp_path: Path, module: str, planted: str, broken: str
) -> None:
    project = clone(tmp_path / "repository")
    assert lint(project.root, OWN)[0] == 0
    text = project.read(module)
    (project.root / module).write_text(f"{text}\n{planted}\n", encoding="utf-8")
    status, printed = lint(project.root, OWN)
    assert status == 1
    assert any("BROKEN" in line and broken in line for line in printed.splitlines())
