"""The programs at the edge: their help, their summary, their errors."""

import subprocess
import sys

import pytest
from tools import audit

from tests.conftest import ROOT
from truerun.base.errors import TruerunError
from truerun.repro import __main__ as repro

pytestmark = pytest.mark.slow

PROGRAMS = [
    "truerun.ingest",
    "truerun.repro",
    *(f"truerun.stages.{s}" for s in ("prepare", "validate", "featurize", "train", "evaluate")),
]


def run(*command: str, cwd=ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("warm_start")
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_explains_itself(program: str) -> None:
    done = run(program, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 100
    assert done.stderr == ""


@pytest.mark.usefixtures("warm_start")
@pytest.mark.parametrize("program", PROGRAMS)
def test_outside_the_repository_a_program_ends_in_one_clear_line(program: str, tmp_path) -> None:
    done = run(program, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [(), ("--record", "run.json")])
def test_a_run_without_git_says_so_with_the_way_out(options, tmp_path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").touch()
    done = run("truerun.repro", *options, cwd=tmp_path)
    assert "is in no Git repository, as a downloaded ZIP" in done.stderr.splitlines()[-1]
    assert "`git init " in done.stderr
    assert not (tmp_path / "run.json").exists()


def test_a_stage_takes_no_arguments() -> None:
    done = run("truerun.stages.train", "--fast")
    assert done.returncode == 2
    assert "unrecognized arguments: --fast" in done.stderr


def test_a_summary_needs_the_metrics_of_a_run(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TruerunError, match=r"metrics/evaluate\.json cannot be read"):
        repro.summary({"ran": [], "restored from the cache": [], "unchanged": []})


def test_an_audit_fails_for_an_advisory_and_names_it() -> None:
    found = {"id": "CVE-2026-1", "fix_versions": ["2.0"]}
    report = {"dependencies": [{"name": "some", "version": "1.0", "vulns": [found]}]}
    status, message = audit.verdict(report)
    assert status == 1
    assert "some 1.0: CVE-2026-1, fixed in 2.0" in message


def test_an_audit_says_how_many_packages_it_could_look_up() -> None:
    known = {"name": "known", "version": "1.0", "vulns": []}
    unknown = {"name": "unknown", "skip_reason": "not found"}
    assert audit.verdict({"dependencies": [known, unknown]}) == (
        0,
        "pip-audit: 1 of 2 packages looked up",
    )
    assert audit.verdict({"dependencies": [unknown]}) == (0, audit.UNREACHABLE)
