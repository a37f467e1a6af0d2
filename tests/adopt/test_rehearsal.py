"""What the checks of the pipeline would refuse is in the plan, by the same code."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truerun.adopt import rehearsal
from truerun.adopt.rehearsal import Rehearsal
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.base.errors import AdoptError
from truerun.contract.data_checks import Finding

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
    assert told.endswith(f"\nWhat helps: {rehearsal.ADVICE['target']}")


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
