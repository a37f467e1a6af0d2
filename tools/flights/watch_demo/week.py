"""Two weeks of flights as requests: the one that is watched, and the one it is held against."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from truerun.base.errors import TruerunError
from truerun.contract.contract import Contract

DAYS = 7
DAMAGED_DAY = 5  # of the week that is watched
DAMAGED = "weather"  # group of schema.yaml
MINUTES = 24 * 60


class WeekError(TruerunError):
    """Data that holds no two whole weeks."""


@dataclass(frozen=True)
class Request:
    """Rows of a quarter of an hour or so: their number, JSON, and the hour since the first day."""

    hour: float
    rows: int
    body: bytes


@dataclass(frozen=True)
class Fortnight:
    """Requests in order, rows a day, and the columns that lack all values on the damaged day."""

    first: dt.date
    requests: Sequence[Request]
    rows: Sequence[int]
    damaged: Sequence[str]


def read(folder: Path, contract: Contract, step: float) -> Fortnight:
    """The newest two weeks from Monday to Sunday of a folder of months.

    Parameters
    ----------
    step : minutes of the flights of one request.

    Raises
    ------
    WeekError
        If there are none.
    """
    newest = sorted(folder.glob("*.parquet"))[-2:]
    if not newest:
        raise WeekError(f"there are no rows in {folder}: `make repro` makes them")
    return fortnight(pd.concat(map(pd.read_parquet, newest)), contract, step)


def fortnight(table: pd.DataFrame, contract: Contract, step: float) -> Fortnight:
    """The newest two weeks of a table; see `read`."""
    days = pd.to_datetime(table["day"]).dt.date
    newest = days.max()
    last = newest - dt.timedelta(days=(newest.weekday() + 1) % DAYS)  # a Sunday
    first = last - dt.timedelta(days=2 * DAYS - 1)
    if first < days.min():
        raise WeekError(f"from {days.min()} to {newest} there are no two weeks, Monday to Sunday")
    numbers = pd.Series([(day - first).days for day in days], index=table.index)
    chosen = numbers.between(0, 2 * DAYS - 1)
    sent = [name for name in contract.columns if name in table and name != contract.target]
    rows = table.loc[chosen, sent].reset_index(drop=True)
    number = numbers[chosen].reset_index(drop=True)
    damaged = [name for name, column in contract.columns.items() if column.group == DAMAGED]
    rows = rows.astype(dict.fromkeys(damaged, float))
    rows.loc[number == DAYS + DAMAGED_DAY - 1, damaged] = None
    minute = number * MINUTES + rows["minute_of_day"]
    requests = [
        Request(float(place) * step / 60, len(part), _json(part))
        for place, part in rows.groupby((minute // step).astype(int))
    ]
    counts = number.value_counts().reindex(range(2 * DAYS), fill_value=0)
    return Fortnight(first, requests, counts.tolist(), damaged)


def _json(rows: pd.DataFrame) -> bytes:
    text: str = rows.to_json(orient="records", date_format="iso", double_precision=15)
    return text.encode()
