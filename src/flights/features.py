"""Features of a flight as known at a moment before it departs.

Every record is turned into events that carry the moment at which they became known, and a feature
sees the events up to its own moment only. A flight that has not left (or landed) `LATE_MINUTES`
after schedule is late from that minute on, whatever becomes of it: so late, diverted and cancelled
flights are known as disrupted at once, and the moment of a cancellation, which nobody recorded,
is not needed. All moments are whole minutes since 1970 in UTC.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

from flights.asof import known_in_windows
from truerun.base.errors import SourceError

LATE_MINUTES = 15
HELD_MINUTES = 60
HISTORY_DAYS = 28
LONGEST_DELAY = 120  # a delay counts up to here, so that it is known two hours after schedule
DAY = 24 * 60
NEVER = 10**6  # minutes of delay of a flight that did not depart, or did not arrive

# Airports that airports.csv lacks; all four lie in one time zone.
PUERTO_RICO = dict.fromkeys(("BQN", "PSE", "SJU", "STT"), "America/Puerto_Rico")

# Name of the feature, the events that it averages, the columns of its group, its windows.
RATES: tuple[tuple[str, str, list[str], list[str]], ...] = (
    ("late_arrivals_carrier", "late_arrival", ["carrier"], ["1d", "7d"]),
    ("late_arrivals_origin", "late_arrival", ["origin"], ["1d"]),
    ("late_arrivals_destination", "late_arrival", ["destination"], ["4h", "1d", "7d"]),
    ("late_arrivals_flight", "late_arrival", ["carrier", "flight", "origin"], ["14d", "28d"]),
    ("late_arrivals_hour", "late_arrival", ["origin", "hour"], ["28d"]),
    ("cancelled_origin", "cancelled", ["origin"], ["1d"]),
    ("cancelled_carrier", "cancelled", ["carrier"], ["7d"]),
    ("late_departures", "late_departure", [], ["1h", "2h"]),
    ("late_departures_origin", "late_departure", ["origin"], ["1h", "2h", "8h"]),
    ("late_departures_carrier", "late_departure", ["carrier"], ["3h"]),
    ("late_departures_destination", "late_departure", ["destination"], ["8h"]),
    ("held_departures_origin", "held_departure", ["origin"], ["2h"]),
    ("delay_origin_carrier", "delay", ["origin", "carrier"], ["3h", "8h"]),
)
OBSERVATION = {
    "temperature": "temp",
    "dew_point": "dewp",
    "humidity": "humid",
    "wind_direction": "wind_dir",
    "wind_speed": "wind_speed",
    "wind_gust": "wind_gust",
    "precipitation": "precip",
    "pressure": "pressure",
    "visibility": "visib",
}
OBSERVATION_STALE = 6 * 60
STEP, PAGE = 15, 2**15  # minutes in which no clock is put forward or back; steps of nearly a year
Columns = dict[str, "pd.Series"]
Whole = npt.NDArray[np.int64]


def departure_minutes(flights: pd.DataFrame) -> "pd.Series[int]":
    """Scheduled departure of each flight."""
    return _minutes(flights["time_hour"]) + flights["minute"]


def local_dates(flights: pd.DataFrame) -> tuple[pd.DatetimeIndex, npt.NDArray[np.intp]]:
    """The local dates of the scheduled departures, and the place of each flight's among them."""
    written = flights["year"] * 10_000 + flights["month"] * 100 + flights["day"]
    dates, of_date = np.unique(written.to_numpy(), return_inverse=True)
    return pd.to_datetime(dates.astype("str"), format="%Y%m%d"), of_date


def schedule(flights: pd.DataFrame, airports: pd.DataFrame) -> Columns:
    """What the published timetable says of each flight, and of the others of its day."""
    departure = departure_minutes(flights)
    dates, of_date = local_dates(flights)
    timetable = pd.DataFrame(
        {
            "carrier": pd.factorize(flights["carrier"])[0],
            "origin": pd.factorize(flights["origin"])[0],
            "day": of_date,
            "known_at": departure.to_numpy(),
            "value": np.ones(len(flights), dtype=np.int64),
        }
    )

    def departures(by: list[str], begin: int, end: int) -> "pd.Series[Any]":
        """Departures of the group scheduled from `begin` to `end` minutes around each flight's."""
        queries = timetable.assign(moment=timetable["known_at"] + end)
        counts = known_in_windows(timetable, queries, by, {"": end - begin + 1})[""].count
        return pd.Series(counts.astype(np.int16), index=flights.index)

    return {
        "carrier": flights["carrier"],
        "origin": flights["origin"],
        "destination": flights["dest"],
        "minute_of_day": (flights["hour"] * 60 + flights["minute"]).astype("int16"),
        "weekday": pd.Series(dates.day_of_week.to_numpy(np.int8)[of_date], index=flights.index),
        "days_from_holiday": pd.Series(_days_from_holiday(dates)[of_date], index=flights.index),
        "distance": flights["distance"].astype("int32"),
        "planned_minutes": (arrival_minutes(flights, airports) - departure).astype("int16"),
        "departures_hour_origin": departures(["origin", "day"], -30, 30),
        "departures_hour_carrier": departures(["origin", "day", "carrier"], -30, 30),
        "departures_before_origin": departures(["origin", "day"], -60, -1),
    }


def known_rates(
    flights: pd.DataFrame, records: pd.DataFrame, moment: "pd.Series[int]", airports: pd.DataFrame
) -> Columns:
    """Rates of delay and cancellation among the flights of `records`, as seen at each moment."""
    events = outcome_events(records, airports)
    queries, recorded = _groups(flights).assign(moment=moment), _groups(records)
    for name in recorded:  # numbers are told apart more quickly than texts
        both = pd.concat([recorded[name], queries[name]], ignore_index=True)
        codes = pd.factorize(both)[0]
        queries[name] = codes[len(records) :]
        for each in events.values():
            each[name] = codes[: len(records)]
    features: Columns = {}
    for name, event, by, windows in RATES:
        sums = known_in_windows(events[event], queries, by, {w: _window(w) for w in windows})
        for window, window_sums in sums.items():
            features[f"{name}_{window}"] = pd.Series(window_sums.mean(), index=flights.index)
    return features


def outcome_events(records: pd.DataFrame, airports: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What each flight's outcome is, as events: `known_at`, `value` and the columns of groups.

    - `late_departure`, `held_departure`, `late_arrival`: 1 from the minute in which the flight was
      more than 15 (60, 15) minutes behind schedule; 0 from its departure (arrival) otherwise.
    - `delay`: minutes of departure delay, up to 120.
    - `cancelled`: 1 if it has not departed a day after schedule, when that is known.
    """
    departure = departure_minutes(records)
    departure_delay = records["dep_delay"].fillna(NEVER).astype("int64")
    arrival_delay = records["arr_delay"].fillna(NEVER).astype("int64")
    capped = departure_delay.clip(upper=LONGEST_DELAY)

    def passed(schedule: "pd.Series[int]", delay: "pd.Series[int]", limit: int) -> pd.DataFrame:
        known_at = schedule + delay.clip(upper=limit + 1)
        return groups.assign(known_at=known_at, value=(delay > limit).astype("int64"))

    groups = _groups(records)
    return {
        "late_departure": passed(departure, departure_delay, LATE_MINUTES),
        "held_departure": passed(departure, departure_delay, HELD_MINUTES),
        "late_arrival": passed(arrival_minutes(records, airports), arrival_delay, LATE_MINUTES),
        "delay": groups.assign(known_at=departure + capped, value=capped.clip(lower=0)),
        "cancelled": groups.assign(
            known_at=departure + DAY, value=(departure_delay > DAY).astype("int64")
        ),
    }


def arrival_minutes(flights: pd.DataFrame, airports: pd.DataFrame) -> "pd.Series[int]":
    """Scheduled arrival of each flight; the raw time is the clock at the destination."""
    departure = departure_minutes(flights).to_numpy(np.int64)
    clock = flights["sched_arr_time"].to_numpy(np.int64)
    minute_of_day = clock // 100 * 60 + clock % 100
    zone_of = {**PUERTO_RICO, **dict(zip(airports["faa"], airports["tzone"], strict=True))}
    to, destinations = pd.factorize(flights["dest"])
    unknown = [name for name in destinations if pd.isna(zone_of.get(name))]
    if unknown:
        raise SourceError(f"airports.csv has no time zone for the destination {unknown[0]!r}")
    zone, zones = pd.factorize(np.array([zone_of[name] for name in destinations], dtype=object))
    arrival = departure
    for _ in range(2):  # the second pass has the offset of the arrival, not of the departure
        offset = _utc_offset(arrival, zone[to], zones.tolist())
        arrival = departure + (minute_of_day - offset - departure) % DAY
    return pd.Series(arrival, index=flights.index)


def newest_weather(
    flights: pd.DataFrame, weather: pd.DataFrame, moment: "pd.Series[int]"
) -> Columns:
    """The newest observation at the origin, known at each moment; NaN if older than six hours."""
    # The observation of an hour is made up to its 51st minute: it is known when the hour is over.
    finished = _minutes(weather["time_hour"]) + 60
    observed = weather.assign(known_at=finished, finished=finished)
    observed = observed.sort_values(["known_at", "origin"], kind="stable")
    queries = pd.DataFrame({"origin": flights["origin"], "moment": moment})
    newest = _newest(observed, queries, moment)
    before = _newest(observed, queries, moment - 180)
    measured = observed.dropna(subset="precip")
    rain = measured.assign(value=(measured["precip"] * 100).round().astype("int64"))
    features = {
        name: newest[column].astype("float32").set_axis(flights.index)
        for name, column in OBSERVATION.items()
    }
    change = newest["pressure"] - before["pressure"]
    change = change.where(newest["finished"] > before["finished"])  # not one with itself
    features["pressure_change_3h"] = change.astype("float32").set_axis(flights.index)
    for name, by, window in (("origin_6h", ["origin"], "6h"), ("all_3h", [], "3h")):
        fallen = known_in_windows(rain, queries, by, {window: _window(window)})[window]
        inches = np.where(fallen.count > 0, fallen.total / 100, np.nan).astype(np.float32)
        features[f"precipitation_{name}"] = pd.Series(inches, index=flights.index)
    return features


def plane(flights: pd.DataFrame, planes: pd.DataFrame) -> Columns:
    """Age in years and seats of the plane; NaN where it is not registered."""
    place = pd.Index(planes["tailnum"]).get_indexer(pd.Index(flights["tailnum"]))
    built, seats = (
        planes[name].to_numpy(np.float64, na_value=np.nan).take(place) for name in ("year", "seats")
    )
    built[place < 0], seats[place < 0] = np.nan, np.nan
    return {
        "plane_age": (flights["year"] - built).astype("float32"),
        "seats": pd.Series(seats.astype(np.float32), index=flights.index),
    }


def _groups(flights: pd.DataFrame) -> pd.DataFrame:
    """The columns by which rates are taken."""
    return flights[["carrier", "flight", "origin", "hour"]].assign(destination=flights["dest"])


def _newest(observed: pd.DataFrame, queries: pd.DataFrame, at: "pd.Series[int]") -> pd.DataFrame:
    """The last observation of each query's origin at a moment, in the order of the queries."""
    ordered = queries.assign(known_at=at).sort_values("known_at", kind="stable")
    newest = pd.merge_asof(
        ordered.reset_index(names="row"),
        observed[["origin", "known_at", "finished", *OBSERVATION.values()]],
        on="known_at",
        by="origin",
        tolerance=OBSERVATION_STALE,
    )
    return newest.set_index("row").loc[queries.index].reset_index(drop=True)


def _days_from_holiday(days: pd.DatetimeIndex) -> npt.NDArray[np.int8]:
    """Days since (or, negative, until) the nearest US federal holiday, at most 8."""
    margin = pd.Timedelta(days=40)
    holidays = _holidays(days.min().year, days.max().year)
    near = holidays[(holidays >= days.min() - margin) & (holidays <= days.max() + margin)]
    apart = days.to_numpy("datetime64[D]")[:, None] - near.to_numpy("datetime64[D]")[None, :]
    apart = apart.astype(np.int64)
    nearest = apart[np.arange(len(apart)), np.abs(apart).argmin(axis=1)]
    clipped: npt.NDArray[np.int8] = nearest.clip(-8, 8).astype(np.int8)
    return clipped


@functools.lru_cache(maxsize=4)
def _holidays(first: int, last: int) -> pd.DatetimeIndex:
    """US federal holidays from the year before the first to the year after the last."""
    calendar = USFederalHolidayCalendar()
    return calendar.holidays(pd.Timestamp(first - 1, 1, 1), pd.Timestamp(last + 1, 12, 31))


def _utc_offset(minutes: npt.NDArray[Any], zone: Whole, zones: Sequence[str]) -> Whole:
    """Minutes that the clock of each one's zone, a place among `zones`, is ahead of UTC."""
    if not len(minutes):
        return minutes
    steps = minutes // STEP
    first, last = int(steps.min()) // PAGE, int(steps.max()) // PAGE
    table = np.stack([_offsets(name, first, last) for name in zones])
    offsets: Whole = table[zone, steps - first * PAGE].astype(np.int64)
    return offsets


@functools.lru_cache(maxsize=64)  # a few zones, in the years that a month and its history are of
def _offsets(zone: str, first: int, last: int) -> npt.NDArray[np.int16]:
    """Minutes that the clock of a zone is ahead of UTC, in each step from a page to another."""
    utc = pd.to_datetime(np.arange(first * PAGE, (last + 1) * PAGE) * STEP * 60, unit="s", utc=True)
    ahead = utc.tz_convert(zone).tz_localize(None) - utc.tz_localize(None)
    return np.asarray(ahead.total_seconds() // 60, dtype=np.int16)


def _minutes(moments: pd.Series) -> "pd.Series[int]":
    """UTC timestamps as whole minutes since 1970."""
    seconds: pd.Series[int] = moments.dt.tz_localize(None).astype("datetime64[s]").astype("int64")
    return seconds // 60


def _window(name: str) -> int:
    """Minutes of a window such as 2h or 28d."""
    return int(name[:-1]) * {"h": 60, "d": DAY}[name[-1]]
