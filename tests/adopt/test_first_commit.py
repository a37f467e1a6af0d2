"""The line to type for the first commit adds the files of the project, and no others."""

import subprocess
from pathlib import Path

import pytest

from truerun.adopt.writing import first_commit

OURS = [".dvc/config", "data/raw.dvc", "data/raw/a b.csv", "data/raw/c.csv", "src/shop/it.py"]
IGNORED = [".dvc/cache/1", "data/prepared/it.parquet", "src/shop/__pycache__/it.pyc"]
THEIRS = ["src/theirs.py"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with files of the project, what Git ignores, and files of its user."""
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Tester")
    git(tmp_path, "config", "user.email", "tester@example.org")
    git(tmp_path, "config", "core.excludesFile", str(tmp_path / ".git/everywhere"))
    (tmp_path / ".git/everywhere").write_text("c.csv\n", encoding="utf-8")
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    (tmp_path / ".git/info/exclude").write_text("cache\nprepared\n__pycache__\n", "utf-8")
    for name in (*OURS, *IGNORED, *THEIRS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("it", encoding="utf-8")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_what_is_typed_commits_these_files_and_no_others(repository: Path) -> None:
    line = first_commit.line(repository, OURS)
    assert line == (
        "git add .dvc data src/shop && git add --force data/raw/c.csv"
        " && git commit -m 'Adopt the table'"
    )
    subprocess.run(["bash", "-c", line], cwd=repository, check=True, capture_output=True)
    assert git(repository, "ls-files").splitlines() == OURS
    assert git(repository, "status", "--porcelain").split() == ["??", *THEIRS]


def test_a_name_with_a_blank_is_one_name(repository: Path) -> None:
    (repository / "data/raw/theirs.csv").write_text("it", encoding="utf-8")
    assert "'data/raw/a b.csv'" in first_commit.line(repository, OURS)
