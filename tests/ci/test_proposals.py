"""A change is proposed once, however often it is tried, and though GitHub does not say so."""

import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from tests.ci.hub import REPOSITORY, Hub
from truerun.ci import proposals, renew_lock
from truerun.ci.github import Api, UnsureError


class Asked:
    """GitHub, which opens pull requests, but does not say so the first time."""

    repository = REPOSITORY

    def __init__(self, *, silent: bool) -> None:
        self.hub, self.silent, self.slept = Hub(), silent, 0.0

    def items(self, path: str) -> list[Any]:
        assert path == "pulls"
        return self.hub.pulls

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        assert (method, path) == ("POST", "pulls")
        pull = self.hub.pull("0" * 40, body["head"])
        if self.silent:
            raise UnsureError("the connection was cut", None, None)
        return pull

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a file, and an origin."""
    git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    git("init", "--quiet", "--initial-branch=main", str(tmp_path / "here"))
    monkeypatch.chdir(tmp_path / "here")
    Path("dvc.lock").write_text("old\n", encoding="utf-8")
    Path(".gitignore").write_text("/reports/\n", encoding="utf-8")
    git("add", "--all")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Start")
    git("remote", "add", "origin", str(tmp_path / "origin"))
    return tmp_path


@pytest.mark.parametrize("silent", [False, True])
def test_a_lock_is_renewed_by_one_pull_request(
    silent: bool, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clone.exists()
    Path("dvc.lock").write_text("new\n", encoding="utf-8")
    Path("new.csv").write_text("1\n", encoding="utf-8")
    patch = Path("reports/renewed.patch")
    renew_lock.diff(patch)
    asked = Asked(silent=silent)
    for _ in range(2):
        git("add", "--all")
        git("reset", "--quiet", "--hard")
        git("switch", "--quiet", "main")
        renew_lock.propose(cast("Api", asked), patch)
    (pull,) = asked.hub.pulls
    branch = pull["head"]["ref"]
    assert git("show", f"origin/{branch}:dvc.lock") == "new"
    assert git("show", f"origin/{branch}:new.csv") == "1"
    said = capsys.readouterr().out
    assert said.count(proposals.address(pull)) == 2
    assert ("opened" in said) != silent
    assert "already open" in said
    assert bool(asked.slept) == silent
