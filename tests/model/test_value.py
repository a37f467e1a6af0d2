"""What outcomes are worth: figures by hand for each task, and price lists that are refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.tasks import contract_of
from truerun.base.errors import ModelError
from truerun.model import value
from truerun.params.value import PriceList

TARGET = np.array([1, 1, 0, 0, 0])
DECISION = np.array([1, 0, 1, 0, 0])
NOTHING = pd.DataFrame(index=range(5))
OF_TWO = {"true_positive": 30, "false_positive": -10, "false_negative": -2, "true_negative": 1}
MATRIX = {
    a: {d: float(a == d) for d in ("low", "middle", "high")} for a in ("low", "middle", "high")
}
COLUMNS = {
    "fare": {"type": "float"},
    "seats": {"type": "int", "nullable": True},
    "carrier": {"type": "text"},
}
BINARY = contract_of("binary", COLUMNS)


def prices(**given: Any) -> PriceList:
    return PriceList.model_validate({"name": "profit", "unit": "euros"} | given)


def worth(
    chosen: PriceList, task: Any, target: Any, score: Any, rows: pd.DataFrame = NOTHING
) -> Any:
    decision = np.asarray(score).argmax(axis=1) if np.ndim(score) > 1 else score
    labels = ("low", "middle", "high")
    return value.of_rows(chosen, task, rows, np.array(target), np.array(score), decision, labels)


def test_each_of_four_outcomes_has_its_price() -> None:
    values = worth(prices(**OF_TWO), "binary", TARGET, DECISION)
    assert values.tolist() == [30, -2, -10, 1, 1]
    assert value.per_thousand(values) == 4000.0


def test_a_price_can_be_that_of_the_row() -> None:
    rows = pd.DataFrame({"fare": [5.0, 6, 7, 8, 9], "seats": pd.array([1, 2, 3, 4, 5], "Int64")})
    chosen = prices(**OF_TWO | {"true_positive": "fare", "true_negative": "seats"})
    assert worth(chosen, "binary", TARGET, DECISION, rows).tolist() == [5, -2, -10, 4, 5]
    assert value.columns(chosen) == ["fare", "seats"]


def test_several_classes_have_a_price_for_each_pair() -> None:
    matrix = {
        "low": {"low": 4, "middle": 1, "high": -8},
        "middle": {"low": 0, "middle": 5, "high": 0},
    }
    chosen = prices(matrix=matrix | {"high": {"low": -20, "middle": -3, "high": 9}})
    target, score = [0, 0, 1, 2], np.eye(3)[[0, 2, 1, 0]]
    assert worth(chosen, "multiclass", target, score).tolist() == [4, -8, 5, -20]


@pytest.mark.parametrize("task", ["regression", "counts"])
def test_a_number_costs_by_how_far_it_is_above_or_below(task: str) -> None:
    chosen = prices(over=2, under=5)
    assert worth(chosen, task, [10, 10, 10], [13.0, 10.0, 6.0]).tolist() == [-6, 0, -20]


def test_the_parts_of_rows_are_worth_what_all_are() -> None:
    random = np.random.default_rng(3)
    target, decision = random.integers(2, size=(2, 1000))
    values = worth(prices(**OF_TWO), "binary", target, decision, pd.DataFrame(index=range(1000)))
    part = random.integers(7, size=1000)
    told = sum(
        (part == number).sum() * (value.per_thousand(values[part == number]) or 0)
        for number in range(7)
    )
    assert told == pytest.approx(1000 * (value.per_thousand(values) or 0))


def test_of_no_rows_nothing_is_known() -> None:
    assert value.per_thousand(np.empty(0)) is None


def test_a_missing_price_is_refused_by_its_key() -> None:
    rows = pd.DataFrame({"fare": [5.0, np.nan, 7, 8, np.nan], "carrier": list("abcde")})
    for key, told in (
        ("fare", "true_positive names fare, which is missing in 2 of 5 rows"),
        ("carrier", "true_positive names carrier, which holds no numbers"),
        ("seats", "true_positive names seats, a column that these rows do not have"),
    ):
        with pytest.raises(ModelError, match=told):
            worth(prices(**OF_TWO | {"true_positive": key}), "binary", TARGET, DECISION, rows)


def test_a_pair_without_a_price_is_refused_where_it_occurs() -> None:
    chosen = prices(matrix={"low": {"low": 1}})
    assert worth(chosen, "multiclass", [0], np.eye(3)[[0]]).tolist() == [1]
    with pytest.raises(ModelError, match=r"matrix lacks low\.high, which occurs in these rows"):
        worth(chosen, "multiclass", [0], np.eye(3)[[2]])


def test_what_no_sum_can_hold_is_refused() -> None:
    rows = pd.DataFrame({"fare": [5.0, 1e300, 7, 8, 9]})
    for chosen, task, score in (
        (prices(**OF_TWO | {"false_negative": "fare"}), "binary", DECISION),
        (prices(over=1e12, under=1), "regression", np.full(5, 1e9)),
        (prices(over=1, under=1), "regression", np.full(5, np.nan)),
    ):
        with pytest.raises(ModelError, match="a row is worth more than 1e"):
            worth(chosen, task, TARGET, score, rows)


@pytest.mark.parametrize(
    ("task", "given", "told"),
    [
        ("binary", {"true_positive": 1.0}, "value.false_positive is missing: task: binary needs"),
        ("binary", OF_TWO | {"over": 1.0}, "value.over does not go with task: binary"),
        ("binary", {"matrix": MATRIX}, "value.true_positive is missing"),
        (
            "binary",
            OF_TWO | {"true_negative": "fares"},
            "true_negative names fares, which is not a",
        ),
        ("binary", OF_TWO | {"true_negative": "carrier"}, "not a column of numbers of schema.yaml"),
        ("binary", OF_TWO | {"group": "day"}, "group names day, which is not a column of schema"),
        ("multiclass", OF_TWO, "true_positive does not go with task: multiclass"),
        (
            "multiclass",
            {"matrix": {"low": {"low": 1}}},
            "lacks low.middle, low.high, middle.low and 5",
        ),
        ("multiclass", {"matrix": MATRIX | {"top": {"low": 1}}}, "matrix.top.low is no pair"),
        ("regression", {"over": 1}, "under is missing: task: regression needs over, under"),
        ("counts", {"matrix": MATRIX}, "matrix does not go with task: counts"),
    ],
)
def test_a_price_list_of_another_task_or_table_is_refused_by_its_key(task, given, told) -> None:
    with pytest.raises(ModelError) as error:
        value.check(prices(**given), contract_of(task, COLUMNS))
    assert told in str(error.value)
    assert str(error.value).startswith("params.yaml: evaluate.value.")


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("binary", OF_TWO | {"true_positive": "seats", "group": "carrier"}),
        ("multiclass", {"matrix": MATRIX}),
        ("regression", {"over": 0, "under": 2.5}),
    ],
)
def test_a_price_list_of_the_task_passes(task, given) -> None:
    value.check(prices(**given), contract_of(task, COLUMNS))


def test_a_threshold_is_worth_what_its_decisions_are() -> None:
    random = np.random.default_rng(5)
    target, score = random.integers(2, size=400), random.random(400).round(2)
    chosen, rows = prices(**OF_TWO), pd.DataFrame(index=range(400))
    thresholds = np.array([0.0, 0.25, 0.5, 0.5001, 1.0])
    told = value.by_threshold(value.of_decisions(chosen, rows, target), score, thresholds)
    decided = [
        worth(chosen, "binary", target, score >= at, rows).mean() * 1000 for at in thresholds
    ]
    assert told == pytest.approx(decided)


def test_the_best_threshold_of_honest_scores_is_where_a_call_begins_to_pay() -> None:
    """A call is worth 30 of a late row and -10 of another: it pays from a quarter on."""
    random = np.random.default_rng(7)
    score = random.random(200_000)
    target = (random.random(200_000) < score).astype(int)
    chosen = prices(true_positive=30, false_positive=-10, false_negative=0, true_negative=0)
    worths = value.of_decisions(chosen, pd.DataFrame(index=range(200_000)), target)
    assert value.best_threshold(worths, score, 0.5) == pytest.approx(0.25, abs=0.02)


def test_of_equal_thresholds_the_best_is_the_nearest_to_the_present_one() -> None:
    chosen = prices(true_positive=1, false_positive=-1, false_negative=0, true_negative=0)
    worths = value.of_decisions(chosen, NOTHING[:2], np.array([0, 1]))
    score = np.array([0.2, 0.8])
    for present, best in ((0.5, 0.5), (0.123, 0.21), (0.9, 0.8)):
        assert value.best_threshold(worths, score, present) == best
