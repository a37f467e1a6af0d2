"""Checks of a table as a whole: each with an example that passes and one that fails."""

import numpy as np
import pandas as pd
import pytest

from truerun.contract import data_checks
from truerun.contract.conformance import Verdict
from truerun.params.validate import RateRange


def broken(quarantined, rows):
    """Results of a table in which so many of the rows break one check."""
    failures = pd.DataFrame(
        {
            "row": range(quarantined),
            "failed_column": "delay",
            "failed_check": "le(9)",
            "failed_value": [str(value) for value in range(10, 10 + quarantined)],
        }
    )
    valid = pd.Series(np.arange(rows) >= quarantined)
    return data_checks.quarantine_results({"2013-01": Verdict(valid, failures)})


def details(findings):
    return [finding.detail for finding in findings]


@pytest.mark.parametrize(
    ("quarantined", "rows", "status"),
    [(0, 100, "pass"), (1, 100, "pass"), (2, 100, "fail"), (100, 100, "fail"), (0, 0, "pass")],
)
def test_too_large_a_share_of_broken_rows_fails(quarantined, rows, status):
    assert data_checks.quarantined_share(broken(quarantined, rows), 0.01).status == status


def test_a_share_that_is_allowed_and_one_that_is_not_are_told_with_their_limit():
    passed = data_checks.quarantined_share(broken(12, 33_677), 0.01)
    failed = data_checks.quarantined_share(broken(2_000, 10_000), 0.01)

    assert passed.detail == "12 of 33,677 rows (0.04%) break schema.yaml"
    assert failed.detail == (
        "2,000 of 10,000 rows (20.00%) break schema.yaml, "
        "more than validate.max_quarantined allows (1.00%)"
    )


def test_a_partition_of_too_few_rows_fails_by_its_name():
    assert data_checks.enough_rows({"2013-01": 5000, "2013-02": 5001}, 5000) == []

    found = data_checks.enough_rows({"2013-01": 5000, "2013-02": 4999, "2013-03": 0}, 5000)

    assert {finding.status for finding in found} == {"fail"}
    assert details(found) == [
        "partition 2013-02 has 4,999 valid rows, fewer than 5,000",
        "partition 2013-03 has 0 valid rows, fewer than 5,000",
    ]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["2013-01", "2013-02", "2013-03"], None),
        (["2013-01", "2013-03"], "2013-02"),
        (["2012-11", "2012-12", "2013-01", "2013-02"], None),
        (["2012-11", "2013-02"], "2012-12, 2013-01"),
        (["2012-12", "2013-02"], "2013-01"),
        (["2012-10", "2012-12", "2013-01", "2013-03"], "2012-11, 2013-02"),
        (["2013-01"], None),
        (["east", "west"], None),
        (["2013-01", "2013-03", "rest"], None),
        (["2013", "2015"], None),
        (["2013-01", "2013-13"], None),
        (["2013-00", "2013-02"], None),
        ([], None),
    ],
    ids=str,
)
def test_a_month_that_is_missing_between_others_fails(names, missing):
    found = data_checks.no_gaps(names)

    if missing is None:
        assert found == []
    else:
        assert [finding.status for finding in found] == ["fail"]
        assert details(found) == [f"missing between the others: {missing}"]


def test_a_gap_of_many_months_is_counted_and_not_listed_in_full():
    assert details(data_checks.no_gaps(["2010-01", "2012-01"])) == [
        (
            "missing between the others: "
            "2010-02, 2010-03, 2010-04, 2010-05, 2010-06, 2010-07, 2010-08, 2010-09 and 15 more"
        )
    ]


def test_a_rate_of_the_target_outside_its_range_fails_by_the_name_of_its_partition():
    limits = RateRange(min=0.05, max=0.5)
    assert (
        data_checks.target_means({"2013-01": 0.05, "2013-02": 0.5, "2013-03": 0.2}, limits, "late")
        == []
    )

    rates = {"2013-01": 0.0499, "2013-02": 0.2, "2013-03": 0.75, "2013-04": float("nan")}
    found = data_checks.target_means(rates, limits, "late")

    assert {finding.status for finding in found} == {"fail"}
    assert details(found) == [
        f"partition {month}: the mean of late is {mean}, outside 0.05 to 0.5"
        " (params.yaml: validate.target_rate)"
        for month, mean in (("2013-01", "0.0499"), ("2013-03", "0.75"), ("2013-04", "nan"))
    ]


def test_a_key_that_occurs_twice_anywhere_fails_with_an_example():
    table = pd.DataFrame(
        {"flight": [1, 2, 3, 2, 3, 3], "origin": ["EWR", "JFK", "LGA", "JFK", "EWR", "LGA"]}
    )

    found = data_checks.repeated_keys(table, ("flight", "origin"))

    assert [finding.status for finding in found] == ["fail"]
    assert details(found) == ["2 rows repeat the key of another, such as flight 2, origin JFK"]
    assert data_checks.repeated_keys(table.head(3), ("flight", "origin")) == []
    assert details(data_checks.repeated_keys(table, ("flight",))) == [
        "3 rows repeat the key of another, such as flight 2"
    ]


@pytest.mark.parametrize(
    ("january", "february", "told"),
    [
        ([1, 2], [1, 3], None),
        (
            [1, 1],
            [2, 2],
            None,
        ),  # it varies from partition to partition, as weekdays from day to day
        ([1, 1], [1, 1], "1 in all rows of 2013-01, 2013-02"),
        ([1, 2], [7, 7], "7 in all rows of 2013-02"),
        ([1, np.nan], [1, 1], "1 in all rows of 2013-02"),
        ([1, 2], [np.nan, np.nan], "nan in all rows of 2013-02"),
        (["A", "B"], ["A", "A"], "A in all rows of 2013-02"),
        ([1, 2], [], None),
    ],
    ids=str,
)
def test_a_column_of_one_value_fails_where_others_vary(january, february, told):
    parts = {"2013-01": january, "2013-02": february}
    constant = {
        name: data_checks.constants(pd.DataFrame({"x": values}), ["x"])
        for name, values in parts.items()
    }

    found = data_checks.constant_columns(constant)

    assert details(found) == ([] if told is None else [f"column x is {told}"])
    assert {finding.status for finding in found} <= {"fail"}
    assert data_checks.constant_columns(constant, lambda *of: of[0] == "x") == []


def test_more_missing_values_than_allowed_fail_by_column_and_worst_partition():
    shares = {
        "2013-01": {"wind": 0.05, "gust": 1.0},
        "2013-02": {"wind": 0.06, "gust": 1.0},
        "2013-03": {"wind": 0.0, "gust": 1.0},
        "2013-04": {},  # it has no rows
    }
    worst = data_checks.most_missing(shares)
    found = data_checks.missing_values(worst, {"wind": 0.05, "gust": 1.0})

    assert worst["wind"] == {"partition": "2013-02", "share": 0.06}
    assert [finding.status for finding in found] == ["fail"]
    assert details(found) == [
        (
            "column wind is missing in 6.0% of the rows of partition 2013-02, "
            "more than its max_missing in schema.yaml (5%)"
        )
    ]
    assert data_checks.missing_values(worst, {"wind": 0.06}) == []


def test_quarantined_rows_are_counted_by_check_with_the_worst_first_and_examples():
    failures = pd.DataFrame(
        {
            "row": [0, 0, 2, 3, 4],
            "failed_column": ["a", "b", "b", "b", "b"],
            "failed_check": ["le(9)", "ge(0)", "ge(0)", "ge(0)", "ge(0)"],
            "failed_value": ["10", "-1", "-2", "-3", "-4"],
        }
    )
    valid = pd.Series([False, True, False, False, False])
    results = data_checks.quarantine_results({"x": Verdict(valid, failures)})
    assert (results["rows_in"], results["rows_out"]) == (5, 1)
    assert results["quarantined"]["rows"] == 4  # the first row breaks two checks and counts once
    assert results["quarantined"]["share"] == 0.8
    assert results["quarantined"]["checks"] == [
        {"column": "b", "check": "ge(0)", "rows": 4, "examples": ["-1", "-2", "-3"]},
        {"column": "a", "check": "le(9)", "rows": 1, "examples": ["10"]},
    ]


def test_a_side_of_one_class_fails_and_is_named():
    mixed, one = pd.Series([0, 1, 0]), pd.Series([1, 1])
    assert data_checks.varied_target({"train": mixed, "test": mixed}, "late", (0, 1)) == []
    found = data_checks.varied_target({"train": mixed, "test": one}, "late", (0, 1))
    assert details(found) == ["all 2 test rows have late 1"]
    assert found[0].status == "fail"


def test_a_class_that_a_side_lacks_is_named():
    whole, some = pd.Series(["a", "b", "c"]), pd.Series(["b", "c", "c"])
    assert data_checks.varied_target({"train": whole, "test": whole}, "kind", ("a", "b", "c")) == []
    found = data_checks.varied_target({"train": some, "test": whole}, "kind", ("a", "b", "c", "d"))
    assert details(found) == ["no train row has kind a, d", "no test row has kind d"]
    assert {finding.status for finding in found} == {"fail"}


def test_a_number_that_is_the_same_on_a_side_fails():
    varied, same = pd.Series([1.5, 2.5]), pd.Series([3.5, 3.5])
    assert data_checks.varied_target({"train": varied, "test": varied}, "price", ()) == []
    found = data_checks.varied_target({"train": varied, "test": same}, "price", ())
    assert [(f.check, f.detail) for f in found] == [("target", "all 2 test rows have price 3.5")]


def test_of_no_rows_no_share_is_in_quarantine():
    assert broken(0, 0)["quarantined"] == {"rows": 0, "share": 0.0, "checks": []}
    assert broken(1, 4)["quarantined"]["share"] == 0.25


def test_a_column_without_a_value_is_one_of_a_single_value():
    rows = pd.DataFrame({"none": [None, None], "one": [1, 1], "some": [1, None]})
    assert data_checks.constants(rows, rows.columns) == {"none": "None", "one": "1"}
    assert data_checks.constants(rows[:0], rows.columns) == {}
