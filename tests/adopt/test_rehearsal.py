"""What the checks of the pipeline would refuse is in the plan, by the same code."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truerun.adopt import rehearsal
from truerun.adopt.rehearsal import Rehearsal
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import project
from truerun.base.errors import AdoptError
from truerun.contract.data_checks import Finding
from truerun.stages import prepare

ROWS = 300


def rehearsed(folder: Path, table: pd.DataFrame, **request: object) -> Rehearsal:
    table.to_csv(folder / "table.csv", index=False)
    asked = Request(**{"target": "repaid", **request})
    return rehearsal.rehearse(profile_table(folder / "table.csv", asked), asked, folder)


def kinds(done: Rehearsal) -> dict[str, str]:
    return {decision.column: decision.kind for decision in done.profile.decisions}


@pytest.fixture
def loans() -> pd.DataFrame:
    """Loans, of which two in three have ended: those have nothing open, and no next payment."""
    random = np.random.default_rng(1)
    number = np.arange(ROWS)
    ended = number % 3 > 0
    return pd.DataFrame(
        {
            "income": random.integers(20, 90, ROWS),
            "open": np.where(ended, 0, random.integers(1, 99, ROWS)),
            "next": pd.Series(random.integers(1, 99, ROWS)).mask(ended),
            "repaid": pd.Series(random.choice(["yes", "no"], ROWS)).where(ended),
        }
    )


@pytest.mark.slow
def test_what_is_constant_where_the_target_is_known_is_left_out(
    loans: pd.DataFrame, tmp_path: Path
) -> None:
    done = rehearsed(tmp_path, loans)
    assert kinds(done) == {
        "income": "number",
        "open": "constant",
        "next": "constant",
        "repaid": "target",
    }
    reasons = {decision.column: decision.reason for decision in done.profile.decisions}
    assert reasons["open"] == "every row with a known repaid has '0.0'"
    assert reasons["next"] == "every row with a known repaid lacks it"
    assert not {"open", "next"} & set(done.profile.columns)
    done.check()
    assert list(tmp_path.iterdir()) == [tmp_path / "table.csv"]


@pytest.mark.slow
def test_what_the_user_keeps_may_be_constant(loans: pd.DataFrame, tmp_path: Path) -> None:
    done = rehearsed(tmp_path, loans, keep=frozenset(["open"]))
    assert kinds(done)["open"] == "number"
    done.check()


@pytest.mark.slow
def test_a_column_that_tells_the_target_of_the_newest_rows_is_a_leak(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(1000), unit="D")
    cost = random.normal(50, 10, 1000)
    fee = np.where(np.arange(1000) < 750, random.normal(50, 10, 1000), cost * 2)
    table = pd.DataFrame({"day": days, "x": random.random(1000), "fee": fee, "cost": cost})
    asked = {"target": "cost", "time": "day", "task": "regression"}
    done = rehearsed(tmp_path, table, **asked)
    assert kinds(done)["fee"] == "leak"
    assert any(warning.startswith("left out: fee") for warning in done.profile.warnings)
    done.check()
    kept = rehearsed(tmp_path, table, **asked, keep=frozenset(["fee"]))
    assert kept.profile.columns["fee"]["known_in_time"]
    assert not [f for f in kept.findings if "column fee" in f.detail and f.check == "leakage"]


@pytest.mark.slow
def test_what_no_decision_mends_is_refused_with_what_helps(tmp_path: Path) -> None:
    table = pd.DataFrame({"year": ["2001", "2002"] * 50, "x": range(100), "y": [0.5, 2.5] * 50})
    done = rehearsed(tmp_path, table, target="y", task="regression", time="year")
    with pytest.raises(AdoptError) as refused:
        done.check()
    told = str(refused.value)
    assert told.startswith(f"{rehearsal.REFUSED}\n")
    assert "\n  target: all 50 test rows have y 2.5\n" in told
    helps = "more rows are needed; or another --time, or none, puts other rows to the test"
    assert told.endswith(f"\nWhat helps: {helps}")


@pytest.mark.slow
def test_a_class_that_no_row_tests_is_refused_with_the_option_that_leaves_it_out(
    tmp_path: Path,
) -> None:
    kinds = ["old kind"] * 40 + ["b", "c"] * 80
    days = pd.date_range("2024-01-01", periods=len(kinds)).strftime("%Y-%m-%d")
    table = pd.DataFrame({"day": days, "x": range(len(kinds)), "kind": kinds})
    table["x"] = np.random.default_rng(1).random(len(kinds)).round(4)
    asked = {"target": "kind", "time": "day"}
    with pytest.raises(AdoptError) as refused:
        rehearsed(tmp_path, table, **asked).check()
    assert "\n  classes: no test row has kind old kind\n" in str(refused.value)
    assert str(refused.value).endswith(
        "What helps: more rows are needed; or another --time, or none, puts other rows to the test;"
        " or --missing 'kind=old kind' leaves out what cannot be tested"
    )
    rehearsed(tmp_path, table, **asked, missing={"kind": ("old kind",)}).check()
    rehearsed(tmp_path, table, target="kind").check()


@pytest.mark.slow
def test_a_column_of_which_no_feature_can_be_made_is_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    marks = ["".join(random.choice(list("+-*! "), 30)) for _ in range(ROWS)]
    table = pd.DataFrame(
        {
            "x": random.random(ROWS).round(4),
            "huge": random.integers(1, 60, ROWS) * 1.25e38,
            "marks": [" ".join(mark) for mark in marks],
            "y": random.choice(["yes", "no"], ROWS),
        }
    )
    asked = {"target": "y", "as_": {"marks": "words", "huge": "number"}}
    done = rehearsed(tmp_path, table, **asked)
    done.check()
    reasons = {each.column: each.reason for each in done.profile.decisions if not each.is_feature}
    assert reasons["huge"].startswith("reaches 7.375e+39, and a feature at most 3.4e+38")
    assert reasons["marks"] == "has no word of two letters"
    assert not {"huge", "marks"} & set(done.profile.columns)
    with pytest.raises(AdoptError, match=r"^--keep huge: the column reaches 7.375e\+39"):
        rehearsed(tmp_path, table, **asked, keep=frozenset(["huge"]))
    with pytest.raises(AdoptError, match=r"no column is left to learn from: marks \(has no word"):
        rehearsed(tmp_path, table[["marks", "y"]], target="y", as_={"marks": "words"})


@pytest.mark.slow
def test_a_target_that_no_score_can_reach_is_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": range(100), "y": np.linspace(1, 7, 100) * 1e39})
    with pytest.raises(AdoptError, match=r"the target y reaches 7e\+39, and a score at most 3.4e"):
        rehearsed(tmp_path, table, target="y", task="regression")


@pytest.mark.slow
def test_rows_without_a_target_are_dropped_as_the_stage_will_however_many(tmp_path: Path) -> None:
    """The stage `prepare` refuses more dropped rows than `source.max_dropped` allows."""
    table = pd.DataFrame({"x": range(20_000), "y": [None] * 20_000})
    table.loc[::250, "y"] = ["a", "b"] * 40
    table["x"] = np.random.default_rng(1).random(20_000).round(5)
    done = rehearsed(tmp_path, table, target="y")
    done.check()
    limit = project.max_dropped(done.statistics.dropped)
    assert done.statistics.dropped == pytest.approx(0.996)
    prepare.check_dropped("table", 20_000, {"y is missing": 20_000 - 80}, limit)


@pytest.mark.slow
def test_a_file_without_a_known_target_is_named_as_one_to_leave_out(
    tmp_path: Path, loans: pd.DataFrame
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    loans.to_csv(folder / "a.csv", index=False)
    loans.assign(repaid=None).to_csv(folder / "b.csv", index=False)
    asked = Request(target="repaid")
    done = rehearsal.rehearse(profile_table(folder, asked), asked, tmp_path)
    with pytest.raises(AdoptError) as refused:
        done.check()
    assert "\n  rows: partition b has 0 valid rows, fewer than 1\n" in str(refused.value)
    assert f"What helps: {rehearsal.ADVICE['rows']}" in str(refused.value)


@pytest.mark.slow
def test_a_sum_of_columns_that_tells_the_target_of_the_newest_rows_is_vouched_for_and_told(
    tmp_path: Path,
) -> None:
    random = np.random.default_rng(3)
    count = 1000
    first, second = random.normal(50, 10, (2, count))
    newest = np.arange(count) >= 800
    cost = np.where(newest, first + second, first + second + random.normal(0, 20, count))
    days = pd.date_range("2020-01-01", periods=count)
    table = pd.DataFrame({"day": days, "first": first, "second": second, "cost": cost})
    done = rehearsed(tmp_path, table, target="cost", time="day", task="regression")
    done.check()
    assert done.profile.columns["first"]["known_in_time"]
    assert done.profile.columns["second"]["known_in_time"]
    assert any(w.startswith("a sum of ") for w in done.profile.warnings)


@pytest.mark.slow
def test_a_warning_alone_refuses_nothing(tmp_path: Path, loans: pd.DataFrame) -> None:
    done = rehearsed(tmp_path, loans)
    Rehearsal(done.profile, done.statistics, (Finding("drift", "warn", "a little"),)).check()


@pytest.mark.slow
def test_rows_that_are_too_many_to_keep_are_prepared_once_more(
    tmp_path: Path, loans: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = rehearsed(tmp_path, loans)
    monkeypatch.setattr(rehearsal.partition_statistics, "LARGE", 10)
    again = rehearsed(tmp_path, loans)
    assert again.statistics.prepared == ()
    assert again.findings == kept.findings
