"""With which commit a working tree is compared."""

import subprocess
from pathlib import Path

import pytest

from pipeline.compare import revisions


class Repository:
    """A repository of Git with one file."""

    def __init__(self, root: Path, *clone: str) -> None:
        self.root = root
        subprocess.run(["git", *(clone or ("init", "--quiet", "-b", "main")), root], check=True)

    def git(self, *arguments: str) -> str:
        author = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        command = ["git", *author, *arguments]
        return subprocess.run(
            command, cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, content: str) -> str:
        """The commit of another content."""
        (self.root / "file").write_text(content, encoding="utf-8")
        self.git("add", "file")
        self.git("commit", "--quiet", "--message", content)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A clone of a template."""
    template = Repository(tmp_path / "template")
    template.commit("of the template")
    made = Repository(tmp_path / "project", "clone", "--quiet", str(template.root))
    monkeypatch.chdir(made.root)
    return made


def test_a_branch_is_compared_with_where_it_leaves_the_main_branch_here(project) -> None:
    adopted = project.commit("adopted")
    project.git("switch", "--quiet", "--create", "change")
    project.commit("changed")
    project.commit("changed again")
    assert revisions.merge_base() == adopted


def test_a_branch_is_compared_with_the_origin_where_main_is_behind_it(project) -> None:
    old = project.git("rev-parse", "HEAD")
    project.git("switch", "--quiet", "--create", "change")
    newer = project.commit("newer")
    project.git("update-ref", "refs/remotes/origin/main", newer)
    project.commit("changed")
    assert project.git("rev-parse", "main") == old
    assert revisions.merge_base() == newer


def test_what_is_committed_on_main_is_compared_with_the_origin(project) -> None:
    pushed = project.git("rev-parse", "HEAD")
    project.commit("changed")
    assert revisions.merge_base() == pushed


def test_what_is_not_committed_on_main_is_compared_with_the_last_commit(project) -> None:
    adopted = project.commit("adopted")
    (project.root / "file").write_text("changed", encoding="utf-8")
    assert revisions.merge_base() == adopted


def test_without_an_origin_main_is_compared_with_itself(project) -> None:
    project.git("remote", "remove", "origin")
    assert revisions.merge_base() == project.git("rev-parse", "HEAD")


def test_without_a_main_branch_the_commit_must_be_named(project) -> None:
    project.git("remote", "remove", "origin")
    project.git("branch", "--move", "trunk")
    with pytest.raises(revisions.RevisionError, match=r"no main branch .* with --base"):
        revisions.merge_base()
