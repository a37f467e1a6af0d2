"""`truerun compare`, run in this process on two commits of a repository without a pipeline."""

import json
import shutil
from pathlib import Path

import pytest

from tests.compare.test_compare_tasks import contract, rows_of, side
from tests.conftest import PARAMS
from truerun.base.errors import CompareError
from truerun.base.settings import SettingsError
from truerun.compare import __main__ as command
from truerun.compare import cost, revisions
from truerun.compare.commits import git
from truerun.compare.options import parser
from truerun.compare.reproduction import Record, Run
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Comparison, Missing

FAILED = Record(every=False, ran=(), failed="prepare", error="no rows")


def commit(folder: Path, *features: str) -> str:
    """The commit of a run with a model of some features."""
    side(folder, rows_of("binary"), contract("binary"), *features)
    text = PARAMS.read_text(encoding="utf-8").replace("cluster: region", "cluster: place")
    text = text.replace("threshold: 0.3", "threshold: 0.5")  # as in the figures of `side`
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    git("add", "--all", folder=folder)
    git("commit", "--quiet", "--message", "A model", folder=folder)
    return git("rev-parse", "HEAD", folder=folder).strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A repository with a better model on a branch: its folder, and both commits."""
    folder = tmp_path_factory.mktemp("repository")
    git("init", "--quiet", "--initial-branch=main", folder=folder)
    git("config", "user.name", "Tester", folder=folder)
    git("config", "user.email", "tester@example.org", folder=folder)
    base = commit(folder, "x")
    git("switch", "--quiet", "--create", "change", folder=folder)
    return folder, base, commit(folder, "x", "z")


@pytest.fixture
def commits(repository: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Both commits, in their repository."""
    monkeypatch.chdir(repository[0])
    return repository[1:]


def compared(*options: str) -> Comparison:
    command.compare(parser().parse_args([*options, "--output", "../comparison.json"]))
    return Comparison.model_validate_json(Path("../comparison.json").read_bytes())


@pytest.mark.slow
def test_two_revisions_are_compared_under_the_names_that_they_were_given(
    commits: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared("--base", "main", "--head", "change")

    assert (found.base.name, found.base.commit) == ("main", commits[0])
    assert (found.head.name, found.head.commit) == ("change", commits[1])
    main = next(d for d in found.metrics.paired[0].differences if d.metric == found.main_metric)
    assert main.verdict == "better"
    assert (found.reproduction.state, found.reproduction.differences) == ("not run", ())
    assert isinstance(found.experiments, Missing)
    assert found.cost[0].note == cost.NOT_RUN  # a commit may be a stranger's
    printed = capsys.readouterr().out
    assert printed.startswith("main against change\n")
    assert printed.endswith("`truerun report ../comparison.json` renders it\n")


@pytest.mark.slow
def test_a_run_of_the_working_tree_is_compared_with_where_it_left_main(
    commits: tuple[str, str], tmp_path: Path
) -> None:
    run = tmp_path / "run.json"
    run.write_text(Record(every=True, ran=("train",), failed=None).model_dump_json(), "utf-8")
    found = compared("--run", str(run), "--head-name", "my change")

    assert (found.base.name, found.base.commit) == ("main", commits[0])
    assert (found.head.name, found.head.commit) == ("my change", commits[1])
    assert (found.reproduction.state, found.reproduction.every) == ("reproduced", True)
    assert found.cost[0].note != cost.NOT_RUN


@pytest.mark.usefixtures("commits")
def test_a_run_is_of_no_other_revision() -> None:
    with pytest.raises(CompareError, match=r"--run is a run of the working tree, .* drop --head"):
        compared("--run", "run.json", "--head", "change")


@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize(
    ("status", "stale"),
    [
        ({}, None),
        ({"train": [{"changed outs": {"model": "not in cache"}}]}, None),
        ({"train": [{"changed outs": {"model": "modified"}}]}, "train"),
        ({"train": [{"changed outs": {"a": "not in cache", "b": "deleted"}}]}, "train"),
        ({"train": [{"changed deps": {"rows": "modified"}}]}, "train"),
        ({"train": ["changed command"], "prepare": []}, "train"),
    ],
)
def test_figures_of_another_working_tree_are_refused(
    status: dict[str, object], stale: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def dvc(*arguments: str) -> str:
        asked.extend(arguments)
        return json.dumps(status) if status else ""

    monkeypatch.setattr(revisions, "dvc", dvc)
    if stale:
        with pytest.raises(CompareError, match=rf"it would run {stale}\)"):
            compared("--base", "main")
    else:
        command.up_to_date()
    assert asked == ["status", "--json"]


def broken(tmp_path: Path) -> tuple[Revision, Revision]:
    """Two revisions, of which the head's parameters cannot be read."""
    both = [tmp_path / name for name in ("base", "head")]
    for folder in both:
        side(folder, rows_of("binary", 90), contract("binary"), "x")
    shutil.copy(PARAMS, both[0] / "params.yaml")
    (both[1] / "params.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    base, head = (Revision(folder.name, None, folder) for folder in both)
    return base, head


def test_settings_that_cannot_be_read_are_told_with_the_failure_of_the_run(tmp_path: Path) -> None:
    found = command.comparison(*broken(tmp_path), Run(FAILED, {}, ()))
    assert found.reproduction.failed == "prepare"
    assert "nonsense" in found.metrics.missing
    assert found.experiments == Missing(missing="the settings cannot be read")


@pytest.mark.parametrize("record", [None, FAILED.model_copy(update={"failed": None})])
def test_without_a_failure_settings_that_cannot_be_read_are_an_error(
    record: Record | None, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="nonsense"):
        command.comparison(*broken(tmp_path), Run(record, {}, ()))
