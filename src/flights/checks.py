"""What raw flights and weather must hold among themselves: keys, times, days, places, units.

Each check refuses a file by the first line that cannot be true. No row is made or changed here.
"""

import calendar
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from flights.columns import KEYS
from flights.days import thin_days
from flights.features import DAY, PUERTO_RICO, arrival_minutes, departure_minutes
from truerun.base.errors import SourceError

NEW_YORK = "America/New_York"
LAST_CLOCK = 2400  # midnight is written so, or as 0
HOUR = 60
EARTH = 3959  # miles of its radius
HUMIDITY_OFF = 2  # points; in the real data half of the hours are off by 0.03, in °C by 8 and more


def check_month(path: Path, frame: pd.DataFrame, hours: "pd.Series[pd.Timestamp]") -> None:
    """Check a month's file of flights or of weather; `hours` is `time_hour` as timestamps."""
    if frame.empty:
        raise SourceError(f"{path} holds no rows")
    local = hours.dt.tz_convert(NEW_YORK).dt
    agree = (local.day == frame["day"]) & (local.hour == frame["hour"])
    agree &= (local.year == frame["year"]) & (local.month == frame["month"])
    if "sched_dep_time" in frame:
        agree &= frame["sched_dep_time"] == frame["hour"] * 100 + frame["minute"]
        agree &= frame["minute"].between(0, 59) & _is_clock(frame["sched_arr_time"])
    _refuse(
        path,
        ~agree,
        "time_hour (UTC) and the clock of New York (year, month, day, hour, sched_dep_time) "
        "disagree, or sched_arr_time is not a time of day",
    )
    if "sched_dep_time" in frame:
        _check_outcomes(path, frame)
        _check_key(path, frame, KEYS["flights"])
    else:
        _check_units(path, frame)
        _check_key(path, frame, KEYS["weather"])


def check_routes(path: Path, flights: pd.DataFrame, airports: pd.DataFrame) -> None:
    """Check distances and durations against the places and the time zones of the airports."""
    _check_destinations(path, flights, airports)
    apart = _miles_apart(flights, airports)
    _refuse(
        path,
        (flights["distance"] - apart).abs() > 10 + apart / 20,
        "distance (miles) is not that from origin to dest by airports.csv",
    )
    departed = departure_minutes(flights) + flights["dep_delay"]
    arrived = arrival_minutes(flights, airports) + flights["arr_delay"]
    # Delays are differences of clocks: an hour too much or too little where the clocks change.
    _refuse(
        path,
        arrived - departed + HOUR < flights["air_time"],
        "air_time is longer than from departure to arrival: look at air_time, at sched_arr_time "
        "and at the time zone (tzone) of dest in airports.csv",
    )


def check_zones(path: Path, airports: pd.DataFrame) -> None:
    """Every time zone of the airports is one, where it is known."""
    for zone, rows in airports.groupby("tzone", sort=False).groups.items():
        try:
            ZoneInfo(str(zone))
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:  # as a path could be
            raise SourceError(
                f"{path}: line {rows[0] + 2}, column tzone: {zone!r} is no time zone, such as"
                f" {NEW_YORK} ({len(rows):,} such rows)"
            ) from error


def _check_destinations(path: Path, flights: pd.DataFrame, airports: pd.DataFrame) -> None:
    """The clock of each destination is known: its airport is listed with a time zone."""
    with_zone = {*airports.loc[airports["tzone"].notna(), "faa"], *PUERTO_RICO}
    if not with_zone.issuperset(flights["dest"].unique()):
        unknown = flights["dest"][~flights["dest"].isin(with_zone)]
        code, line = unknown.iloc[0], int(unknown.index[0]) + 2
        raise SourceError(
            f"{path.parent.parent / 'airports.csv'} has no time zone for the destination {code!r}"
            f" of {int((unknown == code).sum()):,} flights in {path} (the first in line {line}):"
            " add it to the one, or correct dest in the other"
        )


def _check_outcomes(path: Path, flights: pd.DataFrame) -> None:
    """How flights went: all known or all unknown, and delays what the clocks say."""
    departed = _agree(flights["dep_time"], flights["sched_dep_time"], flights["dep_delay"])
    _refuse(
        path,
        ~departed & flights[["dep_time", "dep_delay"]].notna().any(axis=1),
        "dep_time is not dep_delay minutes after sched_dep_time, or one of them is missing",
    )
    arrived = _agree(flights["arr_time"], flights["sched_arr_time"], flights["arr_delay"])
    arrived &= flights["air_time"].notna() & departed
    diverted = flights[["arr_delay", "air_time"]].isna().all(axis=1) & departed
    cancelled = flights[["arr_time", "arr_delay", "air_time"]].isna().all(axis=1)
    _refuse(
        path,
        ~arrived & ~diverted & ~cancelled,
        "arr_time is not arr_delay minutes after sched_arr_time, or one of them, air_time or "
        "dep_time is missing",
    )


def check_whole(path: Path, flights: pd.DataFrame) -> None:
    """Every day of a month has its flights, and how those of the last day went is known."""
    days = calendar.monthrange(*map(int, path.stem.split("-")))[1]
    _check_days(path, flights, days)
    if flights.loc[flights["day"] == days, "dep_time"].isna().all():
        raise SourceError(f"{path}: no flight of the last day has departed: is the month over yet?")


def check_timetable(path: Path, flights: pd.DataFrame, now: pd.Timestamp) -> None:
    """Every day of a month that has begun has its flights up to the timetable's last day.

    How the flights of the last whole day before `now` went is known: rates are made of them.
    """
    _check_days(path, flights, int(flights["day"].max()) - 1)
    is_over = flights["time_hour"] < now - pd.Timedelta(days=1)
    if is_over.any():
        day = flights.loc[is_over, "day"].max()
        if flights.loc[is_over & (flights["day"] == day), "dep_time"].isna().all():
            raise SourceError(
                f"{path}: no flight of {path.stem}-{day:02} has departed, which was over at {now}:"
                " how its flights went is needed first"
            )


def _check_days(path: Path, flights: pd.DataFrame, last: int) -> None:
    """The days from the first to the given one have their flights."""
    counts = flights["day"].value_counts().reindex(range(1, last + 1), fill_value=0)
    problem = thin_days(path.stem, counts.tolist()) if last else None
    if problem:
        raise SourceError(f"{path}: {problem}")


def _check_key(path: Path, frame: pd.DataFrame, key: Sequence[str]) -> None:
    """No record occurs twice: what is counted would count twice."""
    _refuse(path, frame.duplicated(list(key)), f"{', '.join(key)} occurred before")


def _check_units(path: Path, weather: pd.DataFrame) -> None:
    """Humidity follows from temperature and dew point (Magnus), if those are in °F."""
    vapour = {}
    for column in ("temp", "dewp"):
        celsius = (weather[column] - 32) / 1.8
        vapour[column] = np.exp(17.625 * celsius / (243.04 + celsius))
    off = (100 * vapour["dewp"] / vapour["temp"] - weather["humid"]).abs().median()
    if off > HUMIDITY_OFF:
        raise SourceError(
            f"{path}: humid (%) is not what temp and dewp (°F) make it, by {off:.0f} points in "
            "half of the rows: look at the units and the order of these columns"
        )


def _agree(clock: pd.Series, schedule: pd.Series, delay: pd.Series) -> "pd.Series[bool]":
    """Whether a clock (such as 1530) is so many minutes after the scheduled one."""
    return _is_clock(clock) & ((_minute(clock) - _minute(schedule) - delay) % DAY == 0)


def _is_clock(times: pd.Series) -> "pd.Series[bool]":
    """Whether numbers are times of day, such as 1530."""
    return times.between(0, LAST_CLOCK) & (times % 100 < HOUR)


def _minute(clock: pd.Series) -> pd.Series:
    """Minute of the day of times such as 1530."""
    return clock // 100 * HOUR + clock % 100


def _miles_apart(flights: pd.DataFrame, airports: pd.DataFrame) -> "pd.Series[float]":
    """Length of the great circle from origin to destination; NaN where a place is unknown."""
    (start, origins), (end, destinations) = map(pd.factorize, (flights["origin"], flights["dest"]))
    places = airports.set_index("faa")[["lat", "lon"]]
    ((latitude, longitude), (latitudes, longitudes)) = (
        np.radians(places.reindex(names).to_numpy(np.float64)).T
        for names in (origins, destinations)
    )
    north, east = latitudes - latitude[:, None], longitudes - longitude[:, None]
    haversine = (
        np.sin(north / 2) ** 2
        + np.cos(latitude)[:, None] * np.cos(latitudes) * np.sin(east / 2) ** 2
    )
    miles = 2 * EARTH * np.arcsin(np.sqrt(haversine))
    return pd.Series(miles[start, end], index=flights.index)


def _refuse(path: Path, wrong: "pd.Series[bool]", problem: str) -> None:
    """Raise `SourceError` for the first wrong row, if there is one."""
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0]) + 2
        raise SourceError(f"{path}: line {line}: {problem} ({int(wrong.sum()):,} such rows)")
