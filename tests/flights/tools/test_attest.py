"""`make attest` on real runs in a clone: it passes where Git tells the truth, and names lies."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml
from tools import attest

from tests.conftest import COLD, Project
from truerun.base.commands import CommandError

pytestmark = pytest.mark.slow

AS_IT_IS: dict[str, dict[str, str]] = {"as it is": {}}


@pytest.fixture(autouse=True)
def _in_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)


@pytest.mark.nightly
def test_the_harshest_conditions_give_the_same_bytes(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", COLD)  # some count from the start of a process on
    (tmp_path / "locales").mkdir()
    conditions = attest.conditions(tmp_path / "locales")
    assert len(conditions) == 8
    assert conditions["as it is"] == {}
    # The sample was made with one thread.
    harsh = ("nothing newer than SSE", "another time zone", "another locale", "two threads")
    together = {k: v for name in harsh for k, v in (conditions[name] or {}).items()}
    attest.attest({"all at once": together, "on the moon": None})
    printed = capsys.readouterr().out
    assert "all at once ... the same bytes" in printed
    assert "on the moon ... not possible on this machine" in printed
    assert project.run("git", "status", "--short") == ""


@pytest.mark.nightly
@pytest.mark.usefixtures("warm_start")
def test_whatever_is_edited_by_hand_is_named(project: Project) -> None:
    """A metric together with its entry in the lock, other entries, a metric by itself, and code.

    The code makes each run another one, so that its output is named too.
    """
    figures = project.read("metrics/evaluate.json")
    area = re.search(r'"roc_auc": (0\.\d+)', figures)
    assert area is not None
    forged = figures.replace(area[0], '"roc_auc": 0.9', 1)
    (project.root / "metrics/evaluate.json").write_text(forged, encoding="utf-8")
    project.edit("metrics/prepare.json", '"rows_in": ', '"rows_in": 9', count=1)
    lock = yaml.safe_load(project.read("dvc.lock"))
    stages = lock["stages"]
    entry = _entry(stages["evaluate"]["outs"], "metrics/evaluate.json")
    entry["md5"] = hashlib.md5(forged.encode(), usedforsecurity=False).hexdigest()
    entry["size"] = len(forged.encode())
    _entry(stages["featurize"]["outs"], "data/features")["md5"] = "0" * 32 + ".dir"
    _entry(stages["train"]["deps"], "schema.yaml")["md5"] = "1" * 32
    stages["train"]["params"]["params.yaml"]["train"]["seed"] = 7
    (project.root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False), encoding="utf-8")
    project.edit(
        "src/truerun/stages/train.py",
        '        "iterations": estimators.iterations(estimator),',
        '        "iterations": __import__("os").getpid(),',
    )
    project.commit("Better figures")
    assert "metrics/evaluate.json" not in project.run("dvc", "status")  # DVC does not see it

    with pytest.raises(attest.AttestError) as error:
        attest.attest(AS_IT_IS)
    told = [re.sub(r"md5 \w+(\.dir)?, \d+ bytes", "#", line) for line in _lines(error.value)]
    assert told[0] == "as it is: a run does not give what is in Git:"
    changed = "dvc.lock has #, the run #"
    assert told[1:7] == [
        f"stage featurize, output data/features: {changed}",
        f"stage train, dependency schema.yaml: {changed}",
        f"stage train, dependency src/truerun/stages/train.py: {changed}",
        f"stage train, output metrics/train.json: {changed}",
        "stage train, parameter params.yaml: train.seed: dvc.lock has 7, the run 20130101",
        f"stage evaluate, output metrics/evaluate.json: {changed}",
    ]
    assert told[7] == f"metrics/evaluate.json, test.roc_auc: Git has 0.9, the run {area[1]}"
    assert told[8].startswith("metrics/prepare.json, rows_in: Git has 9")
    assert told[9].startswith("metrics/train.json, iterations: Git has 40, the run ")
    assert len(told) == 10


@pytest.mark.nightly
@pytest.mark.usefixtures("warm_start")
def test_what_is_not_committed_counts(project: Project) -> None:
    project.edit("params.yaml", "max_one_hot: 20", "max_one_hot: many")
    with pytest.raises(CommandError, match=r"featurize\.max_one_hot: "):
        attest.attest(AS_IT_IS)


@pytest.mark.usefixtures("warm_start")
def test_raw_data_that_is_not_what_is_listed_is_named(project: Project) -> None:
    file = project.root / "data/raw/flights/2013-08.csv"
    file.write_bytes(file.read_bytes().replace(b",EWR,", b",JFK,", 1))
    with pytest.raises(CommandError, match=r"flights/2013-08\.csv"):
        attest.attest(AS_IT_IS)


def _entry(entries: list[dict], path: str) -> dict:
    """The entry of a path."""
    return next(entry for entry in entries if entry["path"] == path)


def _lines(error: Exception) -> list[str]:
    """Lines of a message."""
    return [line.strip() for line in str(error).splitlines()]
