"""From scores of combinations to shares: for each task, by key, whatever the order of groups."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.compare.contracts import NUMBER, contract_of
from truerun.base.tasks import Task
from truerun.compare.attribution import attribute, shares
from truerun.compare.attribution.combinations import AttributionError, SideScores
from truerun.compare.attribution.groups import Group
from truerun.compare.pairing import Pairing
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Attribution, Missing
from truerun.contract.contract import Column, Contract
from truerun.model import metrics
from truerun.model.tasks import TASKS

CLASSES = ("bike", "bus", "car")
TARGETS = {
    "binary": Column(type="int", categories=(0, 1)),
    "multiclass": Column(type="text", categories=CLASSES),
    "regression": Column(type="float"),
    "counts": Column(type="int", min=0),
}
ROWS = 300
SIZES = (0.0, 0.4, 1.1, 0.9)  # of the noise of none, the first, the second, both


def contract(task: Task) -> Contract:
    day = Column(type="text", feature=False)
    return contract_of(task, {"number": NUMBER, "day": day, "y": TARGETS[task]})


def table(task: Task, noise: float, seed: int) -> pd.DataFrame:
    """Predictions as a run leaves them; labels and rows are the same whatever the noise."""
    y = np.random.default_rng(1).integers(3, size=ROWS)
    signal = y + noise * np.random.default_rng(seed).normal(size=ROWS)
    number = np.arange(ROWS)
    made = pd.DataFrame({"number": number, "day": (number % 15).astype(str)})
    if task == "multiclass":
        made["y"] = np.array(CLASSES)[y]
        distance = np.exp(-np.abs(signal[:, None] - np.arange(3)))
        scored = distance / distance.sum(axis=1, keepdims=True)
        return made.join(pd.DataFrame(scored, columns=[f"score:{name}" for name in CLASSES]))
    made["y"] = (y > 0).astype(int) if task == "binary" else y.astype(TARGETS[task].type)
    made["score"] = 1 / (1 + np.exp(-signal)) if task == "binary" else np.abs(signal) + 0.1
    return made


def sides(task: Task, sizes: tuple[float, ...] = SIZES) -> list[SideScores]:
    at = 0.7 if task == "binary" else None
    return [SideScores(table(task, size, int(10 * size)), at) for size in sizes]


def group(name: str) -> Group:
    return Group(name, "code", (f"{name}.py",), frozenset())


def told(task: Task, scored: list[SideScores], *names: str) -> Attribution:
    game = shares.game(scored, contract(task), "day")
    return shares.attribution(list(map(group, names)), game, ())


def value(task: Task, side: SideScores) -> Any:
    its = contract(task)
    return shares.game([side], its, "day").values(TASKS[task].main_metric)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "counts"])
def test_shares_of_every_task_are_those_of_its_main_metric(task: Task) -> None:
    scored = sides(task)
    found = told(task, scored, "a", "b")
    none, one, other, both = (value(task, side)[0] for side in scored)
    assert found.metric == TASKS[task].main_metric
    assert [share.share for share in found.shares] == pytest.approx(
        [(one - none + both - other) / 2, (other - none + both - one) / 2], rel=1e-4
    )
    assert found.interactions[0].value == pytest.approx(both - one - other + none)
    for share in (*found.shares, *found.interactions):
        assert share.low < (share.share if hasattr(share, "share") else share.value) < share.high
    paired = [name for name, metric in metrics.METRICS[task].items() if metric.paired]
    assert [other.metric for other in found.others] == [
        name for name in paired if name != found.metric
    ]
    assert found.shares[1].verdict == "worse"


@pytest.mark.slow
def test_rows_are_matched_by_key_and_those_that_one_combination_lacks_do_not_count() -> None:
    scored = sides("binary")
    whole = told("binary", scored, "a", "b")
    shuffled = [
        SideScores(side.rows.sample(frac=1, random_state=number), side.threshold)
        for number, side in enumerate(scored)
    ]
    for one, other in zip(told("binary", shuffled, "a", "b").shares, whole.shares, strict=True):
        assert one.share == other.share
        assert (one.low, one.high) == pytest.approx((other.low, other.high))
    fewer = [*scored[:1], SideScores(scored[1].rows[50:], 0.7), *scored[2:]]
    assert told("binary", fewer, "a", "b").count == ROWS - 50
    none = [*scored[:1], SideScores(scored[1].rows[:0], 0.7), *scored[2:]]
    with pytest.raises(AttributionError, match="no test row that all combinations score"):
        told("binary", none, "a", "b")
    one_label = [SideScores(side.rows[side.rows["y"] == 1], 0.7) for side in scored]
    with pytest.raises(AttributionError, match="roc_auc is not defined on the rows"):
        told("binary", one_label, "a", "b")


@pytest.mark.slow
def test_the_order_of_the_groups_does_not_matter() -> None:
    none, one, other, both = sides("binary")
    first = told("binary", [none, one, other, both], "a", "b")
    second = told("binary", [none, other, one, both], "b", "a")
    for one, other_one in zip(first.shares, reversed(second.shares), strict=True):
        assert (one.group, one.share, one.verdict) == (
            other_one.group,
            other_one.share,
            other_one.verdict,
        )
        assert (one.low, one.high) == pytest.approx((other_one.low, other_one.high))
    assert second.difference == first.difference


@pytest.mark.slow
def test_a_group_that_changes_no_score_has_exactly_nothing_among_three() -> None:
    scored = sides("binary")
    found = told("binary", [*scored, *scored], "a", "b", "nothing")
    *others, nothing = found.shares
    assert (nothing.share, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
    assert nothing.verdict == "the same"
    before = told("binary", scored, "a", "b")
    assert [one.share for one in others] == [one.share for one in before.shares]
    for pair in found.interactions:
        if "nothing" in pair.groups:
            assert (pair.value, pair.low, pair.high) == (0.0, 0.0, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ({}, True),
        ({"difference": 0.5}, False),
        ({"metric": "log_loss"}, False),
        ({"difference": 0.5, "count": ROWS - 1}, True),  # of other rows, which nobody has here
    ],
)
def test_a_claim_counts_if_it_is_of_the_difference_that_is_measured(
    parts: dict[str, Any], fits: bool
) -> None:
    scored = sides("binary")
    its = contract("binary")
    measured = shares.game(scored, its, "day").step(0, 3)
    main = Pairing("the test rows", "day", measured, scored[0].rows, ("0", "1"))
    claim = told("binary", scored, "a", "b").model_copy(update=parts)
    revision = Revision("main", None, Path())
    found = attribute.asked_or_claimed(
        attribute.Whose(claim=claim), (revision, revision), main, its
    )
    assert (found == claim) == fits
    assert fits or found == Missing(missing="what the run claims is not of this difference")


def test_what_nobody_asked_is_not_told() -> None:
    revision = Revision("main", None, Path())
    gone = Missing(missing="no rows")
    both = revision, revision
    assert attribute.asked_or_claimed(attribute.NOT_ASKED, both, gone, contract("binary")) is None
    assert (
        attribute.asked_or_claimed(attribute.Whose(minutes=1), both, gone, contract("binary"))
        == gone
    )
