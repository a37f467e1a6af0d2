"""A comparison that a Git hook makes: of the right commit, and nothing of the user's is touched.

Git tells a hook its repository and index in environment variables, which every command inherits.
"""

import stat
from pathlib import Path

import pytest

from tests.conftest import Project
from truerun.comparison.comparison import Comparison

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

RUN = "truerun repro --record run.json && python -m truerun.compare --run run.json"
EDITED, OTHER = "README.md", "CONTRIBUTING.md"


def write_hook(project: Project, name: str) -> None:
    """Let a hook make the comparison."""
    hook = Path(project.run("git", "rev-parse", "--git-path", f"hooks/{name}").strip())
    path = project.root / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nset -e\n{RUN}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def write(project: Project, *names: str) -> None:
    """Change files that no stage reads."""
    for name in names:
        with (project.root / name).open("a", encoding="utf-8") as file:
            file.write("More.\n")


def comparison(project: Project) -> Comparison:
    """What the hook has written."""
    return Comparison.model_validate_json((project.root / "comparison.json").read_bytes())


def commit_of(project: Project, name: str) -> str:
    return project.run("git", "rev-parse", name).strip()


def changed(project: Project, *which: str) -> list[str]:
    """Names of files that differ between two states."""
    return project.run("git", "diff", "--name-only", *which).splitlines()


@pytest.mark.nightly
def test_before_a_commit_the_tree_is_compared_and_the_commit_is_the_users(
    project: Project,
) -> None:
    """The commit is of one file of two, for which Git has an index beside the one that is there."""
    project.run("git", "switch", "--quiet", "--create", "change")
    write_hook(project, "pre-commit")
    write(project, EDITED, OTHER)
    main = commit_of(project, "main")
    project.run("git", "commit", "--quiet", "--message", "More", EDITED)

    assert (comparison(project).base.commit, comparison(project).head.commit) == (main, None)
    assert project.run("git", "symbolic-ref", "HEAD") == "refs/heads/change\n"
    assert commit_of(project, "HEAD^") == commit_of(project, "main") == main
    assert changed(project, "main", "HEAD") == [EDITED]
    assert changed(project, "--cached") == []
    assert changed(project) == [OTHER]


@pytest.mark.nightly
def test_before_a_push_of_a_worktree_its_head_is_compared_and_stays(
    project: Project, tmp_path: Path
) -> None:
    main = commit_of(project, "main")
    worktree = Project(tmp_path / "worktree")
    project.run("git", "worktree", "add", "--quiet", "-b", "change", str(worktree.root))
    project.run("git", "init", "--quiet", "--bare", str(tmp_path / "origin"))
    project.run("git", "remote", "add", "origin", str(tmp_path / "origin"))
    cache = f"[cache]\n    dir = {project.root}/.dvc/cache\n"
    (worktree.root / ".dvc/config.local").write_text(cache, encoding="utf-8")
    worktree.run("dvc", "checkout", "--quiet")
    write(worktree, EDITED)
    worktree.run("git", "commit", "--quiet", "--all", "--message", "More")
    write_hook(worktree, "pre-push")
    pushed = commit_of(worktree, "HEAD")
    worktree.run("git", "push", "--quiet", "origin", "change")

    assert (comparison(worktree).base.commit, comparison(worktree).head.commit) == (main, pushed)
    assert worktree.run("git", "symbolic-ref", "HEAD") == "refs/heads/change\n"
    assert commit_of(worktree, "HEAD") == pushed
    assert worktree.run("git", "--git-dir", "../origin", "rev-parse", "change").strip() == pushed
    assert project.run("git", "symbolic-ref", "HEAD") == "refs/heads/main\n"
    for side in (project, worktree):
        assert side.run("git", "status", "--short", "--untracked-files=no") == ""


@pytest.mark.nightly
def test_a_rebase_compares_each_commit_and_goes_on(project: Project) -> None:
    project.run("git", "switch", "--quiet", "--create", "change")
    write(project, EDITED)
    project.run("git", "commit", "--quiet", "--all", "--message", "More")
    project.run("git", "switch", "--quiet", "main")
    write(project, OTHER)
    project.run("git", "commit", "--quiet", "--all", "--message", "More on main")
    project.run("git", "rebase", "--quiet", "--exec", RUN, "main", "change")

    bases = (comparison(project).base.commit, comparison(project).head.commit)
    assert bases == (commit_of(project, "main"), commit_of(project, "change"))
    assert project.run("git", "symbolic-ref", "HEAD") == "refs/heads/change\n"
    assert changed(project, "main", "change") == [EDITED]
    assert project.run("git", "status", "--short", "--untracked-files=no") == ""
