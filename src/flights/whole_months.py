"""Is a month that arrives whole? Checks of its files before anything is written.

These find what is half-written, cut off or mixed up. What the rows say is the contract's matter
(`schema.yaml`, stage validate). Weather may lack hours and days: stations fail.
"""

import calendar
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from operator import itemgetter

from flights.columns import AIRPORTS, FLIGHTS, KEYS, PLANES, WEATHER
from flights.days import thin_days
from truerun.base.errors import SourceError, listed

COLUMNS = {
    "flights": list(FLIGHTS),
    "weather": list(WEATHER),
    "airports": list(AIRPORTS),
    "planes": list(PLANES),
}


class ArrivalError(SourceError):
    """A file that arrived is not whole; the message says which and what it lacks."""


class RawTable:
    """A CSV file that arrived: its rows, all with the expected columns and a key of their own."""

    def __init__(self, label: str, table: str, content: bytes) -> None:
        """Read `content`; `label` names it in messages, `table` is a key of COLUMNS."""
        self.label = label
        self.columns = COLUMNS[table]
        self.rows = list(self._read(content))
        if not self.rows:
            raise self.wrong("it has no rows")
        key = KEYS[table]
        repeated = [cells for cells, count in self.count(*key).items() if count > 1]
        if repeated:
            raise self.wrong(
                f"{len(repeated)} keys ({', '.join(key)}) occur more than once,"
                f" {', '.join(repeated[0])} for one"
            )

    def wrong(self, problem: str) -> ArrivalError:
        """The error that says what is wrong with this file."""
        return ArrivalError(f"{self.label}: {problem}")

    def count(self, *columns: str) -> Counter[tuple[str, ...]]:
        """How often each combination of values occurs in the columns."""
        # One column more, since an itemgetter of one gives no tuple.
        cells = itemgetter(*map(self.columns.index, columns), 0)
        return Counter(cells(row)[:-1] for row in self.rows)

    def days(self, month: str) -> list[int]:
        """Rows of each day of the month; raise `ArrivalError` for a row of another month."""
        year, number = map(int, month.split("-"))
        rows = [0] * calendar.monthrange(year, number)[1]
        for cells, count in self.count("year", "month", "day").items():
            try:
                day = date(*map(int, cells))
            except ValueError as error:
                raise self.wrong(f"{'-'.join(cells)} is not a date ({count} rows)") from error
            if (day.year, day.month) != (year, number):
                raise self.wrong(f"{count} rows are from {day}, which is not in {month}")
            rows[day.day - 1] += count
        return rows

    def _read(self, content: bytes) -> Iterator[list[str]]:
        if not content.endswith(b"\n"):
            raise self.wrong(
                "the last line does not end with a line break" if content else "it is empty"
            )
        try:
            text = io.StringIO(content.decode(), newline="")
        except UnicodeDecodeError as error:
            raise self.wrong(f"byte {error.start} is not UTF-8") from error
        reader = csv.reader(text, strict=True)
        try:
            self._check_header(next(reader))
            for row in reader:
                if len(row) != len(self.columns):
                    raise self.wrong(
                        f"line {reader.line_num} has {len(row)} fields, not {len(self.columns)}"
                    )
                yield row
        except csv.Error as error:
            raise self.wrong(f"line {reader.line_num}: {error}") from error

    def _check_header(self, header: Sequence[str]) -> None:
        if header == self.columns:
            return
        missing = [column for column in self.columns if column not in header]
        unexpected = [column for column in header if column not in self.columns]
        problems = [f"lacks the columns {listed(missing)}"] if missing else []
        problems += [f"has the unexpected columns {listed(unexpected)}"] if unexpected else []
        problems = problems or [f"has the columns in another order than {','.join(self.columns)}"]
        raise self.wrong(f"the header {' and '.join(problems)}")


def check_month(month: str, flights: RawTable, weather: RawTable) -> None:
    """Raise `ArrivalError` unless the two tables can be the whole of a month ('2013-01')."""
    flights_of_day = flights.days(month)
    problem = thin_days(month, flights_of_day)
    if problem:
        raise flights.wrong(problem)
    last_days = {f"{day}" for day in (len(flights_of_day) - 1, len(flights_of_day))}
    weather.days(month)
    observed = {name for name, day in weather.count("origin", "day") if day in last_days}
    unobserved = sorted({name for (name,) in flights.count("origin")} - observed)
    if unobserved:
        raise weather.wrong(
            f"no weather of {listed(unobserved)} on the last two days: the file seems to be cut off"
        )
