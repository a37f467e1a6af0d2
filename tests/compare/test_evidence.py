"""What a run hands over, and what of a folder by a stranger is laid over the commit's files."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import comparisons
from truerun.base import text_files
from truerun.base.errors import CompareError
from truerun.compare import evidence
from truerun.compare.evidence import EvidenceError
from truerun.comparison.comparison import Attribution, Missing

RECORD = {"every": False, "ran": ["train"], "failed": None, "error": None, "uncommitted": []}
FILES = {
    "models/model.skops": "model",
    "data/predictions.parquet": "scores",
    **{f"data/{name}/a.parquet": "rows" for name in ("prepared", "validated", "quarantine")},
}
OUTPUTS = (
    *("metrics/train.json", "models/model.skops", "data/prepared", "data/validated"),
    *("data/quarantine", "data/features", "data/predictions.parquet"),
)
LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: true
    outs:
""" + "".join(f"    - path: {path}\n      md5: {'0' * 32}\n" for path in OUTPUTS)


def git(*arguments: str) -> str:
    command = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(files: dict[str, str], folder: Path = Path()) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project after a run, and its commit."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    write({"params.yaml": "seed: 1\n", "dvc.lock": LOCK, "metrics/train.json": "{}"})
    write({".gitignore": "/data\n/models\nrun.json\n/evidence\n"})
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "A project")
    write(FILES)
    write({"data/features/a.parquet": "rows", "data/validated/.gitignore": "/a"})
    write({"run.json": json.dumps(RECORD), "metrics/train.json": '{"rows": 9}'})
    return git("rev-parse", "HEAD")


@pytest.fixture
def gathered(commit: str) -> Path:
    """The evidence of the run."""
    assert commit
    folder = Path("evidence")
    evidence.gather(Path("run.json"), folder, 100_000)
    return folder


def test_what_is_held_against_each_other_is_gathered_and_laid_over_the_commit(
    gathered: Path, commit: str
) -> None:
    files = {path.relative_to(gathered).as_posix() for path in gathered.rglob("*.*")}
    assert files == {"evidence.json", "dvc.lock", "metrics/train.json", *FILES}
    write({"params.yaml": "seed: 2\n"})  # what is here counts for nothing
    with evidence.checked_out(gathered, "HEAD") as (head, record):
        assert (head.commit, record.ran) == (commit, ("train",))
        assert head.data_only
        assert (head.folder / "params.yaml").read_text() == "seed: 1\n"
        assert (head.folder / "metrics/train.json").read_text() == '{"rows": 9}'
        assert (head.folder / "models/model.skops").read_text() == "model"
        assert not (head.folder / "evidence.json").exists()


def test_more_than_is_allowed_is_not_gathered(commit: str) -> None:
    assert commit
    with pytest.raises(EvidenceError, match=r"too large.*compare\.evidence_megabytes"):
        evidence.gather(Path("run.json"), Path("evidence"), 100)
    assert not Path("evidence").exists()


def test_a_folder_that_is_there_is_not_gathered_into(gathered: Path) -> None:
    with pytest.raises(EvidenceError, match="evidence exists: delete it, or name another folder"):
        evidence.gather(Path("run.json"), gathered, 100_000)
    with pytest.raises(EvidenceError, match=r"cannot be filled: Not a directory"):
        evidence.gather(Path("run.json"), Path("dvc.lock/evidence"), 100_000)


def test_a_run_that_left_no_lock_is_told_by_its_record(commit: str) -> None:
    Path("dvc.lock").unlink()
    write({"run.json": json.dumps(RECORD | {"failed": "prepare", "error": "no rows"})})
    evidence.gather(Path("run.json"), Path("evidence"), 100)
    with evidence.checked_out(Path("evidence"), commit) as (head, record):
        assert (record.failed, record.error) == ("prepare", "no rows")
        assert head.lock()  # that of the commit


def claim(**parts: Any) -> str:
    """A comparison that a run made itself, which says whose doing a difference is."""
    compared = comparisons.comparison(attribution=comparisons.attribution(**parts))
    write({"comparison.json": compared.model_dump_json()})
    return "comparison.json"


def test_whose_doing_it_was_is_handed_over_and_marked_as_a_claim(commit: str) -> None:
    compared = Path(claim())
    evidence.gather(Path("run.json"), Path("evidence"), 100_000, compared)
    with evidence.checked_out(Path("evidence"), commit) as (head, _):
        assert not (head.folder / "attribution.json").exists()
    told = evidence.claimed(Path("evidence"))
    assert isinstance(told, Attribution)
    expected = comparisons.attribution(claimed=True).model_dump(mode="json")
    assert told.model_dump(mode="json") == text_files.rounded(expected)


def test_without_it_nothing_is_claimed_and_why_there_is_none_is_told_as_the_runs_word(
    gathered: Path,
) -> None:
    assert evidence.claimed(gathered) is None
    why = Missing(missing="the 20 minutes of the budget were over")
    write({"comparison.json": comparisons.comparison(attribution=why).model_dump_json()})
    evidence.gather(Path("run.json"), Path("more"), 100_000, Path("comparison.json"))
    assert evidence.claimed(Path("more")) == Missing(missing=f"the run says: {why.missing}")


def test_a_comparison_that_nobody_asked_whose_doing_it_was_is_not_gathered(commit: str) -> None:
    assert commit
    write({"comparison.json": comparisons.comparison().model_dump_json()})
    with pytest.raises(EvidenceError, match="has no attribution: add --attribute"):
        evidence.gather(Path("run.json"), Path("evidence"), 100_000, Path("comparison.json"))
    assert not Path("evidence").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", r"attribution\.json is not of a run: attribution: Field required"),
        ("[" * 1000, r"attribution\.json is not of a run"),
        (" " * 200_001, r"attribution\.json has more than 200,000 bytes"),
        (
            json.dumps(
                {"attribution": comparisons.attribution(difference=0.5).model_dump(mode="json")}
            ),
            r"attribution\.json does not add up",
        ),
    ],
)
def test_a_claim_that_is_none_is_refused(content: str, message: str, gathered: Path) -> None:
    write({"attribution.json": content}, gathered)
    with pytest.raises(EvidenceError, match=message):
        evidence.claimed(gathered)


def code(folder: Path) -> None:
    write({"src/truerun/gate/__init__.py": ""}, folder)


def parameters(folder: Path) -> None:
    write({"params.yaml": "seed: 3"}, folder)


def another_commit(folder: Path) -> None:
    facts = json.loads((folder / "evidence.json").read_text())
    write({"evidence.json": json.dumps(facts | {"commit": "1" * 40})}, folder)


def another_version(folder: Path) -> None:
    facts = json.loads((folder / "evidence.json").read_text())
    write({"evidence.json": json.dumps(facts | {"version": 2})}, folder)


def no_facts(folder: Path) -> None:
    (folder / "evidence.json").unlink()


def link(folder: Path) -> None:
    shutil.rmtree(folder / "data/validated")
    (folder / "data/validated").symlink_to("/etc")


def no_model(folder: Path) -> None:
    (folder / "models/model.skops").unlink()


def no_rows(folder: Path) -> None:
    shutil.rmtree(folder / "data/validated")
    (folder / "data/predictions.parquet").unlink()


def folder_of_a_file(folder: Path) -> None:
    (folder / "dvc.lock").unlink()
    write({"dvc.lock/a": ""}, folder)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (code, r"holds src/truerun/gate/__init__\.py, which no run hands over"),
        (parameters, r"holds params\.yaml, which no run hands over"),
        (another_commit, r"is of the commit 1111"),
        (another_version, r"evidence\.json is not of a run: version"),
        (no_model, r"lacks models/model\.skops, and no stage failed"),
        (no_rows, r"lacks data/validated, data/predictions\.parquet, and no"),
        (no_facts, r"evidence\.json cannot be read"),
        (link, r"holds data/validated, which no run hands over"),
        (folder_of_a_file, r"holds dvc\.lock/a, which no run hands over"),
    ],
)
def test_what_no_run_hands_over_is_refused(
    spoil: Callable[[Path], None], message: str, gathered: Path
) -> None:
    spoil(gathered)
    with (
        pytest.raises(CompareError, match=message),
        evidence.checked_out(gathered, "HEAD"),
    ):
        pass


def commit_link(path: str, target: Path, gathered: Path) -> None:
    """Put a link into a commit, of which the evidence claims to be."""
    git("rm", "--quiet", "-r", "--force", path)
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).symlink_to(target)
    git("add", "--all")
    git("commit", "--quiet", "--message", "A link")
    facts = json.loads((gathered / "evidence.json").read_text())
    write({"evidence.json": json.dumps(facts | {"commit": git("rev-parse", "HEAD")})}, gathered)


@pytest.mark.parametrize("path", ["metrics/train.json", "params.yaml"])
def test_a_link_of_the_commit_leads_nowhere(path: str, gathered: Path, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("of the machine")
    commit_link(path, target, gathered)
    with evidence.checked_out(gathered, "HEAD") as (head, _):
        assert not (head.folder / path).is_symlink()
        assert "of the machine" not in (head.folder / path).read_text()
    assert target.read_text() == "of the machine"


def test_nothing_is_written_where_a_link_of_the_commit_leads(
    gathered: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    commit_link("metrics", elsewhere, gathered)
    with (
        pytest.raises(EvidenceError, match="has something else where a run puts"),
        evidence.checked_out(gathered, "HEAD"),
    ):
        pass
    assert list(elsewhere.iterdir()) == []


GONE = Missing(missing="the model of this pull request: it is not there")


@pytest.mark.parametrize(
    "parts",
    [
        {"metrics": GONE},
        {"provenance": comparisons.provenance(recomputed=GONE)},
        {"provenance": comparisons.provenance(revalidated=GONE)},
    ],
)
def test_evidence_that_leaves_something_out_is_no_verdict(parts: dict[str, Any]) -> None:
    evidence.check_whole(comparisons.comparison())
    with pytest.raises(EvidenceError, match="not whole: the model of this pull request"):
        evidence.check_whole(comparisons.comparison(**parts))
    evidence.check_whole(comparisons.comparison(**parts | comparisons.failed()))
