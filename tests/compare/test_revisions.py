"""With which commit a working tree is compared."""

from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.compare import revisions
from truerun.compare.revision import Revision


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


def test_the_working_tree_is_a_commit_only_if_all_is_committed(project) -> None:
    adopted = commit(project, "adopted")
    assert revisions.working_tree() == Revision("the working tree", adopted, Path())
    (project.root / "new").write_text("that Git does not know", encoding="utf-8")
    assert revisions.working_tree().commit == adopted
    (project.root / "file").write_text("changed", encoding="utf-8")
    assert revisions.working_tree().commit is None


def test_of_several_main_branches_the_nearest_counts(project) -> None:
    near = commit(project, "near")
    project.run("git", "branch", "master")
    project.run("git", "switch", "--quiet", "--create", "change")
    project.run("git", "branch", "--force", "main", "origin/main")
    commit(project, "changed")
    assert revisions.merge_base() == near


def test_a_commit_is_checked_out_as_it_was_and_goes_when_it_is_done_with(project) -> None:
    before = commit(project, "before")
    commit(project, "after")
    with revisions.checked_out(before) as found:
        assert (found.name, found.commit, found.failure) == (before, before, None)
        assert (found.folder / "file").read_text(encoding="utf-8") == "before"
    assert not found.folder.exists()
    assert (project.root / "file").read_text(encoding="utf-8") == "after"


@pytest.mark.usefixtures("project")
def test_a_revision_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(revisions.RevisionError, match="there is no revision nonsense: "):
        revisions.commit_of("nonsense")
