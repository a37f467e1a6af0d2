"""The source of flights: what a row holds."""

import dataclasses
import io
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flights import checks, whole_months
from flights import features as flights_features
from flights import source as flights
from flights.columns import FLIGHTS
from tests.flights.conftest import package, write_months
from truerun.base.errors import SourceError

HORIZON = 3
OPTIONS = flights.Options(horizon_hours=HORIZON)
OUTCOMES = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]


@pytest.fixture(scope="module")
def october(raw_sample: Path) -> flights.Raw:
    return flights.read(raw_sample, "2013-10")


@pytest.fixture(scope="module")
def rows(october: flights.Raw) -> pd.DataFrame:
    return flights.make_rows(october, HORIZON)


def test_the_months_of_the_folder_are_the_partitions(raw_sample: Path) -> None:
    assert flights.partitions(raw_sample) == ["2013-07", "2013-08", "2013-09", "2013-10"]


@pytest.mark.slow
def test_history_is_bounded_to_the_months_that_the_window_reaches(raw_sample: Path) -> None:
    history = flights.read(raw_sample, "2013-10").history
    assert sorted(history["month"].unique()) == [9]


@pytest.mark.slow
def test_only_cancelled_and_diverted_flights_are_dropped_and_counted(raw_sample: Path) -> None:
    raw = pd.read_csv(raw_sample / "flights/2013-08.csv")
    prepared = flights.prepare(raw_sample, "2013-08", OPTIONS)
    cancelled = int(raw["dep_time"].isna().sum())
    diverted = int((raw["dep_time"].notna() & raw["arr_delay"].isna()).sum())
    assert cancelled > 0
    assert diverted > 0
    assert prepared.dropped == {"cancelled": cancelled, "diverted": diverted}
    assert prepared.rows_in == len(raw)
    assert len(prepared.rows) == len(raw) - cancelled - diverted


@pytest.mark.slow
def test_late_means_more_than_fifteen_minutes_after_schedule(raw_sample: Path) -> None:
    raw = pd.read_csv(raw_sample / "flights/2013-09.csv").dropna(subset="arr_delay")
    raw["scheduled_departure"] = pd.to_datetime(raw["time_hour"]) + pd.to_timedelta(
        raw["minute"], unit="min"
    )
    late = flights.prepare(raw_sample, "2013-09", OPTIONS).rows.merge(raw, on=flights.KEY)
    assert len(late) == len(raw)
    assert (late["late"] == (late["arr_delay"] > 15)).all()
    assert {15.0, 16.0} <= set(late["arr_delay"])  # both sides of the border occur


@pytest.mark.slow
def test_the_key_is_unique_and_rows_are_sorted_by_it(raw_sample: Path) -> None:
    prepared = flights.prepare(raw_sample, "2013-07", OPTIONS).rows
    assert not prepared.duplicated(flights.KEY).any()
    assert prepared[flights.KEY].equals(prepared[flights.KEY].sort_values(flights.KEY))


@pytest.mark.slow
def test_the_order_of_raw_rows_changes_nothing(raw_sample: Path, tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-09", "2013-10"), step=6)
    for file in tmp_path.glob("*/*.csv"):
        header, *lines = file.read_text().splitlines(keepends=True)
        file.write_text(header + "".join(lines[::-1]))
    expected = flights.prepare(raw_sample, "2013-10", OPTIONS).rows
    pd.testing.assert_frame_equal(flights.prepare(tmp_path, "2013-10", OPTIONS).rows, expected)


@pytest.mark.slow
def test_scheduled_arrival_in_utc_agrees_with_the_clock_at_the_destination() -> None:
    """The raw arrival time is local; delay and schedule must lead to it, over all the year."""
    raw = _flights_of("2013-03", "2013-10", "2013-11")
    airports = _airports()
    arrived = raw.dropna(subset="arr_delay").reset_index(drop=True)
    arrival = flights_features.arrival_minutes(arrived, airports) + arrived["arr_delay"]
    zones = arrived["dest"].map(
        {**flights_features.PUERTO_RICO, **airports.set_index("faa")["tzone"].to_dict()}
    )
    clock = pd.Series(index=arrived.index, dtype="float64")
    for zone, part in zones.groupby(zones).groups.items():
        local = pd.to_datetime(arrival[part] * 60, unit="s", utc=True).dt.tz_convert(zone)
        clock[part] = local.dt.hour * 60 + local.dt.minute
    raw_clock = (arrived["arr_time"] // 100 * 60 + arrived["arr_time"] % 100) % (24 * 60)
    # One arrival in 100,000 falls into the hour that the clocks change.
    assert (clock != raw_clock).mean() < 1e-4


@pytest.mark.slow
def test_a_longer_horizon_knows_less(october: flights.Raw) -> None:
    near, far = (flights.make_rows(october, hours) for hours in (1, 12))
    assert not near["late_departures_2h"].equals(far["late_departures_2h"])
    assert near["distance"].equals(far["distance"])


@pytest.mark.slow
def test_departure_delays_of_the_last_hours_are_counted_by_hand(october: flights.Raw) -> None:
    """One feature recomputed flight by flight with plain Python."""
    made = flights.make_rows(october, HORIZON)
    known = pd.concat([october.history, october.flights], ignore_index=True)
    departure = flights_features.departure_minutes(known)
    delay = known["dep_delay"].fillna(10**6)
    seen_at = departure + delay.clip(upper=16)
    moments = flights_features.departure_minutes(october.flights) - 60 * HORIZON
    for row in range(0, len(made), 997):
        moment, origin = moments[row], october.flights["origin"][row]
        window = (seen_at > moment - 120) & (seen_at <= moment) & (known["origin"] == origin)
        expected = (delay[window] > 15).mean() if window.any() else np.nan
        assert made["late_departures_origin_2h"][row] == pytest.approx(expected, nan_ok=True)


@pytest.mark.slow
def test_weather_is_that_of_the_newest_finished_hour(october: flights.Raw) -> None:
    made = flights.make_rows(october, HORIZON)
    moments = made["scheduled_departure"] - pd.Timedelta(hours=HORIZON)
    for row in range(0, len(made), 499):
        here = october.weather[october.weather["origin"] == made["origin"][row]]
        ends = here["time_hour"] + pd.Timedelta(hours=1)
        fresh = (ends <= moments[row]) & (ends >= moments[row] - pd.Timedelta(hours=6))
        newest = here[fresh].sort_values("time_hour").tail(1)
        expected = newest["temp"].to_numpy() if len(newest) else [np.nan]
        assert made["temperature"][row] == pytest.approx(expected[0], nan_ok=True)


@pytest.mark.slow
def test_no_observation_is_not_no_rain(october: flights.Raw) -> None:
    unmeasured = october.weather.assign(precip=np.nan)
    made = flights.make_rows(dataclasses.replace(october, weather=unmeasured), HORIZON)
    assert made[["precipitation_origin_6h", "precipitation_all_3h"]].isna().all(axis=None)
    dry = dataclasses.replace(october, weather=october.weather.assign(precip=0.0))
    made = flights.make_rows(dry, HORIZON)
    assert (made["precipitation_all_3h"].dropna() == 0).all()
    assert made["precipitation_all_3h"].notna().mean() > 0.99


def test_the_pressure_of_one_observation_is_no_change(october: flights.Raw) -> None:
    first = october.weather.groupby("origin").head(1)
    hour = first["time_hour"].iloc[0] + pd.Timedelta(hours=5)  # known, as is nothing newer
    at = flights_features.departure_minutes(october.flights)
    moment = pd.Series(int(hour.timestamp() // 60), index=at.index)
    made = flights_features.newest_weather(october.flights, first, moment)
    assert made["pressure"].notna().any()
    assert made["pressure_change_3h"].isna().all()


def test_a_raw_file_that_changes_is_read_again(tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-10",), step=200)
    before = flights.read(tmp_path, "2013-10").flights
    file = tmp_path / "flights/2013-10.csv"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert len(flights.read(tmp_path, "2013-10").flights) == len(before) - 1


@pytest.mark.slow
def test_congestion_counts_the_timetable_whatever_became_of_the_flights(
    october: flights.Raw, rows: pd.DataFrame
) -> None:
    cancelled = october.flights.assign(**dict.fromkeys(OUTCOMES, np.nan))
    made = flights.make_rows(dataclasses.replace(october, flights=cancelled), HORIZON)
    timetable = ["departures_hour_origin", "departures_hour_carrier", "departures_before_origin"]
    pd.testing.assert_frame_equal(made[timetable], rows[timetable])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("2013,10,1,", "2013,11,1,", 1), "line 2 is from another month"),
        (lambda text: text.replace("dep_delay", "delay", 1), "missing dep_delay; unexpected delay"),
        (lambda text: text.replace("-01T", "-01 ", 1), "column time_hour: '2013-10-01 "),
        (lambda text: text.replace("EWR", "", 1), "column origin: '' does not fit"),
        (lambda text: text.replace("T10:00:00Z", "T06:00:00Z"), "disagree"),
        (
            lambda text: text.replace(",600,", ",630,", 1),
            "disagree, or sched_arr_time is not a time of day (1 such rows)",
        ),
        (
            lambda text: re.sub(
                r"(,[^,]*,)\d+(,[^,]*,[A-Z0-9]{2},)", r"\g<1>1299\2", text, count=1
            ),
            "(1 such rows)",
        ),
    ],
)
def test_a_damaged_month_is_refused_by_file_and_place(tmp_path, damage, message):
    write_months(tmp_path, ("2013-10",), step=200)
    file = tmp_path / "flights/2013-10.csv"
    file.write_text(damage(file.read_text()))
    with pytest.raises(SourceError, match=r"flights/2013-10\.csv") as error:
        flights.read(tmp_path, "2013-10")
    assert message in str(error.value)


def test_weather_in_another_time_zone_is_refused(tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-10",), step=200)
    weather = tmp_path / "weather/2013-10.csv"
    table = pd.read_csv(weather, keep_default_na=False)
    local = pd.to_datetime(table["time_hour"]).dt.tz_convert("America/New_York")
    table["time_hour"] = local.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table.to_csv(weather, index=False)
    with pytest.raises(SourceError, match=r"weather/2013-10\.csv: line 2: time_hour \(UTC\)"):
        flights.read(tmp_path, "2013-10")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_distance_may_be_off_by_ten_miles_and_a_twentieth(
    october: flights.Raw, sign: int
) -> None:
    # By the spherical law of cosines.
    places = october.airports.set_index("faa")[["lat", "lon"]].apply(np.radians)
    route = october.flights[october.flights["dest"] == "LAX"].head(1)
    (lat, lon), (north, west) = (places.loc[route[end].item()] for end in ("origin", "dest"))
    angle = np.arccos(
        np.sin(lat) * np.sin(north) + np.cos(lat) * np.cos(north) * np.cos(west - lon)
    )
    miles = 3959 * angle
    allowed = 10 + miles / 20

    checks.check_routes(
        Path("here"), route.assign(distance=miles + sign * (allowed - 1)), october.airports
    )
    with pytest.raises(SourceError, match=r"here: line 2: distance \(miles\) is not that from"):
        checks.check_routes(
            Path("here"), route.assign(distance=miles + sign * (allowed + 1)), october.airports
        )


def test_a_destination_without_a_time_zone_is_named(october: flights.Raw) -> None:
    airports = october.airports[october.airports["faa"] != "ATL"]
    with pytest.raises(SourceError, match="no time zone for the destination 'ATL'"):
        flights.make_rows(dataclasses.replace(october, airports=airports), HORIZON)


def test_a_file_that_is_no_month_is_named(tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-10",), step=200)
    (tmp_path / "flights/2013-4.csv").touch()
    with pytest.raises(SourceError, match=r"2013-4\.csv: its name is not a month"):
        flights.partitions(tmp_path)


def test_a_plane_that_is_registered_twice_is_refused(tmp_path: Path) -> None:
    write_months(tmp_path, ("2013-10",), step=200)
    planes = tmp_path / "planes.csv"
    planes.write_bytes(planes.read_bytes() + planes.read_bytes().splitlines()[1] + b"\n")
    with pytest.raises(SourceError, match=r"planes\.csv: tailnum N10156 occurs more than once"):
        flights.read(tmp_path, "2013-10")


@pytest.mark.slow
def test_a_second_flight_twenty_minutes_later_is_another_flight_wherever_it_is_checked(
    tmp_path: Path,
) -> None:
    write_months(tmp_path, ("2013-10",), step=6)
    file = tmp_path / "flights/2013-10.csv"
    second = _twenty_minutes_later(file.read_bytes().splitlines(keepends=True)[1])
    file.write_bytes(file.read_bytes() + second)
    assert not flights.prepare(tmp_path, "2013-10", OPTIONS).rows.duplicated(flights.KEY).any()
    assert whole_months.RawTable("it", "flights", file.read_bytes()).rows
    file.write_bytes(file.read_bytes() + second)
    key = "time_hour, minute, carrier, flight, origin"
    with pytest.raises(SourceError, match=f"{key} occurred before"):
        flights.prepare(tmp_path, "2013-10", OPTIONS)
    with pytest.raises(SourceError, match=rf"1 keys \({key}\) occur more than once"):
        whole_months.RawTable("it", "flights", file.read_bytes())


@pytest.mark.slow
def test_rows_without_an_outcome_yet_are_those_of_flights_to_come(raw_sample: Path) -> None:
    now = pd.Timestamp("2013-10-20T12:00Z")
    rows = flights.pending(raw_sample, "2013-10", OPTIONS, now)
    assert rows["scheduled_departure"].min() > now
    labelled = flights.prepare(raw_sample, "2013-10", OPTIONS).rows
    assert [*labelled] == [*rows, "late"]
    assert rows[flights.KEY].equals(rows[flights.KEY].sort_values(flights.KEY))
    soon = labelled["scheduled_departure"].between(
        now, now + pd.Timedelta(hours=HORIZON), inclusive="right"
    )
    both = labelled[soon].merge(rows, on=flights.KEY, suffixes=("", " now"))
    assert len(both) == soon.sum() > 0
    # Their moment has passed: they are what they will be when their outcome is known.
    assert both["late_departures_2h"].equals(both["late_departures_2h now"])


@pytest.mark.slow
def test_a_timetable_may_end_with_any_day_and_its_rows_are_those_that_will_be_validated(
    raw_sample: Path, tmp_path: Path
) -> None:
    """The month has begun: its file ends today, and nothing is known of what comes after now."""
    now = pd.Timestamp("2013-10-20T12:00Z")
    raw, whole = tmp_path / "raw", flights.prepare(raw_sample, "2013-10", OPTIONS).rows
    shutil.copytree(raw_sample, raw)
    for path in [*raw.glob("*/2013-11.csv"), *raw.glob("*/2013-12.csv")]:
        path.unlink()
    file = raw / "flights/2013-10.csv"
    _end_with_day(file, 20, now)
    rows = flights.pending(raw, "2013-10", OPTIONS, now)
    soon = whole["scheduled_departure"].between(
        now, now + pd.Timedelta(hours=HORIZON), inclusive="right"
    )
    expected = whole[soon].drop(columns="late").reset_index(drop=True)
    assert len(expected)
    actual = expected[flights.KEY].merge(rows, on=flights.KEY)[[*expected]]
    pd.testing.assert_frame_equal(actual, expected)
    assert set(rows["day"]) == {"2013-10-20"}

    with pytest.raises(SourceError, match=r"there is no flight on 2013-10-21, 2013-10-22"):
        flights.prepare(raw, "2013-10", OPTIONS)
    later = now + pd.Timedelta(days=2)
    _end_with_day(file, 20, pd.Timestamp("2013-10-20T00:00Z"))
    with pytest.raises(SourceError, match="no flight of 2013-10-20 has departed, which was over"):
        flights.pending(raw, "2013-10", OPTIONS, later)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if not line.startswith(b"2013,10,7,")))
    with pytest.raises(SourceError, match="there is no flight on 2013-10-07"):
        flights.pending(raw, "2013-10", OPTIONS, now)


def _end_with_day(file: Path, day: int, now: pd.Timestamp) -> None:
    """Leave out the flights after a day, and how those went that leave after a moment."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    table = table[table["day"].astype(int) <= day]
    minutes = table["minute"].astype(int) + pd.to_numeric(table["dep_delay"], errors="coerce")
    departed = pd.to_datetime(table["time_hour"]) + pd.to_timedelta(minutes, unit="min")
    table.loc[~(departed <= now), OUTCOMES] = "NA"
    table.to_csv(file, index=False)


def _twenty_minutes_later(line: bytes) -> bytes:
    """A flight of the raw table that leaves and lands twenty minutes later in the same hour."""
    names = list(FLIGHTS)
    cells = dict(zip(names, line.decode().rstrip("\n").split(","), strict=True))
    assert int(cells["minute"]) < 40
    cells["minute"] = str(int(cells["minute"]) + 20)
    cells["sched_dep_time"] = str(int(cells["sched_dep_time"]) + 20)
    cells |= dict.fromkeys(OUTCOMES, "NA")
    return (",".join(cells[name] for name in names) + "\n").encode()


def _flights_of(*months: str) -> pd.DataFrame:
    """All raw flights of some months."""
    tables = []
    for month in months:
        lines = package().read(f"flights/{month}.csv").decode().splitlines()
        frame = pd.DataFrame([line.split(",") for line in lines[1:]], columns=lines[0].split(","))
        tables.append(frame.replace("NA", None))
    raw = pd.concat(tables, ignore_index=True)
    whole = ["year", "month", "day", "sched_arr_time", "minute", "hour"]
    raw[whole] = raw[whole].astype("int64")
    raw[["arr_delay", "arr_time"]] = raw[["arr_delay", "arr_time"]].astype("float64")
    return raw.assign(time_hour=pd.to_datetime(raw["time_hour"]))


def _airports() -> pd.DataFrame:
    """The raw table of airports."""
    return pd.read_csv(io.BytesIO(package().read("airports.csv")), keep_default_na=False)
