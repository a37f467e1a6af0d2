"""What a run gave, held against what Git says: in a real repository, without the pipeline."""

import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from tools import attest

from tests.tasks import contract_of
from truerun.base import tables
from truerun.base.errors import CompareError
from truerun.compare import __main__ as command
from truerun.compare import assemble, reproduction
from truerun.compare.reproduction import Record, Run
from truerun.compare.revision import Revision
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import LockDifference, Reproduction
from truerun.params.train import Train
from truerun.repro import __main__ as repro

LOCK = Path("dvc.lock")


def lock(rate: float = 0.1, **outputs: str) -> str:
    """A lock of one stage, with the hashes of what it puts out."""
    stage = {
        "cmd": "train",
        "params": {"params.yaml": {"rate": rate}},
        "outs": [
            {"path": path.replace("_", "/"), "md5": md5, "size": 1} for path, md5 in outputs.items()
        ],
    }
    return yaml.safe_dump({"schema": "2.0", "stages": {"train": stage}})


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with a lock, parameters and a plot, all committed."""
    monkeypatch.chdir(tmp_path)
    Path("plots").mkdir()
    Path("plots/roc é.svg").write_text("a curve", encoding="utf-8")
    Path("plots/[a].svg").write_text("a curve", encoding="utf-8")
    Path("params.yaml").write_text("rate: 0.1\n", encoding="utf-8")
    LOCK.write_text(lock(plots="a"), encoding="utf-8")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "All")


def record(**parts: Any) -> Record:
    told = {"every": False, "ran": ("train",), "failed": None, "error": None}
    return Record.model_validate(told | {"uncommitted": tuple(repro.uncommitted())} | parts)


def told(of: Record) -> Reproduction:
    return reproduction.of(command.ran(of), Revision("", None, Path()).lock(), [], Shortener())


def train(rate: float) -> None:
    """What a run of the pipeline does here."""
    LOCK.write_text(lock(rate, plots="b"), encoding="utf-8")
    Path("plots/roc é.svg").write_text(f"a curve of {rate}", encoding="utf-8")


def test_a_run_with_uncommitted_changes_is_held_against_nothing() -> None:
    Path("params.yaml").write_text("rate: 0.2\n", encoding="utf-8")
    before = record()
    train(0.2)
    found = told(before)

    assert before.uncommitted == ("params.yaml",)
    assert (found.state, found.differences, found.ran) == ("uncommitted", (), ("train",))
    # Committed without what the run gave, as a pull request without its lock would be.
    git("commit", "--quiet", "--message", "Faster", "params.yaml")
    assert told(before).state == "differs"
    git("commit", "--quiet", "--all", "--message", "What it gives")
    assert told(before).state == "reproduced"


def test_figures_that_scores_do_not_give_differ_whatever_is_committed() -> None:
    edited = LockDifference(stage="", kind="figure", name="auc", expected="0.9", found="0.7")
    Path("params.yaml").write_text("rate: 0.2\n", encoding="utf-8")
    found = reproduction.of(command.ran(record()), {}, [edited], Shortener())
    assert (found.state, found.differences) == ("differs", (edited,))


def test_a_clean_tree_with_a_stale_lock_differs() -> None:
    Path("params.yaml").write_text("rate: 0.2\n", encoding="utf-8")
    git("commit", "--quiet", "--all", "--message", "Without a run")
    before = record()
    train(0.2)
    assert before.uncommitted == ()
    assert told(before).state == "differs"


def test_what_the_pipeline_wrote_before_is_no_change_of_what_goes_into_it() -> None:
    train(0.1)
    assert repro.uncommitted() == []
    assert told(record()).state == "differs"


def test_a_folder_that_differs_is_told_once_and_not_for_each_file_in_it() -> None:
    before = record()
    train(0.1)
    assert [(one.kind, one.name) for one in told(before).differences] == [("output", "plots")]


def test_files_are_found_by_their_names_whatever_letters_these_have() -> None:
    for name in ("plots/[a].svg", "plots/roc é.svg"):
        Path(name).write_text("another curve", encoding="utf-8")
        assert command.changed(Path(), [name]) == [name]
    assert command.changed(Path(), ["plots/*.svg"]) == []


def test_differences_that_are_too_many_to_list_are_counted() -> None:
    cut = Shortener()
    run = Run(record(), {}, [f"plots/{number}.svg" for number in range(101)])
    found = reproduction.of(run, {}, [], cut)
    assert (found.count, len(found.differences)) == (101, 100)
    assert cut.notes == ["differences between the run and Git: 100 of 101 are listed"]


@pytest.mark.parametrize(
    "broken", ["<<<<<<< HEAD\nstages:\n=======\n", "- a list\n", "", "stages: {train: 1}\n"]
)
def test_a_lock_that_cannot_be_read_is_none(broken: str) -> None:
    before = record()
    LOCK.write_text(broken, encoding="utf-8")
    assert told(before).differences[0].found == "nothing"  # here, after a run that wrote none
    git("commit", "--quiet", "--all", "--message", "Broken")
    LOCK.unlink()
    assert told(before).state == "reproduced"
    train(0.1)
    assert told(before).differences[0].expected == "nothing"  # in Git


@pytest.mark.parametrize(
    ("failed", "stage", "why"),
    [
        (None, "evaluate", None),
        ("train", "validate", None),
        ("validate", "validate", "the stage validate failed"),
        ("validate", "prepare", None),
        ("prepare", "evaluate", "the stage prepare failed"),
        ("dvc repro", "prepare", "dvc repro failed"),
    ],
)
def test_what_a_stage_that_did_not_end_put_out_is_not_of_the_run(
    failed: str | None, stage: str, why: str | None
) -> None:
    gone = Run(record(failed=failed), {}, ()).lacks(stage)
    assert (gone.missing if gone else None) == why


def test_a_run_is_told_with_what_it_ran_and_where_it_failed() -> None:
    whole = told(record(every=True, ran=("prepare", "train")))
    assert (whole.every, whole.ran, whole.failed, whole.error) == (
        True,
        ("prepare", "train"),
        None,
        None,
    )
    broken = told(record(failed="train", error="no disk"))
    assert (broken.state, broken.every, broken.failed, broken.error) == (
        "failed",
        False,
        "train",
        "no disk",
    )
    none = reproduction.of(Run(None, {}, ()), {}, [], Shortener())
    assert (none.state, none.every, none.ran, none.failed) == ("not run", False, (), None)


def test_figures_that_do_not_hold_are_told_though_the_pipeline_was_not_run() -> None:
    edited = LockDifference(stage="", kind="figure", name="auc", expected="0.9", found="0.7")
    found = reproduction.of(Run(None, {}, ()), {}, [edited], Shortener())
    assert (found.state, found.count) == ("differs", 1)
    failed = reproduction.of(Run(record(failed="train"), {}, ()), {}, [edited], Shortener())
    assert failed.state == "failed"


@pytest.mark.parametrize(
    ("written", "computed", "same"),
    [
        ("0.7", 0.700009, True),
        ("0.7", 0.699991, True),
        ("0.7", 0.700011, False),
        ("0.7", 0.699989, False),
        ("1234560", 1234567, True),
        ("1234500", 1234567, False),
        ("-5", 5, False),
        ("1", 1, True),
        ("true", 1, False),
        ("null", 1, False),
        ('"0.7"', 0.7, False),
        ("0.7", None, True),
    ],
)
def test_a_figure_in_a_file_holds_if_the_scores_give_it_but_for_rounding(
    written: str, computed: float | None, same: bool
) -> None:
    path = Path("evaluate.json")
    path.write_text(f'{{"test": {{"auc": {written}}}}}', encoding="utf-8")
    found = reproduction.figures(path, {"auc": computed})
    assert [one.name for one in found] == ([] if same else ["evaluate.json: test.auc"])


def test_a_figure_that_does_not_hold_is_told_with_both_values() -> None:
    path = Path("evaluate.json")
    path.write_text('{"test": {"auc": 0.9}}', encoding="utf-8")
    (found,) = reproduction.figures(path, {"auc": 0.73628123})
    assert (found.stage, found.kind) == ("evaluate", "figure")
    assert (found.expected, found.found) == ("0.9", "0.736281")
    path.write_text('{"test": 1}', encoding="utf-8")
    (unread,) = reproduction.figures(path, {"auc": 0.7})
    assert (unread.kind, unread.expected) == ("file", "figures of test rows")


@pytest.mark.parametrize(("content", "same"), [('{"rows": 7}', True), ('{"rows": 6}', False)])
def test_the_rows_of_the_training_are_those_of_the_split(content: str, same: bool) -> None:
    path = Path("train.json")
    path.write_text(content, encoding="utf-8")
    found = [(one.expected, one.found) for one in reproduction.rows_trained_on(path, 7)]
    assert found == ([] if same else [("6", "7 rows are for training")])


def test_a_file_that_counts_no_rows_is_told() -> None:
    (found,) = reproduction.rows_trained_on(Path("none.json"), 7)
    assert (found.stage, found.kind, found.name) == ("train", "figure", "none.json: rows")


def test_a_record_is_read_or_refused_by_its_name() -> None:
    path = Path("run.json")
    with pytest.raises(CompareError, match=r"run\.json cannot be read: No such file"):
        reproduction.load(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CompareError, match=r"run\.json is not a record of `truerun repro`: Field"):
        reproduction.load(path)
    path.write_text('{"every": 1, "ran": [], "failed": null}', encoding="utf-8")
    with pytest.raises(CompareError, match="`truerun repro`: Input should be a valid boolean"):
        reproduction.load(path)
    path.write_text(record().model_dump_json(), encoding="utf-8")
    assert reproduction.load(path) == record()


def test_a_file_in_git_that_a_run_takes_away_is_told_as_a_difference() -> None:
    Path("plots/roc.json").write_text('{"area": 0.7}', encoding="utf-8")
    Path("plots/old.svg").write_text("a curve", encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "More plots")
    Path("plots/roc.json").write_text('{"area": 0.8}', encoding="utf-8")
    Path("plots/old.svg").unlink()
    assert attest.changes_in_git(Path()) == [
        "plots/old.svg: Git has it, but the run removes it",
        "plots/roc.json, area: Git has 0.7, the run 0.8",
    ]


def test_rows_that_cannot_be_drawn_are_none_that_a_model_was_fitted_on(tmp_path: Path) -> None:
    rows = pd.DataFrame({"day": [1, 1, 1, 2], "split": ["train", "train", "train", "test"]})
    tables.write_table(rows.astype({"split": "str"}), tables.partition(tmp_path, "all"))
    contract = contract_of("regression", {"day": {"type": "int"}})
    for more, count in (
        ({}, 3),
        ({"max_rows": 3, "draw_by": "day"}, 3),
        ({"max_rows": 2, "draw_by": "day"}, 0),
        ({"max_rows": 2, "draw_by": "week"}, 0),
    ):
        train = Train(model="ridge", seed=1, **more)
        assert assemble.rows_to_fit(tmp_path, contract, train) == count
