"""Moved months are months like the real ones: the source reads them and finds as many flights."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from tools.flights import more_rows

from flights import source as flights
from tests.flights.conftest import package, write_months
from truerun.base.errors import TruerunError

# The clocks of 2013 changed on 10 March and 3 November, those of 2014 on 9 March and 2 November.
MONTHS = ("2013-02", "2013-03", "2013-10", "2013-11")
HORIZON = 3
OPTIONS = flights.Options(horizon_hours=HORIZON)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real months, every sixth flight of them, beside the same months moved to the next year."""
    folder = tmp_path_factory.mktemp("raw")
    write_months(folder, MONTHS, step=6)
    for month in MONTHS:
        for table in ("flights", "weather"):
            file = f"{table}/{month}.csv"
            content = more_rows.moved(file, (folder / file).read_bytes(), 2014)
            (folder / more_rows.moved_name(file, 2014)).write_bytes(content)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("month", ["03", "11"])
def test_a_moved_month_is_prepared_and_loses_no_flight(raw: Path, month: str) -> None:
    real, moved = (flights.prepare(raw, f"{year}-{month}", OPTIONS) for year in (2013, 2014))
    assert (moved.rows_in, moved.dropped) == (real.rows_in, real.dropped)
    assert len(moved.rows) == len(real.rows)
    assert moved.rows["late"].sum() == real.rows["late"].sum()
    same = ["day", "carrier", "flight", "origin", "minute_of_day"]
    real_days, moved_days = (
        rows[same].assign(day=rows["day"].str.slice(5)).sort_values(same, ignore_index=True)
        for rows in (real.rows, moved.rows)
    )
    pd.testing.assert_frame_equal(moved_days, real_days)
    assert set(moved.rows["month"]) == {f"2014-{month}"}


@pytest.mark.slow
def test_only_observations_of_hours_that_a_year_does_not_have_are_left_out(raw: Path) -> None:
    def observed(month: str) -> Counter[tuple[str, ...]]:
        table = pd.read_csv(raw / f"weather/{month}.csv", dtype="str", keep_default_na=False)
        assert not table.duplicated(["origin", "time_hour"]).any()
        return Counter(table[["day", "hour"]].itertuples(index=False, name=None))

    for month, left_out in (
        ("02", {}),
        ("03", {("9", "2"): 3}),
        ("10", {}),
        ("11", {("3", "1"): 3}),
    ):
        lost = observed(f"2013-{month}") - observed(f"2014-{month}")
        assert lost == left_out, month  # one at each of three airports


@pytest.mark.slow
def test_a_leap_day_has_the_flights_of_the_day_before(tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-02",), step=6)
    for table in ("flights", "weather"):
        file = tmp_path / table / "2013-02.csv"
        content = more_rows.moved(f"{table}/2013-02.csv", file.read_bytes(), 2016)
        file.with_name("2016-02.csv").write_bytes(content)
    days = flights.prepare(tmp_path, "2016-02", OPTIONS).rows["day"].value_counts()
    assert len(days) == 29
    assert days["2016-02-29"] == days["2016-02-28"]


@pytest.mark.slow
def test_the_first_year_is_the_real_one_to_the_byte(tmp_path: Path) -> None:
    more_rows.lay_down(tmp_path / "raw", years=1)
    laid = [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
    assert len(laid) == len(package().files())
    for file in package().files():
        assert (tmp_path / "raw" / file).read_bytes() == package().read(file)


@pytest.mark.slow
def test_what_is_there_is_not_mixed_with_other_months(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TruerunError, match="is not empty: name a new folder"):
        more_rows.lay_down(tmp_path, years=1)
    with pytest.raises(TruerunError, match=r"cannot write .*notes\.txt"):
        more_rows.lay_down(tmp_path / "notes.txt", years=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
