"""The second line of a report: what was changed, and its two sides."""

from typing import Any

import pytest

from tests import comparisons
from tests.comparisons import comparison
from truerun.comparison.comparison import Change, FileChange, StageChange
from truerun.report.change_line import change_line

STAGES = (StageChange(name="featurize", reasons=("its code",)),)
NONE = {"added": 0, "removed": 0, "edited": 0}


def line(
    verdicts: dict[str, tuple[float | None, str]] | None = None,
    rows: Any = NONE,
    state: str = "reproduced",
    **causes: Any,
) -> str:
    """The line for some metrics with a verdict, and some causes, of a change of no data."""
    value = comparisons.as_json(comparison())
    value["causes"] |= {"parameters": (), "stages": (), "code": (), "packages": ()} | {
        name: [one.model_dump() for one in several] for name, several in causes.items()
    }
    value["data"]["rows"] |= rows
    value["data"] |= {"contract": ()}
    value["reproduction"]["state"] = state
    for one in value["metrics"]["paired"][0]["differences"]:
        one["difference"], one["verdict"] = (verdicts or {}).get(one["metric"], (0.0, "can't tell"))
    return change_line(value)


def parameter(name: str, base: str | None, head: str | None) -> Change:
    return Change(name=name, base=base, head=head)


def test_gains_and_losses_stand_behind_what_was_changed() -> None:
    told = line(
        {"recall": (0.1802, "better"), "f1": (0.0611, "better"), "precision": (-0.149, "worse")},
        parameters=[parameter("evaluate.threshold", "0.3", "0.2")],
    )
    assert told == "Threshold 0.3 → 0.2: recall +0.18, F1 +0.061; precision -0.15."


def test_the_main_metric_comes_first_and_a_lower_loss_is_a_gain() -> None:
    told = line({"log_loss": (-0.0123, "better"), "roc_auc": (0.018, "better")}, stages=STAGES)
    assert (
        told == "Nothing that a stage reads is changed: ROC AUC +0.018, log loss -0.012 (better)."
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([parameter("featurize.exclude", "['plane']", "['plane', 'weather']")], "Weather dropped"),
        ([parameter("featurize.exclude", "['plane']", "[]")], "Plane back in"),
        (
            [parameter("train.seed", "1", "2"), parameter("train.a.learning_rate", "0.1", "0.2")],
            "Seed 1 → 2 and learning rate 0.1 → 0.2",
        ),
        ([parameter(f"train.{name}.rate", "1", "2") for name in "ab"], "Rate 1 → 2"),
        ([parameter("train.depth", None, "3")], "Depth 3 new"),
        (
            [
                parameter("gate.slice_losses.roc_auc.margin", "0.1", "0.2"),
                parameter("gate.test_rows", "0.8", "0.7"),
                parameter("train.depth", "3", "4"),
            ],
            "Rules of the gate changed and depth 3 → 4",
        ),
        ([parameter("train.depth", "3", None)], "Depth 3 removed"),
        ([parameter(f"train.p{n}", "1", "2") for n in range(3)], "3 parameters changed"),
    ],
)
def test_parameters_are_told_by_their_own_names(changes: list[Change], told: str) -> None:
    assert line(parameters=changes) == f"{told}: no metric moves beyond chance."


def test_code_is_told_with_whether_an_output_differs() -> None:
    code = [FileChange(path="src/own/featurizer.py", change="changed")]
    assert line(code=code, stages=STAGES).startswith("Code of featurizer.py changed: ")
    assert line(code=code).startswith("Code of featurizer.py changed, outputs the same: ")
    two = [*code, FileChange(path="src/own/more.py", change="added")]
    assert line(code=two, stages=STAGES).startswith("2 code files changed: ")


def test_packages_are_told_with_both_versions() -> None:
    packages = [parameter("scikit-learn", "1.8.0", "1.9.0")]
    assert line(packages=packages).startswith("Package scikit-learn 1.8.0 → 1.9.0: ")


def test_rows_are_told_with_the_partition_that_is_new() -> None:
    value = comparisons.as_json(comparison())
    value["causes"] = {"parameters": (), "stages": (), "code": (), "packages": ()}
    value["data"] |= {"contract": ()}
    value["data"]["rows"] |= {"added": 26_971, "removed": 0, "edited": 2}
    value["data"]["partitions"] = [{"name": "2013-11", "base_rows": None, "head_rows": 26_971}]
    assert change_line(value).startswith("26,971 rows of 2013-11 added and 2 rows edited: ")


def test_where_nothing_differs_the_metrics_are_said_to_be_the_same() -> None:
    names = [facts.metric for facts in comparisons.metric_facts("binary")]
    same = dict.fromkeys(names, (0.0, "the same"))
    assert line(same) == "Nothing that a stage reads is changed: every metric is the same."


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("differs", "The run gives other results than Git holds: ROC AUC -0.020."),
        ("uncommitted", "Results that are not committed: ROC AUC -0.020."),
    ],
)
def test_where_nothing_differs_but_the_run_does_that_is_said(state: str, told: str) -> None:
    moved = {"roc_auc": (-0.02, "worse")}
    assert line(moved, state=state) == told
    code = [FileChange(path="src/own/featurizer.py", change="changed")]
    assert "outputs the same" not in line(moved, code=code, state=state)


def test_of_a_run_that_failed_nothing_is_said_of_the_figures_of_before() -> None:
    value = comparisons.as_json(comparison(**comparisons.failed()))
    assert not change_line(value)


def test_a_long_list_of_columns_is_cut() -> None:
    many = str([f"c{number}" for number in range(60)])
    assert line(parameters=[parameter("featurize.exclude", "[]", many)]).startswith(
        "C0, c1, c2 and 57 more dropped: "
    )


@pytest.mark.parametrize("moved", [None, 1e-300, 1e300])
def test_a_difference_of_any_size_is_told_in_a_few_letters(moved: float | None) -> None:
    """The comparison may be somebody else's: a verdict may stand beside any number."""
    assert len(line({"roc_auc": (moved, "better")}, stages=STAGES)) < 100


def test_what_was_not_compared_is_told_by_what_was_changed_alone() -> None:
    value = comparisons.as_json(comparison())
    value["metrics"] = {"missing": "no scores"}
    value["causes"]["code"] = ()
    assert not change_line(value).partition(":")[2]
