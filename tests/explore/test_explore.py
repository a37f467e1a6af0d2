"""What the notebook shows, on small tables of every task."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tasks import CLASSES, TASKS, contract_of
from truerun.base import paths, tables
from truerun.base.errors import CompareError, ModelError
from truerun.base.tables import TableError
from truerun.explore import drift, errors, experiments, slices, target
from truerun.explore.last_run import LastRun
from truerun.model import metrics, targets
from truerun.model.value import of_rows
from truerun.params.evaluate import Evaluate

LOSSES = {"binary": "log_loss", "multiclass": "log_loss", "counts": "poisson_deviance"}
COLUMNS = {
    "shop": {"type": "text", "nullable": True},
    "price": {"type": "float", "nullable": True},
    "told": {"type": "text", "words": True},
}
PRICES = {
    "binary": {
        "true_positive": 30.0,
        "false_positive": -10.0,
        "false_negative": -2.0,
        "true_negative": 1.0,
    },
    "multiclass": {"matrix": {a: {d: float(a == d) for d in CLASSES} for a in CLASSES}},
    "regression": {"over": 1.0, "under": 4.0},
    "counts": {"over": 1.0, "under": 4.0},
}


def chosen_for(task: str, **more: object) -> Evaluate:
    """The section `evaluate` of a task."""
    threshold = {"threshold": 0.3} if task == "binary" else {}
    given = {"min_slice_rows": 10, "importance_rows": 10, "importance_repeats": 1, "seed": 1}
    value = {"name": "profit", "unit": "euros", **PRICES[task]}
    return Evaluate.model_validate(
        {**threshold, "slices": (), **given, "value": value, **more}, strict=False
    )


def scored_rows(task: str, seed: int, size: int = 60) -> pd.DataFrame:
    """Random targets and scores, as `LastRun.scored` gives them."""
    random = np.random.default_rng(seed)
    contract = contract_of(task, COLUMNS)
    made = {
        "binary": lambda: random.integers(0, 2, size).astype("int8"),
        "multiclass": lambda: random.choice(CLASSES, size),
        "regression": lambda: random.normal(size=size),
        "counts": lambda: random.poisson(2, size),
    }[task]()
    shares = random.dirichlet([1] * 3, size)
    score = {
        "binary": random.random(size),
        "multiclass": shares,
        "regression": random.normal(size=size),
        "counts": random.gamma(2, 1, size),
    }[task]
    rows = pd.DataFrame({"id": np.arange(size), "partition": "all", "target": made})
    return pd.concat([rows, targets.score_table(score, contract)], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_mean_loss_is_the_metric_and_costs_are_what_the_value_lacks(task, seed) -> None:
    rows, contract, chosen = scored_rows(task, seed), contract_of(task, COLUMNS), chosen_for(task)
    actual = targets.numbers(rows["target"], contract)
    score = targets.scores(rows, contract)
    found = metrics.evaluate(task, actual, score, chosen.threshold)
    losses, costs = errors.losses(rows, contract), errors.costs(rows, contract, chosen)
    assert (losses >= 0).all()
    if task == "regression":
        assert np.sqrt(losses.mean()) == pytest.approx(found["rmse"])
    else:
        assert losses.mean() == pytest.approx(found[LOSSES[task]])
        assert losses.name.lower() == LOSSES[task].replace("_", " ")

    decision, labels = targets.decisions(score, chosen.threshold), targets.labels(contract)
    made = of_rows(chosen.value, task, rows, actual, score, decision, labels)
    exact = actual if task != "multiclass" else np.eye(3)[actual]
    best = of_rows(chosen.value, task, rows, actual, exact, actual, labels)
    assert costs.to_numpy() == pytest.approx(best - made)
    assert costs.name == "profit lost (euros)"
    right = errors.decisions(rows, contract, chosen) == rows["target"]
    assert (costs[right] == 0).all()
    assert (costs[~right] > 0).all()


def test_without_prices_there_are_no_costs() -> None:
    rows = scored_rows("binary", 1)
    with pytest.raises(ModelError, match=r"^params\.yaml: evaluate\.value is not set"):
        errors.costs(rows, contract_of("binary", COLUMNS), chosen_for("binary", value=None))


def test_worst_rows_are_a_share_with_all_that_equal_them_and_none_without_an_error() -> None:
    assert errors.worst(pd.Series(np.arange(100.0))).sum() == 5
    assert errors.worst(pd.Series([2.0] * 10 + [1.0] * 90)).sum() == 10
    assert errors.worst(pd.Series([0.0] * 99 + [1.0])).sum() == 1
    assert not errors.worst(pd.Series([0.0] * 9)).any()
    assert errors.worst(pd.Series([], dtype="float64")).empty


def test_a_group_that_holds_the_worst_rows_comes_first() -> None:
    size = 400
    random = np.random.default_rng(3)
    rows = scored_rows("binary", 1, size).assign(
        shop=np.where(np.arange(size) < 40, "bad", random.choice(["a", "b", "rare"], size)),
        price=pd.Series(random.random(size)).mask(np.arange(size) % 4 == 0),
        told="the same words",
    )
    rows.loc[rows["shop"].eq("rare").idxmax() :, "shop"] = rows["shop"].replace("rare", "b")
    among = pd.Series(np.arange(size) < 20)
    contract = contract_of("binary", COLUMNS)
    heaps = errors.heaps(rows, among, contract, chosen_for("binary"))
    assert list(heaps.loc[0, ["column", "group", "rows", "worst", "times", "extra"]]) == [
        *("shop", "bad", 40, 20, 10.0, 18.0)
    ]
    assert set(heaps["column"]) <= {"shop", "price"}  # no key, no words, no target
    assert (heaps["times"] > 1).all()
    assert (heaps["rows"] >= 10).all()
    whole = errors.heaps(rows, ~among & among, contract, chosen_for("binary"))
    assert whole.empty
    missing = pd.Series(rows["price"].isna() & (np.arange(size) < 80))
    assert errors.heaps(rows, missing, contract, chosen_for("binary")).loc[0, "group"] == "missing"


@pytest.mark.parametrize("task", TASKS)
def test_the_target_of_each_part(task: str) -> None:
    rows = scored_rows(task, 2).assign(split=["train"] * 40 + ["test"] * 20)
    contract = contract_of(task, COLUMNS)
    parts = target.parts(rows, contract)
    assert parts.tolist() == rows["split"].tolist()
    by_part = target.by_part(rows, parts, contract)
    assert by_part["rows"].to_dict() == {"test": 20, "train": 40}
    test = rows.loc[rows["split"] == "test", "target"]
    means = target.mean_by_part(rows, parts, contract)
    if task == "multiclass":
        assert list(means) == list(CLASSES)
        assert means.loc["test", "low"] == pytest.approx((test == "low").mean())
        assert means.sum(axis=1).to_numpy() == pytest.approx(1)
    else:
        assert means.loc["test"].tolist() == [pytest.approx(test.mean())]
    two = rows.assign(partition=["a"] * 30 + ["b"] * 30)
    assert target.parts(two, contract).tolist() == two["partition"].tolist()


def test_drift_names_the_limits_that_a_column_is_beyond() -> None:
    found = [
        ("quarantine", "pass", "nothing (of all)"),
        ("drift", "warn", "column a.b moved in May (limits.yaml: columns.a.b.drift)"),
        ("still", "warn", "column a.b is still (limits.yaml: columns.a.b.still)"),
        ("volume", "warn", "there are 3 rows (limits.yaml: rows)"),
    ]
    drifts = {name: {"psi": psi, "p_value": 0.5} for name, psi in (("a", 0.1), ("a.b", 0.4))}
    said = [dict(zip(("check", "status", "detail"), each, strict=True)) for each in found]
    table = drift.by_column({"drift": drifts, "findings": said})
    assert table["beyond_limits"].to_dict() == {"a.b": "drift, still", "a": ""}
    assert list(table.index) == ["a.b", "a"]
    assert list(drift.beyond_limits({"findings": said})["limit"])[-1] == "rows"
    empty = {"drift": {}, "findings": []}
    assert drift.by_column(empty).empty
    assert drift.beyond_limits(empty).empty


def test_slices_are_ordered_by_the_main_metric_and_keep_their_value() -> None:
    figures = {"rows": 9, "rmse": 2.0, "value": 7.0}
    given = {"shop": {"a": figures, "b": {**figures, "rmse": 5.0}, "c": {**figures, "rmse": None}}}
    contract = contract_of("regression", COLUMNS)
    table = slices.weakest(given, {"test": {"rmse": 3.0}}, contract)
    assert table[["slice", "difference", "value"]].to_numpy().tolist() == [
        ["b", 2.0, 7.0],
        ["a", -1.0, 7.0],
    ]
    assert slices.weakest({}, {"test": {"rmse": 3.0}}, contract).empty


def test_scores_of_other_rows_are_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = scored_rows("counts", 1, 20).assign(split=["train", "test"] * 10)
    paths.VALIDATED.mkdir(parents=True)
    for name, part in (("a", rows[:11]), ("b", rows[11:])):
        written = part[["id", "target", "split"]]
        tables.write_table(written, tables.partition(paths.VALIDATED, name))
    test = rows.loc[rows["split"] == "test", ["id", "target", "score"]]
    tables.write_table(test[::-1], paths.PREDICTIONS)
    run = LastRun(contract_of("counts", {}), None)
    scored = run.scored()
    assert scored["id"].tolist() == test["id"].tolist()
    assert scored["score"].tolist() == test["score"].tolist()
    assert scored["partition"].tolist() == ["a"] * 5 + ["b"] * 5
    for wrong in (test[1:], test.assign(id=test["id"] + 1), pd.concat([test, test[:1]])):
        tables.write_table(wrong, paths.PREDICTIONS)
        with pytest.raises(TableError, match=r"predictions\.parquet has \d+ rows, of which"):
            run.scored()


def test_one_name_alone_is_refused() -> None:
    with pytest.raises(CompareError, match="one of two is named, old: name the other one, too"):
        experiments.chosen("old", None, [])
