"""A proved commit keeps its comparison as a Git note, beside those of others."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from truerun.base.errors import CiError
from truerun.ci import attestation
from truerun.ci.attestation import NOTES

LONG = "x" * 200_000  # more than an argument of a command can have


def git(*arguments: str, folder: Path = Path()) -> str:
    command = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments)
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A clone of a repository, and its newest commit."""
    git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    git("clone", "--quiet", str(tmp_path / "origin.git"), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    Path("dvc.lock").write_text("stages: {}\n", encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "A lock")
    return git("rev-parse", "HEAD")


def compared(commit: str, **more: str) -> Path:
    path = Path("comparison.json")
    path.write_text(json.dumps({"head": {"commit": commit}, **more}), encoding="utf-8")
    return path


def test_a_note_is_added_to_those_that_are_there(commit: str, tmp_path: Path) -> None:
    git("notes", "--ref", NOTES, "add", "--message", "of before", f"{commit}^{{tree}}")
    git("push", "--quiet", "origin", NOTES)
    git("update-ref", "-d", NOTES)
    attestation.attest(compared(commit, predicts=LONG))
    origin = tmp_path / "origin.git"
    note = json.loads(git("notes", "--ref", NOTES, "show", commit, folder=origin))
    assert note["lock"] == hashlib.sha256(Path("dvc.lock").read_bytes()).hexdigest()
    assert (note["version"], note["commit"]) == (1, commit)
    assert note["comparison"]["predicts"] == LONG
    assert len(git("notes", "--ref", NOTES, "list", folder=origin).splitlines()) == 2


def test_what_is_not_of_the_commit_is_not_attested(commit: str) -> None:
    with pytest.raises(CiError, match=f"is of the commit 1111.*, not of {commit}"):
        attestation.attest(compared("1" * 40))
    Path("comparison.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CiError, match=r"comparison\.json is not a comparison"):
        attestation.attest(Path("comparison.json"))
    Path("dvc.lock").unlink()
    with pytest.raises(CiError, match=r"dvc\.lock cannot be read: No such file"):
        attestation.attest(compared(commit))
    assert git("ls-remote", "origin", NOTES) == ""
