"""Leaks of the target: which columns are named, alone and in a sum."""

import numpy as np
import pandas as pd
import pytest

from truerun.contract import leak_checks


def leaky(rows, seed):
    random = np.random.default_rng(seed)
    late = (random.random(rows) < 0.3).astype("int8")
    departed = random.normal(size=rows)
    return pd.DataFrame(
        {
            "wind": random.normal(size=rows),
            "carrier": random.choice(["AA", "B6"], rows),
            "departed": departed,
            "arrived": departed + late,
            "status": np.where(late == 1, "late", "on time"),
            "late": late,
        }
    )


def test_leaks_are_found_in_columns_and_in_their_combination():
    columns = ["wind", "carrier", "departed", "arrived", "status"]
    rankings = leak_checks.leak_rankings(leaky(2000, 1), leaky(1000, 2), columns, "late", "binary")

    assert list(rankings) == [*columns, "(combination)"]
    sides = leaky(2000, 1), leaky(1000, 2)
    for suspects in (columns, columns[:-1]):
        combined = leak_checks.combined_columns(*sides, suspects, "late", "binary")
        found = leak_checks.leak_findings(rankings, 0.98, "binary", combined)
        assert sorted(combined) == ["arrived", "departed"]
        assert [f.detail.split(" ranks")[0] for f in found] == [
            "column status",
            f"a sum of the columns {', '.join(combined)}",
        ]
    alone = leak_checks.leak_findings(
        {"arrived": 1.0, "departed": 1.0, "(combination)": 1.0}, 0.98, "binary", combined
    )
    assert len(alone) == 2


def test_what_is_nearly_a_leak_is_a_warning_below_a_higher_limit():
    [finding] = leak_checks.leak_findings({"fee": 0.985, "age": 0.979}, 0.99, "binary")

    assert (finding.status, finding.detail[:10]) == ("warn", "column fee")
    assert "0.985, nearly 0.99" in finding.detail


def test_rows_without_a_leak_give_no_finding():
    columns = ["wind", "carrier", "departed"]
    rankings = leak_checks.leak_rankings(leaky(2000, 1), leaky(1000, 2), columns, "late", "binary")

    assert max(rankings.values()) < 0.6
    assert leak_checks.leak_findings(rankings, 0.98, "binary") == []


def test_a_table_of_text_alone_has_no_combination_that_leaks():
    rankings = leak_checks.leak_rankings(
        leaky(200, 1), leaky(100, 2), ["carrier"], "late", "binary"
    )

    assert rankings["(combination)"] == 0.5


def test_a_leak_of_a_class_that_is_text_is_found():
    sides = [
        rows.assign(kind=pd.Series(np.array(["a", "b", "c"])[rows["late"] + (rows["wind"] > 1)]))
        for rows in (leaky(2000, 1), leaky(1000, 2))
    ]
    sides = [rows.assign(copy=rows["kind"] + " it is") for rows in sides]
    rankings = leak_checks.leak_rankings(*sides, ["copy", "carrier"], "kind", "multiclass")

    assert rankings["copy"] == 1
    assert rankings["carrier"] < 0.6


def test_a_ranking_at_the_limit_is_a_leak_and_one_below_it_is_none():
    rankings = {"copy": 0.98, "signal": 0.9799, "(combination)": 1.0}
    found = leak_checks.leak_findings(rankings, 0.98, "binary", ["a", "b"])

    assert [(finding.check, finding.status) for finding in found] == [("leakage", "fail")] * 2
    assert [finding.detail for finding in found] == [
        (
            "column copy ranks the target with ROC AUC 0.980, 0.98 or more: "
            "is it known when the prediction is made? If so, vouch for it in schema.yaml with "
            "known_in_time: true; otherwise feature: false leaves it out"
        ),
        (
            "a sum of the columns a, b ranks the target with ROC AUC 1.000, 0.98 or more: "
            "is it known when the prediction is made? If so, vouch for it in schema.yaml with "
            "known_in_time: true; otherwise feature: false leaves it out"
        ),
    ]


def test_a_limit_of_one_asks_for_no_leaks():
    assert leak_checks.leak_findings({"copy": 1.0, "(combination)": 1.0}, 1.0, "binary") == []


@pytest.mark.parametrize(
    ("rows", "kept"), [(0, 0), (9, 9), (10, 10), (11, 6), (20, 10), (21, 7), (1000, 10)]
)
def test_rows_are_thinned_evenly_to_the_limit(monkeypatch, rows, kept):
    monkeypatch.setattr(leak_checks, "LEAK_ROWS", 10)
    column = pd.Series(range(rows))
    thinned = leak_checks.thinned(column)

    assert len(thinned) == kept
    assert not np.shares_memory(thinned, column)
    assert len(set(np.diff(thinned))) <= 1


def test_a_leak_is_found_in_thinned_rows_too(monkeypatch):
    monkeypatch.setattr(leak_checks, "LEAK_ROWS", 300)
    sides = leaky(2000, 1).apply(leak_checks.thinned), leaky(1000, 2).apply(leak_checks.thinned)
    rankings = leak_checks.leak_rankings(*sides, ["status", "wind"], "late", "binary")

    assert [len(rows) for rows in sides] == [286, 250]
    assert rankings["status"] == 1
    assert rankings["wind"] < 0.65


def test_a_leak_is_told_on_the_scale_of_the_task():
    for task, told in (
        ("multiclass", "a mean ROC AUC of its classes of 0.990, 0.85 or more"),
        ("regression", "a rank correlation r that gives (1 + |r|) / 2 = 0.990, 0.85 or more"),
    ):
        assert told in leak_checks.leak_findings({"copy": 0.99}, 0.85, task)[0].detail
