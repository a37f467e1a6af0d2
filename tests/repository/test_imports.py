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


# Each with a line that its room may not have, and the import that is told of it.
PLANTED = (
    ("base/files.py", "from truerun.model import metrics", "base.files -> truerun.model.metrics"),
    (
        "contract/drift.py",
        "from truerun.model import split",
        "contract.drift -> truerun.model.split",
    ),
    (
        "gate/outcomes.py",
        "from truerun.compare import pairs",
        "gate.outcomes -> truerun.compare.pairs",
    ),
    ("report/words.py", "from truerun.base import errors", "report.words -> truerun.base.errors"),
    ("model/split.py", "import tools.attest", "model.split -> tools.attest"),
    (
        "adopt/reading/dialect.py",
        "import truerun.adopt.table_profile",
        "adopt.reading.dialect -> truerun.adopt.table_profile",
    ),
)
BROKEN = (UPWARD, "The package knows no tools", "Adopt reads")


def test_an_import_that_goes_up_is_red(tmp_path: Path) -> None:
    project = clone(tmp_path / "repository")
    assert lint(project.root)[0] == 0
    for module, planted, _ in PLANTED:
        path = project.root / "src/truerun" / module
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")
    status, printed = lint(project.root)
    assert status == 1
    red = [line for line in printed.splitlines() if "BROKEN" in line]
    assert all(any(contract in line for line in red) for contract in BROKEN), red
    assert [told for *_, told in PLANTED if f"truerun.{told} (l." not in printed] == []


def test_a_room_that_no_floor_has_is_red(tmp_path: Path) -> None:
    project = clone(tmp_path / "repository")
    (project.root / "src/truerun/attic").mkdir()
    (project.root / "src/truerun/attic/__init__.py").write_text("", encoding="utf-8")
    status, printed = lint(project.root)
    assert status == 1
    assert "attic" in printed
