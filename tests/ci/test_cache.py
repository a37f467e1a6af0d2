"""Of a restored cache only what main names is kept, and only if it is what its name says."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.base.commands import CommandError
from truerun.ci import __main__ as ci
from truerun.ci.cache import CACHE, keep_trusted


def stored(content: bytes, kind: str = "") -> str:
    """Put an object into the cache, and return its name."""
    name = hashlib.md5(content, usedforsecurity=False).hexdigest() + kind
    path = place(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def place(name: str) -> Path:
    return CACHE / "files/md5" / name[:2] / name[2:]


def commit(project: Project, *names: str, file: str = "dvc.lock") -> None:
    """Let main name some objects."""
    lines = "".join(f"    - path: out\n      md5: {name}\n" for name in names)
    path = project.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"stages:\n  train:\n    outs:\n{lines}", encoding="utf-8")
    project.commit("Objects")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path)
    made.run("git", "init", "--quiet", "--initial-branch=main")
    made.run("git", "config", "user.name", "Tester")
    made.run("git", "config", "user.email", "tester@example.org")
    (tmp_path / ".gitignore").write_text(".dvc/cache\n", encoding="utf-8")
    return made


def kept() -> set[str]:
    """The files that are still in the cache."""
    return {path.relative_to(CACHE).as_posix() for path in CACHE.rglob("*") if path.is_file()}


def test_what_main_names_stays_and_nothing_else(project: Project, capsys) -> None:
    model, row, raw = stored(b"model"), stored(b"row"), stored(b"raw")
    folder = stored(json.dumps([{"md5": row, "relpath": "a"}]).encode(), ".dir")
    commit(project, model, folder)
    commit(project, raw, file="data/raw.dvc")
    stored(b"a model of another learning rate")
    for name in ("runs/ab/cd/stage", "files/md5/zz", "note"):
        path = CACHE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"poison")
    keep_trusted("main")
    assert kept() == {place(n).relative_to(CACHE).as_posix() for n in (model, row, raw, folder)}
    assert capsys.readouterr().out == (".dvc/cache: 4 objects are kept, 3 were deleted\n")


@pytest.mark.parametrize("content", [b"shuffled scores", b""])
def test_an_object_that_is_not_what_its_name_says_is_deleted(project, content: bytes) -> None:
    scores, other = stored(b"scores"), stored(b"other")
    commit(project, scores, other)
    place(scores).write_bytes(content)
    keep_trusted("main")
    assert kept() == {place(other).relative_to(CACHE).as_posix()}


def test_a_folder_that_is_not_what_its_name_says_vouches_for_nothing(project: Project) -> None:
    evil = stored(b"evil")
    folder = stored(b"[]", ".dir")
    place(folder).write_text(json.dumps([{"md5": evil, "relpath": "a"}]), encoding="utf-8")
    commit(project, folder)
    keep_trusted("main")
    assert kept() == set()


def test_a_link_is_no_object(project: Project, tmp_path: Path) -> None:
    model = stored(b"model")
    commit(project, model)
    target = tmp_path / "elsewhere"
    place(model).rename(target)
    place(model).symlink_to(target)
    keep_trusted("main")
    assert kept() == set()
    assert target.read_bytes() == b"model"


def test_objects_of_earlier_commits_stay_and_of_a_branch_only_raw_data(project: Project) -> None:
    first, second, other = stored(b"first"), stored(b"second"), stored(b"other")
    commit(project, first)
    commit(project, second)
    project.run("git", "switch", "--quiet", "--create", "change")
    commit(project, other)
    raw = stored(b"raw data that is reviewed")
    commit(project, raw, file="data/raw.dvc")
    keep_trusted("main")
    assert kept() == {place(name).relative_to(CACHE).as_posix() for name in (first, second, raw)}


def test_without_a_cache_there_is_nothing_to_do(project: Project, capsys) -> None:
    commit(project)
    keep_trusted("main")
    assert capsys.readouterr().out == ".dvc/cache: nothing was restored\n"


def test_a_commit_that_is_not_there_keeps_nothing_silently(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    commit(project, stored(b"model"))
    with pytest.raises(CommandError, match="nowhere"):
        keep_trusted("nowhere")
    monkeypatch.setattr(sys, "argv", ["truerun ci", "cache", "nowhere"])
    with pytest.raises(SystemExit, match="1"):
        ci.main()
    assert "nowhere" in capsys.readouterr().err
