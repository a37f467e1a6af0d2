"""What became of the commits of a branch: of a real repository, with the notes that main keeps."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import comparisons
from truerun.base.commands import CommandError
from truerun.base.notes import NOTES
from truerun.history import __main__ as program
from truerun.history import commits
from truerun.report import history as read


def git(*arguments: str) -> str:
    command = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(message: str, **metrics: float) -> str:
    """A commit whose run gave some metrics; without any it has no figures."""
    if metrics:
        Path("metrics").mkdir(exist_ok=True)
        Path("metrics/evaluate.json").write_text(json.dumps({"test": metrics}), "utf-8")
        Path("metrics/validate.json").write_text('{"rows_out": 1000}', "utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


def note(name: str, content: object) -> None:
    git("notes", "--ref", NOTES, "add", "--force", "--message", json.dumps(content), name)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")


@pytest.mark.usefixtures("repository")
def test_figures_come_from_git_and_intervals_age_and_cost_from_notes() -> None:
    compared = comparisons.as_json(comparisons.comparison())
    first = commit("Nothing yet")
    second = commit("A model", roc_auc=0.7, note="no number")
    third = commit("A better one", roc_auc=0.75)
    note(third, {"version": 1, "comparison": compared})
    fourth = commit("Not proved yet", roc_auc=0.76)
    Path("comparison.json").write_text(
        json.dumps(compared | {"head": {"name": "main", "commit": fourth}}), "utf-8"
    )
    program.main(["--output", "history.json", "--comparison", "comparison.json"])

    found = read.load(Path("history.json"))["commits"]
    assert [one["commit"] for one in found] == [first, second, third, fourth]
    assert [one["subject"] for one in found[:2]] == ["Nothing yet", "A model"]
    assert [one["metrics"] for one in found[:2]] == [{}, {"roc_auc": 0.7}]
    assert [one["rows"] for one in found] == [None, 1000, 1000, 1000]
    assert found[1]["changes"] == {}
    assert [one["age_days"] for one in found] == [None, None, 4738.5, 4738.5]
    assert found[2]["train_seconds"] == 9.84
    moved = next(
        one for one in compared["metrics"]["paired"][0]["differences"] if one["metric"] == "roc_auc"
    )
    expected = [moved[end] - moved["difference"] for end in ("low", "high")]
    assert found[2]["changes"]["roc_auc"] == pytest.approx(expected)


@pytest.mark.usefixtures("repository")
def test_a_subject_and_a_tag_may_hold_other_ends_of_lines() -> None:
    commit("One\u2028line\x0b, still", roc_auc=0.7)
    git("tag", "a\u2028b@v1.0.0")
    program.main(["--output", "history.json"])
    (found,) = read.load(Path("history.json"))["commits"]
    assert found["subject"].startswith("One\u2028line")
    assert found["releases"] == ["a\u2028b@v1.0.0"]


@pytest.mark.usefixtures("repository")
def test_tags_of_versions_are_releases_and_no_others() -> None:
    first = commit("A model", roc_auc=0.7)
    git("tag", "--annotate", "--message", "First", "model@v1.0.0")
    git("tag", "v1.0.1")
    git("tag", "model#prod#1")
    git("tag", "vacation")
    second = commit("A better one", roc_auc=0.8)
    git("tag", "v2.0.0-rc.1")
    commit("No release", roc_auc=0.8)
    git("tag", "--annotate", "--message", "A tree has no commit", "v3.0.0", "HEAD^{tree}")
    program.main(["--output", "history.json"])

    found = read.load(Path("history.json"))["commits"]
    assert [sorted(one["releases"]) for one in found] == [
        ["model@v1.0.0", "v1.0.1"],
        ["v2.0.0-rc.1"],
        [],
    ]
    assert [one["commit"] for one in found[:2]] == [first, second]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "content",
    [
        [],
        {"comparison": 3},
        {"comparison": {"metrics": {"missing": "gone"}, "data": [], "cost": {"missing": "gone"}}},
        {"comparison": {"metrics": {"paired": []}, "cost": [{"name": 7}, 8]}},
        {"comparison": {"metrics": {"paired": [{"differences": [{"metric": "a", "low": 1}]}]}}},
    ],
)
def test_a_note_of_another_form_says_nothing(content: object) -> None:
    name = commit("A model", roc_auc=0.7)
    note(name, content)
    (one,) = commits.newest(Path(), "HEAD", 50)
    found = commits.summary(one, {})
    assert (found["changes"], found["age_days"], found["train_seconds"]) == ({}, None, None)
    assert found["metrics"] == {"roc_auc": 0.7}


@pytest.mark.usefixtures("repository")
def test_the_newest_commits_are_those_of_the_branch_and_not_of_what_it_merged() -> None:
    before = [commit(f"Commit {number}") for number in range(4)]
    git("switch", "--quiet", "--create", "topic")
    commit("On a branch")
    git("switch", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--message", "Merged", "topic")
    merged = git("rev-parse", "HEAD")
    assert [one.name for one in commits.newest(Path(), "HEAD", 3)] == [*before[-2:], merged]
    with pytest.raises(CommandError, match="nowhere"):
        commits.newest(Path(), "nowhere", 3)


@pytest.mark.usefixtures("repository")
def test_a_comparison_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    commit("A model", roc_auc=0.7)
    Path("comparison.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SystemExit):
        program.main(["--comparison", "comparison.json"])
    assert "comparison.json is not a comparison" in capsys.readouterr().err
    assert not Path("history.json").exists()
