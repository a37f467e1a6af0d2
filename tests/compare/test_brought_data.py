"""What a commit's data and models are brought from: DVC's cache, a remote, or its pipeline."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.package.wheels import vendored
from truerun.base import paths
from truerun.compare import commits, revisions
from truerun.package.vendored import lay_down

pytestmark = pytest.mark.slow

SCORES = str(paths.PREDICTIONS)
COMMAND = f"mkdir -p data && cp seed {SCORES}"


@pytest.fixture
def repository(tmp_path: Path, warm_programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose only stage makes scores, which lie in DVC's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(warm_programs / "python"))
    monkeypatch.setenv("PYTHONPATH", "src")
    commits.git("init", "--quiet")
    commits.git("config", "user.name", "Tester")
    commits.git("config", "user.email", "tester@example.org")
    revisions.dvc("init", "--quiet")
    Path("seed").write_text("scores", encoding="utf-8")
    stage = {"cmd": COMMAND, "deps": ["seed"], "outs": [SCORES]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"evaluate": stage}}), encoding="utf-8")
    revisions.dvc("repro", "--quiet")
    commits.git("add", "--all")
    commits.git("commit", "--quiet", "--message", "A run")
    return tmp_path


@pytest.mark.usefixtures("repository")
def test_scores_come_from_the_cache_and_settings_of_this_machine_go_along() -> None:
    Path(".dvc/config.local").write_text("[core]\n    check_update = false\n", encoding="utf-8")
    with revisions.checked_out("HEAD", rebuild=True) as found:
        assert (found.folder / SCORES).read_text(encoding="utf-8") == "scores"
        assert "check_update" in (found.folder / ".dvc/config.local").read_text(encoding="utf-8")
        assert found.failure is None


def test_scores_that_the_cache_lacks_come_from_the_remote(repository: Path) -> None:
    remote = repository / "remote"
    revisions.dvc("remote", "add", "--default", "here", str(remote))
    commits.git("commit", "--quiet", "--all", "--message", "A remote")
    revisions.dvc("push", "--quiet")
    shutil.rmtree(".dvc/cache/files")
    with revisions.checked_out("HEAD") as found:
        assert (found.folder / SCORES).read_text(encoding="utf-8") == "scores"
    shutil.rmtree(".dvc/cache/files")
    shutil.rmtree(remote)
    with revisions.checked_out("HEAD") as found:
        assert not (found.folder / SCORES).exists()
        assert found.failure is None


@pytest.mark.nightly
@pytest.mark.usefixtures("repository")
def test_scores_that_are_nowhere_are_made_only_on_request_and_a_failure_is_told() -> None:
    shutil.rmtree(".dvc/cache/files")
    with revisions.checked_out("HEAD") as found:
        assert not (found.folder / SCORES).exists()
        assert found.failure is None
    with revisions.checked_out("HEAD", rebuild=True) as found:
        assert not (found.folder / SCORES).exists()
        assert "data/raw.dvc is missing" in found.failure  # which says what to lay down
        assert str(found.folder) not in found.failure
        assert len(found.failure) <= revisions.LOG_END


@pytest.mark.nightly
def test_scores_are_made_again_by_the_package_that_the_commit_keeps(repository: Path) -> None:
    program = f"from pathlib import Path; Path('{SCORES}').write_text('of its own package')"
    files = {"base/proof.py": program, "ingest/__main__.py": ""}
    vendored(repository, files=files)
    lay_down(repository, repository / "src")
    stage = {"cmd": "PYTHONPATH=src python -m truerun.base.proof", "outs": [SCORES]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"evaluate": stage}}), encoding="utf-8")
    revisions.dvc("repro", "--quiet")
    shutil.rmtree("src")
    commits.git("add", "--all")
    commits.git("commit", "--quiet", "--message", "A package")
    shutil.rmtree(".dvc/cache")
    Path(SCORES).unlink()
    with revisions.checked_out("HEAD", rebuild=True) as found:
        assert found.failure is None
        assert (found.folder / SCORES).read_text(encoding="utf-8") == "of its own package"
    vendored(repository, "9.9.8")
    commits.git("add", "--all")
    commits.git("commit", "--quiet", "--message", "Two packages")
    shutil.rmtree(".dvc/cache")
    with revisions.checked_out("HEAD", rebuild=True) as found:
        assert "delete all but the one of the lock" in str(found.failure)


@pytest.mark.usefixtures("repository")
def test_a_commit_without_a_lock_has_nothing_to_bring() -> None:
    commits.git("rm", "--quiet", "dvc.lock")
    commits.git("commit", "--quiet", "--message", "No lock")
    with revisions.checked_out("HEAD", rebuild=True) as found:
        assert not (found.folder / SCORES).exists()
        assert found.failure is None
