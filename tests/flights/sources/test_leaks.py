"""Nothing that is recorded after a flight's moment reaches its row, and a leak would be named.

The moment of a flight is the horizon before its scheduled departure. `leaks` changes the raw data
wherever it is recorded after some moment, makes rows of both, and names the features that are not
the same to the bit in the rows of that moment and all before it. Recorded after a moment are:

- Departures and landings of a later minute: their times and delays, and with the departure which
  plane it was. What has not happened yet may happen at any later minute, or never: so flights are
  cancelled and diverted, and cancelled ones depart after all.
- Weather of hours that were not over: other values, hours that are lost, more or repeated ones.
  How long an observation is on its way the raw data does not tell.
- Flights of later days, whole: they may be others, fewer or more, of this month or the next. The
  timetable of a flight's own day is published before its moment, and is no record.

The order of rows is nobody's knowledge either. `planes.csv` and `airports.csv` have no times.
"""

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from flights import features as flights_features
from flights import source as flights
from flights.checks import NEW_YORK
from tests.conftest import ROOT, differences
from tests.flights.conftest import write_months
from tests.variants import nightly_after
from truerun.contract import contract as contracts
from truerun.project import params
from truerun.sources.protocol import Prepared

pytestmark = pytest.mark.slow

HORIZON = 3
CONTRACT = contracts.load(ROOT / "schema.yaml")
DAY = flights_features.DAY
MakeRows = Callable[[flights.Raw], pd.DataFrame]


def in_groups(*groups: str) -> list[str]:
    """Features of some groups of schema.yaml, in the order of their names."""
    return sorted(name for name, column in CONTRACT.columns.items() if column.group in groups)


# What is recorded after a moment, and how it can be otherwise.


@dataclass(frozen=True)
class Sight:
    """What is enough to make the rows of flights that are scheduled up to `ahead` hours from `now`.

    That is the records up to the minute `now` and the timetable up to the last flight's day.
    """

    now: int
    ahead: int = HORIZON

    @property
    def last(self) -> pd.Timestamp:
        """The last scheduled departure of these flights."""
        return as_time(self.now) + pd.Timedelta(hours=self.ahead)

    @property
    def unpublished(self) -> int:
        """The first minute whose timetable is not known."""
        midnight = self.last.tz_convert(NEW_YORK).normalize() + pd.DateOffset(days=1)
        return int(midnight.timestamp() // 60)


Plant = Callable[[pytest.MonkeyPatch], None]
Change = Callable[[flights.Raw, Sight, np.random.Generator], flights.Raw]
WITH = {"dep_delay": ["dep_time"], "arr_delay": ["arr_time", "air_time"]}
# Delays on both sides of all limits; the first is as early as can be: the minute after the moment.
BORDERS = [-(10**6), 0, 15, 16, 17, 60, 61, 62, 119, 120, 121, DAY, DAY + 1]


def happens_later(
    table: pd.DataFrame, delay: str, airports: pd.DataFrame, now: int
) -> "tuple[pd.Series[bool], pd.Series[int]]":
    """Which departures (landings) are not recorded at a minute, and the schedule of all.

    One that never happens is never recorded.
    """
    if delay == "dep_delay":
        schedule = flights_features.departure_minutes(table)
    else:
        schedule = flights_features.arrival_minutes(table, airports)
    return ~(schedule + table[delay] <= now), schedule


def of_all_flights(raw: flights.Raw, change: Callable[[pd.DataFrame], pd.DataFrame]) -> flights.Raw:
    """Change the flights of the month and those before it alike."""
    return dataclasses.replace(raw, flights=change(raw.flights), history=change(raw.history))


def other_outcomes(
    raw: flights.Raw,
    sight: Sight,
    random: np.random.Generator,
    *,
    delay: str,
    happens: tuple[bool, bool],
) -> flights.Raw:
    """Let what happens later happen at another minute, never, or after all.

    Parameters
    ----------
    happens : whether it happens in the data as it is, and whether it does in the changed data.
    """

    def change(table: pd.DataFrame) -> pd.DataFrame:
        later, schedule = happens_later(table, delay, raw.airports, sight.now)
        chosen = later & (table[delay].notna() == happens[0]) & (random.random(len(table)) < 0.7)
        count = int(chosen.sum())
        table = table.copy()
        table.loc[chosen, [delay, *WITH[delay]]] = np.nan
        if happens[1]:
            wished = np.where(
                random.random(count) < 0.5,
                random.choice(BORDERS, count),
                random.integers(-60, 2000, count),
            )
            earliest = sight.now + 1 - schedule[chosen]
            table.loc[chosen, delay] = np.maximum(earliest, wished).astype("float64")
            for column in WITH[delay]:
                table.loc[chosen, column] = random.integers(0, 2400, count).astype("float64")
        return table

    return of_all_flights(raw, change)


def other_planes(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    """Let other planes fly, or planes that nobody names."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        later, _ = happens_later(table, "dep_delay", raw.airports, sight.now)
        planes = random.choice([*table["tailnum"].dropna().unique(), None], int(later.sum()))
        table = table.copy()
        table.loc[later, "tailnum"] = planes
        return table

    return of_all_flights(raw, change)


def not_over(weather: pd.DataFrame, now: int) -> "pd.Series[bool]":
    """Which observations are of an hour that is not over at a minute."""
    return weather["time_hour"] + pd.Timedelta(hours=1) > as_time(now)


def other_weather(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    later, weather = not_over(raw.weather, sight.now), raw.weather.copy()
    for column in flights_features.OBSERVATION.values():
        values = random.normal(50, 20, int(later.sum()))
        values[random.random(len(values)) < 0.2] = np.nan
        weather.loc[later, column] = values
    return dataclasses.replace(raw, weather=weather)


def less_weather(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    lost = not_over(raw.weather, sight.now) & (random.random(len(raw.weather)) < 0.4)
    return dataclasses.replace(raw, weather=raw.weather[~lost])


def more_weather(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    """Add observations of other hours to those that are not over; many occur twice then."""
    added = raw.weather.sample(300, replace=True, random_state=random)
    hours = pd.to_timedelta(random.integers(0, 36, len(added)), unit="h")
    added = at_hours(added, as_time(sight.now).floor("h") + hours)
    return dataclasses.replace(raw, weather=pd.concat([added, raw.weather], ignore_index=True))


def other_flights(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    """Mix the timetable of later days."""
    table = raw.flights.copy()
    later = flights_features.departure_minutes(table) >= sight.unpublished
    names = ["carrier", "flight", "origin", "dest", "distance", "sched_arr_time", "minute"]
    for name in names:
        table.loc[later, name] = random.permutation(table.loc[later, name].to_list())
    return dataclasses.replace(raw, flights=table)


def fewer_flights(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    later = flights_features.departure_minutes(raw.flights) >= sight.unpublished
    lost = later & (random.random(len(later)) < 0.5)
    return dataclasses.replace(raw, flights=raw.flights[~lost].reset_index(drop=True))


def more_flights(raw: flights.Raw, sight: Sight, random: np.random.Generator) -> flights.Raw:
    """Add flights to later days, of the next month too."""
    added = raw.flights.sample(300, replace=True, random_state=random)
    until = sight.unpublished - flights_features.departure_minutes(added)
    days = np.maximum(0, -(-until // DAY)) + random.integers(0, 10, len(added))
    added = at_hours(added, added["time_hour"] + pd.to_timedelta(days, unit="D"))
    return dataclasses.replace(raw, flights=pd.concat([added, raw.flights], ignore_index=True))


def other_order(raw: flights.Raw, _: Sight, random: np.random.Generator) -> flights.Raw:
    mixed = {
        name: getattr(raw, name).sample(frac=1, random_state=random, ignore_index=True)
        for name in ("flights", "history", "weather")
    }
    return dataclasses.replace(raw, **mixed)


CHANGES: dict[str, Change] = {
    "other flights": other_flights,
    "fewer flights": fewer_flights,
    "more flights": more_flights,
    "departures": partial(other_outcomes, delay="dep_delay", happens=(True, True)),
    "cancellations made": partial(other_outcomes, delay="dep_delay", happens=(True, False)),
    "cancellations unmade": partial(other_outcomes, delay="dep_delay", happens=(False, True)),
    "landings": partial(other_outcomes, delay="arr_delay", happens=(True, True)),
    "diversions made": partial(other_outcomes, delay="arr_delay", happens=(True, False)),
    "diversions unmade": partial(other_outcomes, delay="arr_delay", happens=(False, True)),
    "planes": other_planes,
    "more weather": more_weather,
    "other weather": other_weather,
    "less weather": less_weather,
    "order": other_order,
}
ALL_BUT_PLANES = [name for name in CHANGES if name != "planes"]


def leaks(
    make_rows: MakeRows,
    raw: flights.Raw,
    sight: Sight,
    changes: Collection[str] = ALL_BUT_PLANES,
    seed: int = 0,
) -> list[str]:
    """Features that are not the same to the bit where all else than the sight is changed.

    Parameters
    ----------
    changes : names of `CHANGES`, made in the order of that mapping.
    """
    random = np.random.default_rng(seed)
    other = raw
    for name, change in CHANGES.items():
        if name in changes:
            other = change(other, sight, random)
    return differences(*(within(sight, make_rows(data)) for data in (raw, other)))


def within(sight: Sight, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the flights of a sight, in the order of their keys."""
    return rows[rows["scheduled_departure"] <= sight.last].sort_values(flights.KEY)


def at_hours(table: pd.DataFrame, hours: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
    """The rows at other hours, by UTC and by the clock of New York."""
    local = pd.DatetimeIndex(hours).tz_convert(NEW_YORK)
    clock = {part: getattr(local, part) for part in ("year", "month", "day", "hour")}
    return table.assign(time_hour=hours, **clock)


def as_time(minute: int) -> pd.Timestamp:
    return pd.Timestamp(minute * 60, unit="s", tz="UTC")


# The rows of flights.


@pytest.fixture(scope="module")
def raw(raw_sample: Path) -> flights.Raw:
    """Flights of ten days with a storm on the fifth, and of four days before them."""
    month = flights.read(raw_sample, "2013-09")
    day = month.flights["day"]
    return dataclasses.replace(
        month,
        flights=month.flights[day.between(8, 17)].reset_index(drop=True),
        history=month.flights[day.between(4, 7)].reset_index(drop=True),
        weather=month.weather[month.weather["time_hour"] > "2013-09-04"].reset_index(drop=True),
    )


def moment_of(raw: flights.Raw, flight: tuple[bool, int], horizon: int = HORIZON) -> int:
    """The moment of a flight, or of one a minute before the weather of an hour is known."""
    border, number = flight
    departures = flights_features.departure_minutes(raw.flights)
    if border:
        departures = departures[departures % 60 == 59]
    return int(departures.iloc[number % len(departures)]) - 60 * horizon


# In the evening of the storm, and in the afternoon after; flights are scheduled three hours later.
MOMENTS = [
    int(pd.Timestamp(time, tz="UTC").timestamp() // 60)
    for time in (
        "2013-09-12 22:00",
        "2013-09-13 18:00",
    )
]


def rows(raw: flights.Raw) -> pd.DataFrame:
    return flights.make_rows(raw, HORIZON)


def plane_at_most(changes: Collection[str]) -> set[str]:
    """The features of the plane, which is named as it flew, where planes are changed."""
    return set(in_groups("plane")) if "planes" in changes else set()


some_changes = st.sets(st.sampled_from(list(CHANGES)), min_size=1)
any_flight = st.tuples(st.booleans(), st.integers(0, 10**6))
any_seed = st.integers(0, 2**32 - 1)


@runs(max_examples=20)
@given(any_flight, some_changes, any_seed, st.sampled_from([1, HORIZON, 24]))
def test_what_is_recorded_later_reaches_no_feature_but_the_plane(
    raw, flight, changes, seed, horizon
):
    make_rows = partial(flights.make_rows, horizon_hours=horizon)
    sight = Sight(moment_of(raw, flight, horizon), ahead=horizon)
    found = leaks(make_rows, raw, sight, changes, seed)
    assert set(found) <= plane_at_most(changes)


@runs(max_examples=6)
@given(any_flight, some_changes, any_seed)
def test_nor_does_it_reach_the_flights_that_are_to_come_in_the_next_day(raw, flight, changes, seed):
    now = moment_of(raw, flight)
    make_rows = partial(flights.make_rows, horizon_hours=HORIZON, now=as_time(now))
    found = leaks(make_rows, raw, Sight(now, ahead=24), changes, seed)
    assert set(found) <= plane_at_most(changes)


def test_rows_of_flights_still_to_come_equal_those_made_when_all_is_known(raw: flights.Raw) -> None:
    """At the moment of prediction nobody knows an outcome; the features must be the same."""
    hindsight = rows(raw)
    for now in MOMENTS:
        made = flights.make_rows(as_recorded_by(raw, now), HORIZON, now=as_time(now))
        compared = (within(Sight(now), table) for table in (hindsight, made))
        assert differences(*compared) == in_groups("plane")


def as_recorded_by(raw: flights.Raw, now: int) -> flights.Raw:
    """The raw data as it stood at a minute."""

    def blank(table: pd.DataFrame) -> pd.DataFrame:
        table = table.copy()
        for delay, others in WITH.items():
            later, _ = happens_later(table, delay, raw.airports, now)
            table.loc[later, [delay, *others]] = np.nan
        table.loc[table["dep_delay"].isna(), "tailnum"] = None
        return table

    weather = raw.weather[~not_over(raw.weather, now)]
    return dataclasses.replace(of_all_flights(raw, blank), weather=weather)


def test_the_plane_is_named_as_it_flew_and_left_out(raw: flights.Raw) -> None:
    found = {name for now in MOMENTS for name in leaks(rows, raw, Sight(now), CHANGES)}
    assert sorted(found) == in_groups("plane")
    exclude = params.load(ROOT / "params.yaml").featurize.exclude
    assert found.isdisjoint(CONTRACT.features(exclude))


@pytest.mark.parametrize("change", sorted({*CHANGES} - {"order"}))
def test_every_change_is_seen_by_one_who_knows_the_next_three_days(raw, change):
    def knows_the_future(data: flights.Raw) -> pd.DataFrame:
        return flights.make_rows(data, horizon_hours=-72)

    assert leaks(knows_the_future, raw, Sight(MOMENTS[0]), [change]) != []


# Planted leaks: each wraps a real function, and exactly what it leaks into is named.


def adds(name: str, values: Callable[[flights.Raw], "pd.Series"]) -> Plant:
    """A column more."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = flights.make_rows
        patch.setattr(
            flights, "make_rows", lambda raw, hours: real(raw, hours).assign(**{name: values(raw)})
        )

    return plant


def alters(name: str, values: Callable[["pd.Series"], "pd.Series"]) -> Plant:
    """A column that is made of itself over all rows."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = flights.make_rows

        def altered(raw: flights.Raw, hours: int) -> pd.DataFrame:
            made = real(raw, hours)
            return made.assign(**{name: values(made[name])})

        patch.setattr(flights, "make_rows", altered)

    return plant


def ignores_the_horizon(patch: pytest.MonkeyPatch) -> None:
    real = flights.make_rows
    patch.setattr(flights, "make_rows", lambda raw, _: real(raw, 0))


def looks_ahead(by: list[str], minutes: int) -> Plant:
    """Rates of these groups over windows that end later."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = flights_features.known_in_windows

        def later(events, queries, columns, windows):
            more = minutes if columns == by else 0
            return real(events, queries.assign(moment=queries["moment"] + more), columns, windows)

        patch.setattr(flights_features, "known_in_windows", later)

    return plant


def weather_later_by(minutes: int) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        real = flights_features.newest_weather
        patch.setattr(
            flights_features,
            "newest_weather",
            lambda table, weather, moment: real(table, weather, moment + minutes),
        )

    return plant


def outcomes_known_at(event: str, known_at: Callable[[pd.DataFrame], "pd.Series[int]"]) -> Plant:
    """Events of a kind that are known at another minute, by the flights that they are of."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = flights_features.outcome_events

        def known(table: pd.DataFrame, airports: pd.DataFrame) -> dict[str, pd.DataFrame]:
            events = real(table, airports)
            return {**events, event: events[event].assign(known_at=known_at(table))}

        patch.setattr(flights_features, "outcome_events", known)

    return plant


def late_in_the_month(raw: flights.Raw) -> "pd.Series[float]":
    """Each carrier's rate over all flights of the month."""
    return (raw.flights["arr_delay"] > 15).groupby(raw.flights["carrier"]).transform("mean")


def next_arrival(raw: flights.Raw) -> "pd.Series[float]":
    """The next arrival under the same flight number, later that day or on another."""
    ordered = raw.flights.iloc[flights_features.departure_minutes(raw.flights).argsort()]
    return ordered.groupby(["carrier", "flight"])["arr_delay"].shift(-1)


def tomorrow(raw: flights.Raw) -> "pd.Series[int]":
    """Flights of the next day."""
    day = raw.flights["month"] * 31 + raw.flights["day"]
    return (day + 1).map(day.value_counts()).fillna(0)


PLANTS: dict[str, tuple[Plant, list[str]]] = {
    "the delay itself": (adds("dep_delay", lambda raw: raw.flights["dep_delay"]), ["dep_delay"]),
    "a rate of the month": (adds("late_in_the_month", late_in_the_month), ["late_in_the_month"]),
    "the next arrival": (adds("next_arrival", next_arrival), ["next_arrival"]),
    "the next day": (adds("tomorrow", tomorrow), ["tomorrow"]),
    "the row": (adds("row", lambda raw: pd.Series(raw.flights.index)), ["row"]),
    "a mean of all rows": (alters("wind_gust", lambda x: x.fillna(x.mean())), ["wind_gust"]),
    "a rank": (alters("humidity", lambda x: x.rank(pct=True)), ["humidity"]),
    "a scale": (
        alters("departures_before_origin", lambda x: (x - x.mean()) / x.std()),
        ["departures_before_origin"],
    ),
    "no horizon": (
        ignores_the_horizon,
        in_groups("history", "now", "weather"),
    ),
    "a window to the departure": (
        looks_ahead(["origin", "carrier"], 60 * HORIZON),
        ["delay_origin_carrier_3h", "delay_origin_carrier_8h"],
    ),
    "a window a minute too long": (
        looks_ahead([], 1),
        ["late_departures_1h", "late_departures_2h"],
    ),
    "weather after the departure": (weather_later_by(60 * (HORIZON + 1)), in_groups("weather")),
    "weather of the hour": (weather_later_by(60), in_groups("weather")),
    "cancelled as scheduled": (
        outcomes_known_at("cancelled", flights_features.departure_minutes),
        ["cancelled_carrier_7d", "cancelled_origin_1d"],
    ),
    "a delay as it begins": (
        outcomes_known_at("delay", flights_features.departure_minutes),
        ["delay_origin_carrier_3h", "delay_origin_carrier_8h"],
    ),
}


@pytest.mark.parametrize("plant", nightly_after(6, PLANTS))
def test_a_planted_leak_is_named_and_nothing_beside_it(raw, monkeypatch, plant):
    leak, names = PLANTS[plant]
    leak(monkeypatch)
    assert sorted({name for now in MOMENTS for name in leaks(rows, raw, Sight(now))}) == names


# Months: one is made of itself and of those before it.


@pytest.fixture
def months(tmp_path: Path) -> Path:
    write_months(tmp_path, ("2013-07", "2013-08", "2013-09", "2013-10"), step=40)
    return tmp_path


def half(file: Path) -> None:
    """Keep every second line, and the header."""
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[::2]))


def garble(file: Path) -> None:
    file.write_bytes(b"no table")


def leaks_of_later_months(raw: Path, month: str, spoil: Callable[[Path], None]) -> list[str]:
    """Columns of a month's rows that change with the files of later months."""
    before = flights.prepare(raw, month, flights.Options(horizon_hours=HORIZON))
    for file in raw.glob("*/*.csv"):
        if file.stem > month:
            spoil(file)
    after = flights.prepare(raw, month, flights.Options(horizon_hours=HORIZON))
    assert (after.rows_in, after.dropped) == (before.rows_in, before.dropped)
    return differences(before.rows, after.rows)


@pytest.mark.parametrize("spoil", [half, garble, Path.unlink])
@pytest.mark.parametrize("month", ["2013-07", "2013-09"])
def test_files_of_later_months_reach_no_row(months, month, spoil):
    assert leaks_of_later_months(months, month, spoil) == []


def test_a_mean_over_all_months_is_named(months, monkeypatch):
    real = flights.prepare

    def prepare(raw: Path, month: str, options: flights.Options) -> Prepared:
        prepared = real(raw, month, options)
        every = pd.concat(map(pd.read_csv, raw.glob("weather/*.csv")))
        cold = (prepared.rows["temperature"] - every["temp"].mean()).astype("float32")
        return dataclasses.replace(prepared, rows=prepared.rows.assign(temperature=cold))

    monkeypatch.setattr(flights, "prepare", prepare)
    assert leaks_of_later_months(months, "2013-09", half) == ["temperature"]
