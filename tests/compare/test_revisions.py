"""With which commit a working tree is compared."""

from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.compare import commits, revisions
from truerun.compare.commits import RevisionError
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
    assert commits.merge_base() == adopted


def test_a_branch_is_compared_with_the_origin_where_main_is_behind_it(project) -> None:
    old = revision(project, "HEAD")
    project.run("git", "switch", "--quiet", "--create", "change")
    newer = commit(project, "newer")
    project.run("git", "update-ref", "refs/remotes/origin/main", newer)
    commit(project, "changed")
    assert revision(project, "main") == old
    assert commits.merge_base() == newer


def test_what_is_committed_on_main_is_compared_with_the_origin(project) -> None:
    pushed = revision(project, "HEAD")
    commit(project, "changed")
    assert commits.merge_base() == pushed


def test_what_is_not_committed_on_main_is_compared_with_the_last_commit(project) -> None:
    adopted = commit(project, "adopted")
    (project.root / "file").write_text("changed", encoding="utf-8")
    assert commits.merge_base() == adopted


def test_without_an_origin_main_is_compared_with_itself(project) -> None:
    project.run("git", "remote", "remove", "origin")
    assert commits.merge_base() == revision(project, "HEAD")


def test_without_a_main_branch_the_commit_must_be_named(project) -> None:
    project.run("git", "remote", "remove", "origin")
    project.run("git", "branch", "--move", "trunk")
    with pytest.raises(commits.RevisionError, match=r"no main branch .* with --base"):
        commits.merge_base()


def typed(project: Project, error: pytest.ExceptionInfo[RevisionError]) -> None:
    """Type the command that an error names."""
    project.run("sh", "-c", str(error.value).split("`")[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "reference",
    [
        "refs/remotes/origin/master",
        "refs/heads/master",
        "refs/tags/origin/main",
        "refs/tags/main",
        "refs/heads/origin/main",
        "refs/heads/origin/HEAD",
    ],
)
def test_no_branch_or_tag_takes_the_place_of_the_main_branch(project, reference: str) -> None:
    left = revision(project, "HEAD")
    project.run("git", "switch", "--quiet", "--create", "change")
    changed = commit(project, "changed")
    project.run("git", "update-ref", reference, changed)
    assert commits.merge_base() == left


def test_the_main_branch_is_the_one_that_the_remote_says(project) -> None:
    template = Project(project.root.parent / "template")
    template.run("git", "branch", "--move", "trunk")
    template.run("git", "update-ref", "refs/heads/main", commit(template, "newer"))
    newer = revision(template, "trunk")
    template.run("git", "switch", "--quiet", "main")
    evil = commit(template, "evil")
    template.run("git", "switch", "--quiet", "trunk")
    project.run("git", "fetch", "--quiet", "--prune")
    project.run("git", "remote", "set-head", "origin", "--auto")
    project.run("git", "reset", "--quiet", "--hard", "origin/main")
    assert revision(project, "HEAD") == evil
    assert commits.merge_base() == newer


def test_a_remote_may_have_any_name(project) -> None:
    pushed = revision(project, "HEAD")
    project.run("git", "remote", "rename", "origin", "company/main")
    commit(project, "changed")
    assert commits.merge_base() == pushed


@pytest.mark.slow
def test_of_several_remotes_that_of_the_branch_counts_and_else_the_origin(project) -> None:
    first = revision(project, "HEAD")
    template = Project(project.root.parent / "template")
    commit(template, "newer")
    project.run("git", "remote", "add", "company", str(template.root))
    project.run("git", "fetch", "--quiet", "company")
    project.run("git", "remote", "set-head", "company", "--auto")
    newer = revision(project, "company/main")
    project.run("git", "switch", "--quiet", "--create", "change", "--no-track", "company/main")
    commit(project, "changed")
    assert commits.merge_base() == first
    project.run("git", "branch", "--set-upstream-to=company/main")
    assert commits.merge_base() == newer
    project.run("git", "branch", "--unset-upstream")
    project.run("git", "remote", "rename", "origin", "template")
    with pytest.raises(RevisionError, match="none of the remotes company, template is the upst"):
        commits.merge_base()
    project.run("git", "branch", "--set-upstream-to=template/main")
    assert commits.merge_base() == first


def test_a_remote_whose_main_branch_is_not_known_is_asked_and_not_guessed_at(project) -> None:
    pushed = revision(project, "HEAD")
    project.run("git", "remote", "set-head", "origin", "--delete")
    commit(project, "changed")
    with pytest.raises(RevisionError, match="does not know the default branch of origin") as error:
        commits.merge_base()
    typed(project, error)
    assert commits.merge_base() == pushed


def test_a_remote_from_which_nothing_has_come_is_none(project) -> None:
    template = revision(project, "HEAD")
    project.run("git", "remote", "remove", "origin")
    project.run("git", "remote", "add", "new", "/nowhere")
    project.run("git", "switch", "--quiet", "--create", "change")
    commit(project, "changed")
    assert commits.merge_base() == template


def test_without_a_remote_the_main_branch_may_have_the_name_that_git_gives_it(project) -> None:
    first = revision(project, "HEAD")
    project.run("git", "remote", "remove", "origin")
    project.run("git", "branch", "--move", "trunk")
    project.run("git", "config", "init.defaultBranch", "trunk")
    project.run("git", "switch", "--quiet", "--create", "change")
    commit(project, "changed")
    assert commits.merge_base() == first


def test_the_head_may_be_another_commit(project) -> None:
    first = revision(project, "HEAD")
    project.run("git", "switch", "--quiet", "--create", "change")
    changed = commit(project, "changed")
    project.run("git", "switch", "--quiet", "main")
    newer = commit(project, "newer")
    assert commits.merge_base(changed) == first
    assert commits.merge_base_with(newer, changed) == first


def test_a_commit_is_given_by_its_number_whatever_else_has_that_name(project) -> None:
    left = revision(project, "HEAD")
    newer = commit(project, "newer")
    project.run("git", "switch", "--quiet", "--create", "change", left)
    changed = commit(project, "changed")
    project.run("git", "update-ref", f"refs/heads/{newer}", changed)
    project.run("git", "update-ref", f"refs/tags/{newer}", changed)
    assert commits.merge_base_with(newer) == left
    for name in ("main", "origin/main", newer[:12], f"{newer}^", ""):
        with pytest.raises(RevisionError, match="is not the full number of a commit"):
            commits.merge_base_with(name)


def test_a_commit_that_shares_nothing_is_told(project) -> None:
    project.run("git", "switch", "--quiet", "--orphan", "other")
    other = commit(project, "other")
    project.run("git", "switch", "--quiet", "main")
    with pytest.raises(RevisionError, match=f"HEAD shares no commit with {other}$"):
        commits.merge_base_with(other)
    with pytest.raises(RevisionError, match="other shares no commit with remotes/origin/main or h"):
        commits.merge_base("other")


@pytest.fixture
def shallow(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A clone of the newest commit of a branch, of which it leaves main two commits behind."""
    project.run("git", "switch", "--quiet", "--create", "change")
    for content in ("changed", "changed again"):
        commit(project, content)
    project.run("git", "push", "--quiet", "origin", "change")
    template, made = project.root.parent / "template", project.root.parent / "shallow"
    options = ("--quiet", "--depth=1", "--branch=change")
    project.run("git", "clone", *options, template.as_uri(), str(made))
    monkeypatch.chdir(made)
    return Project(made)


@pytest.mark.slow
def test_a_shallow_clone_of_one_branch_is_told_as_what_it_is(project, shallow) -> None:
    with pytest.raises(RevisionError, match=r"does not know .* --unshallow origin && ") as error:
        commits.merge_base()
    typed(shallow, error)
    assert commits.merge_base() == revision(project, "main")


@pytest.mark.slow
def test_a_history_that_is_cut_off_is_told_as_that(project, shallow) -> None:
    main = revision(project, "main")
    remedy = "; this clone is shallow: `git fetch --unshallow` brings all of its history$"
    with pytest.raises(RevisionError, match=f"there is no revision {main}{remedy}"):
        commits.merge_base_with(main)
    shallow.run("git", "remote", "set-branches", "origin", "*")
    shallow.run("git", "fetch", "--quiet", "--depth=1")
    shallow.run("git", "remote", "set-head", "origin", "--auto")
    with pytest.raises(RevisionError, match=f"HEAD shares no commit with {main}{remedy}") as error:
        commits.merge_base_with(main)
    with pytest.raises(RevisionError, match="no commit with remotes/origin/main; this clone is sh"):
        commits.merge_base()
    typed(shallow, error)
    assert commits.merge_base() == commits.merge_base_with(main) == main


@pytest.mark.usefixtures("project")
def test_a_revision_that_is_nowhere_is_not_said_to_be_cut_off() -> None:
    with pytest.raises(RevisionError, match=r"^there is no revision nowhere$"):
        commits.commit_of("nowhere")


def test_what_changes_beside_the_projects_folder_is_no_change_of_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "folder").mkdir()
    (project.root / "folder/file").write_text("of the project", encoding="utf-8")
    project.commit("A folder")
    monkeypatch.chdir(project.root / "folder")
    (project.root / "file").write_text("changed beside it", encoding="utf-8")
    assert revisions.working_tree().commit == revision(project, "HEAD")
    (project.root / "folder/file").write_text("changed", encoding="utf-8")
    assert revisions.working_tree().commit is None


def test_the_working_tree_is_a_commit_only_if_all_is_committed(project) -> None:
    adopted = commit(project, "adopted")
    assert revisions.working_tree() == Revision("the working tree", adopted, Path())
    (project.root / "new").write_text("that Git does not know", encoding="utf-8")
    assert revisions.working_tree().commit == adopted
    (project.root / "file").write_text("changed", encoding="utf-8")
    assert revisions.working_tree().commit is None


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
    with pytest.raises(commits.RevisionError, match=r"there is no revision nonsense$"):
        commits.commit_of("nonsense")
