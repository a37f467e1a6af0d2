"""No room uses one above it: `make lint` holds the imports against the floors of pyproject.toml."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import clone

pytestmark = pytest.mark.slow
UPWARD = "A room uses rooms on the floors below it"


def lint(root: Path, *settings: str) -> tuple[int, str]:
    """Exit status of import-linter in a clone, and what it prints."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache", *settings],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("src/truerun/base/files.py", "from truerun.model import metrics", UPWARD),
        ("src/truerun/contract/drift.py", "from truerun.model import split", UPWARD),
        ("src/truerun/gate/outcomes.py", "from truerun.compare import pairs", UPWARD),
        ("src/truerun/report/words.py", "from truerun.base import errors", UPWARD),
        ("src/truerun/model/split.py", "import tools.attest", "The package knows no tools"),
        (
            "src/truerun/adopt/reading/dialect.py",
            "import truerun.adopt.table_profile",
            "Adopt reads",
        ),
    ],
)
def test_an_import_that_goes_up_is_red(tmp_path: Path, module: str, planted: str, broken: str):
    project = clone(tmp_path / "repository")
    assert lint(project.root)[0] == 0
    text = project.read(module)
    (project.root / module).write_text(f"{text}\n{planted}\n", encoding="utf-8")
    status, printed = lint(project.root)
    assert status == 1
    assert any("BROKEN" in line and broken in line for line in printed.splitlines())


def test_a_room_that_no_floor_has_is_red(tmp_path: Path) -> None:
    project = clone(tmp_path / "repository")
    (project.root / "src/truerun/attic").mkdir()
    (project.root / "src/truerun/attic/__init__.py").write_text("", encoding="utf-8")
    status, printed = lint(project.root)
    assert status == 1
    assert "attic" in printed
