"""A revision in a temporary folder, with its data: real repositories, real DVC."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project
from truerun.base import paths
from truerun.compare import commits, revisions
from truerun.contract import contract as contracts

pytestmark = pytest.mark.slow  # DVC starts a dozen times in each

STAGE = f"""
stages:
  evaluate:
    cmd: mkdir -p data && cp scores {paths.PREDICTIONS}
    deps: [scores]
    outs: [{paths.PREDICTIONS}]
"""
BEFORE, AFTER = "scores of main", "scores of the change"


def made(root: Path, project: Path) -> Project:
    """A repository whose main branch has a stage that has run, and a branch on which it is another.

    Parameters
    ----------
    project : the folder of the project, in the root.
    """
    project.mkdir(parents=True)
    repository, inner = Project(root), Project(project)
    repository.run("git", "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        repository.run("git", "config", name, value)
    inner.run("dvc", "init", "--quiet", *(["--subdir"] if project != root else []))
    shutil.copy(ROOT / ".dvc/config", project / ".dvc/config")
    shutil.copy(ROOT / "schema.yaml", project)
    (project / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    for scores, branch in ((BEFORE, "main"), (AFTER, "change")):
        repository.run("git", "checkout", "--quiet", "-B", branch)
        (project / "scores").write_text(scores, encoding="utf-8")
        inner.run("dvc", "repro", "--quiet")
        repository.commit(scores)
    return inner


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("template") / "repository"
    return made(root, root)


@pytest.fixture
def project(template: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy that a test may change, which is where the test is."""
    shutil.copytree(template.root, tmp_path / "repository")
    monkeypatch.chdir(tmp_path / "repository")
    return Project(tmp_path / "repository")


def scores_of_main() -> str:
    """The scores of the main branch, or what is said of them."""
    with revisions.checked_out(commits.merge_base()) as main:
        assert (main.folder / "scores").read_text() == BEFORE
        path = main.folder / paths.PREDICTIONS
        if path.is_file():
            return path.read_text()
        missing = main.predictions(contracts.load(main.folder / paths.SCHEMA))
        return str(missing.missing).replace(main.name, "COMMIT")  # type: ignore[union-attr]


def without_cache(project: Project) -> None:
    shutil.rmtree(project.root / ".dvc/cache")


@pytest.mark.usefixtures("project")
def test_the_data_of_a_revision_comes_from_the_cache() -> None:
    assert scores_of_main() == BEFORE
    assert Path(paths.PREDICTIONS).read_text() == AFTER


def test_a_project_may_lie_in_a_folder_of_a_larger_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "larger"
    inner = made(root, root / "some projects/this one")
    (root / "scores").write_text("of another project", encoding="utf-8")
    monkeypatch.chdir(inner.root)
    assert scores_of_main() == BEFORE


def test_a_worktree_is_compared_as_a_clone_is(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run("git", "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "worktree"))
    (tmp_path / "worktree/.dvc/config.local").write_text(
        f"[cache]\n    dir = {project.root}/.dvc/cache\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path / "worktree")
    assert scores_of_main() == BEFORE


def test_a_shallow_clone_is_compared_as_far_as_its_history_goes(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "shallow"
    options = ("--quiet", "--depth=2", "--no-single-branch")
    project.run("git", "clone", *options, project.root.as_uri(), str(made))
    shutil.copytree(project.root / ".dvc/cache", made / ".dvc/cache")
    monkeypatch.chdir(made)
    with revisions.checked_out(revision(project, "main")) as main:
        assert (main.folder / paths.PREDICTIONS).read_text() == BEFORE


def revision(project: Project, name: str) -> str:
    return project.run("git", "rev-parse", name).strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_clone_of_another_user_is_compared_once_it_is_declared_safe(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (project.root, *project.root.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    with pytest.raises(revisions.CommandError, match="belongs to another user") as error:
        commits.merge_base()
    project.run("sh", "-c", str(error.value).split("`")[1])
    assert scores_of_main() == BEFORE


@pytest.mark.parametrize("local", [False, True])
def test_a_relative_remote_is_found_whether_its_settings_are_private_or_not(
    project: Project, *, local: bool
) -> None:
    level = ["--local"] if local else []
    project.run("git", "switch", "--quiet", "main")
    project.run("dvc", "remote", "add", *level, "--default", "store", "../store")
    project.run("dvc", "push", "--quiet")
    project.run("git", "commit", "--quiet", "--allow-empty", "--all", "--message", "A store")
    project.run("git", "switch", "--quiet", "--create", "other")
    without_cache(project)
    assert scores_of_main() == BEFORE


def with_remote(project: Project, address: str) -> None:
    """Give the project a remote of its own, and empty its cache."""
    project.run("dvc", "remote", "add", "--local", "--default", "store", address)
    without_cache(project)


def test_credentials_are_those_of_the_project(project: Project) -> None:
    with_remote(project, "s3://bucket/folder")
    for name, value in (("access_key_id", "mine"), ("secret_access_key", "%(%secret")):
        project.run("dvc", "remote", "modify", "--local", "store", name, value)
    with revisions.checked_out("main") as main:
        inner = Project(main.folder)
        listed = inner.run("dvc", "config", "--list", "--local").splitlines()
    assert "remote.store.access_key_id=mine" in listed
    assert "remote.store.secret_access_key=%(%secret" in listed
    assert "remote.store.url=s3://bucket/folder" in listed


def with_settings_that_cannot_be_read(project: Project) -> None:
    """Break DVC's settings on the main branch, and mend them on another."""
    settings = project.read(".dvc/config")
    project.run("git", "switch", "--quiet", "main")
    (project.root / ".dvc/config").write_text("[core\n", encoding="utf-8")
    project.commit("Broken")
    project.run("git", "switch", "--quiet", "--create", "mended")
    (project.root / ".dvc/config").write_text(settings, encoding="utf-8")
    project.commit("Mended")
    without_cache(project)


@pytest.mark.parametrize(
    ("happen", "told"),
    [
        (without_cache, "not in DVC's cache, and there is no DVC remote; --rebuild-base"),
        (
            lambda project: with_remote(project, "../empty"),
            "neither in DVC's cache nor in a remote; --rebuild-base",
        ),
        (
            lambda project: with_remote(project, "ssh://127.0.0.1:9/folder"),
            "not in DVC's cache, and DVC says: failed to connect to ssh",
        ),
        (
            lambda project: with_remote(project, "gs://bucket/folder"),
            "not in DVC's cache, and DVC says: unexpected error - gs is supported, but requires",
        ),
        (
            with_settings_that_cannot_be_read,
            "not in DVC's cache, and DVC says: configuration error",
        ),
    ],
)
def test_each_cause_of_scores_that_are_nowhere_is_told_as_what_it_is(
    project: Project, happen: Callable[[Project], None], told: str
) -> None:
    happen(project)
    assert told in scores_of_main()


def test_secrets_in_an_address_are_not_told(project: Project) -> None:
    with_remote(project, "gs://user:secret@bucket/folder")
    assert "secret" not in scores_of_main()


def test_an_output_that_somebody_changed_in_the_cache_stops_the_comparison(
    project: Project,
) -> None:
    [cached] = [
        path
        for path in (project.root / ".dvc/cache/files/md5").rglob("*")
        if path.is_file() and path.read_text(encoding="utf-8") == BEFORE
    ]
    cached.chmod(0o644)
    cached.write_text("better scores!", encoding="utf-8")
    cached.chmod(0o444)  # what DVC takes for a sign that the object is whole
    with (
        pytest.raises(commits.RevisionError, match=r"is not what its dvc\.lock names"),
        revisions.checked_out(commits.merge_base()),
    ):
        pass
