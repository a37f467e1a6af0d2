"""What takes long to import is imported by those who use it, and by nobody else."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.variants import nightly_after

pytestmark = pytest.mark.slow

HEAVY = ("lightgbm", "matplotlib", "optuna", "pandera", "scipy", "skops", "sklearn")
# Which of them each stage may have imported before it does anything.
USED = {
    "prepare": set(),
    "validate": {"scipy"},
    "featurize": {"scipy", "sklearn"},
    "train": set(),
    "evaluate": {"matplotlib", "scipy", "sklearn"},
}


def imported(module: str) -> set[str]:
    """Which of the heavy libraries a process has that imports a module."""
    code = f"import sys, {module}; print(*{{*{HEAVY}}} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("stage", nightly_after(2, USED))
def test_a_stage_imports_what_it_uses(stage: str) -> None:
    assert imported(f"truerun.stages.{stage}") == USED[stage]


def test_what_judges_waits_for_nothing_but_its_programs() -> None:
    assert imported("truerun.judge.__main__") == set()
    assert "skops" not in imported("truerun.compare.__main__")  # a model is read where it is sealed


def test_the_source_of_tables_imports_none_of_it() -> None:
    assert imported("truerun.sources.table.source") == set()
