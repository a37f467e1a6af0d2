"""With which commit a working tree is compared."""

from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.compare import revisions


def commit(project: Project, content: str) -> str:
    """The commit of another content."""
    (project.root / "file").write_text(content, encoding="utf-8")
    project.commit(content)
    return revision(project, "HEAD")


def revision(project: Project, name: str) -> str:
    """The commit that a name stands for."""
    return project.run("git", "rev-parse", name).strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A clone of a template."""
    for side in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{side}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{side}_EMAIL", "tester@example.org")
    template, made = Project(tmp_path / "template"), Project(tmp_path / "project")
    template.root.mkdir()
    template.run("git", "init", "--quiet", "--initial-branch=main")
    commit(template, "of the template")
    template.run("git", "clone", "--quiet", ".", str(made.root))
    monkeypatch.chdir(made.root)
    return made


def test_a_branch_is_compared_with_where_it_leaves_the_main_branch_here(project) -> None:
    adopted = commit(project, "adopted")
    project.run("git", "switch", "--quiet", "--create", "change")
    commit(project, "changed")
    commit(project, "changed again")
    assert revisions.merge_base() == adopted


def test_a_branch_is_compared_with_the_origin_where_main_is_behind_it(project) -> None:
    old = revision(project, "HEAD")
    project.run("git", "switch", "--quiet", "--create", "change")
    newer = commit(project, "newer")
    project.run("git", "update-ref", "refs/remotes/origin/main", newer)
    commit(project, "changed")
    assert revision(project, "main") == old
    assert revisions.merge_base() == newer


def test_what_is_committed_on_main_is_compared_with_the_origin(project) -> None:
    pushed = revision(project, "HEAD")
    commit(project, "changed")
    assert revisions.merge_base() == pushed


def test_what_is_not_committed_on_main_is_compared_with_the_last_commit(project) -> None:
    adopted = commit(project, "adopted")
    (project.root / "file").write_text("changed", encoding="utf-8")
    assert revisions.merge_base() == adopted


def test_without_an_origin_main_is_compared_with_itself(project) -> None:
    project.run("git", "remote", "remove", "origin")
    assert revisions.merge_base() == revision(project, "HEAD")


def test_without_a_main_branch_the_commit_must_be_named(project) -> None:
    project.run("git", "remote", "remove", "origin")
    project.run("git", "branch", "--move", "trunk")
    with pytest.raises(revisions.RevisionError, match=r"no main branch .* with --base"):
        revisions.merge_base()
