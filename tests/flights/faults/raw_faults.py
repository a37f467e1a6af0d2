"""Known faults of the raw data of a month that no check of a single row can see."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Row = dict[str, str]
Rows = list[Row]
Change = Callable[[Rows], Rows]
UNKNOWN = ("arr_time", "arr_delay", "air_time")
HOUR = "%Y-%m-%dT%H:%M:%SZ"
OBSERVED = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure")


def changed(text: str, change: Change) -> str:
    """The text of a CSV file with other rows."""
    lines = csv.DictReader(io.StringIO(text))
    names = list(lines.fieldnames or ())
    written = io.StringIO()
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(change(list(lines)))
    return written.getvalue()


def without(column: str, *values: str) -> Change:
    """No row has one of these values."""
    return lambda rows: [row for row in rows if row[column] not in values]


def every_second(rows: Rows) -> Rows:
    """Half of the rows."""
    return rows[::2]


def unknown(where: Callable[[Row], bool]) -> Change:
    """It is not known how the flights ended for which something holds."""

    def change(rows: Rows) -> Rows:
        return [row | dict.fromkeys(UNKNOWN, "NA") if where(row) else row for row in rows]

    return change


def day_copied(source: str, target: str) -> Change:
    """The rows of one day in place of those of another."""

    def moved(row: Row) -> Row:
        later = timedelta(days=int(target) - int(source))
        hour = datetime.strptime(row["time_hour"], HOUR).replace(tzinfo=UTC) + later
        return row | {"day": target, "time_hour": hour.strftime(HOUR)}

    def change(rows: Rows) -> Rows:
        kept = [row for row in rows if row["day"] != target]
        return kept + [moved(row) for row in rows if row["day"] == source]

    return change


def hours_off(hours: int) -> Change:
    """What was observed stands so many hours late."""

    def change(rows: Rows) -> Rows:
        made = []
        for origin in sorted({row["origin"] for row in rows}):
            own = [row for row in rows if row["origin"] == origin]
            for place, row in enumerate(own):
                made.append(row | {name: own[place - hours][name] for name in OBSERVED})
        return made

    return change


def swapped(column: str, one: str, other: str) -> Change:
    """Rows of one value are called by the other, and the other way round."""
    names = {one: other, other: one}
    return lambda rows: [row | {column: names.get(row[column], row[column])} for row in rows]


def stuck(column: str, origin: str, first: int, last: int) -> Change:
    """From day to day the sensor of an origin says the same."""

    def change(rows: Rows) -> Rows:
        [value, *_] = [row[column] for row in rows if row["origin"] == origin]
        return [
            row | {column: value}
            if row["origin"] == origin and first <= int(row["day"]) <= last
            else row
            for row in rows
        ]

    return change


# What is wrong with a month, in which of its files, and what must be said of it.
RAW_FAULTS: dict[str, tuple[str, str, Change, str]] = {
    "an airport gone": (
        "no flight of a month leaves from LaGuardia",
        "flights",
        without("origin", "LGA"),
        r"warn  volume: (column origin is LGA in 0 rows.*)",
    ),
    "a carrier gone": (
        "a month has no flight of United",
        "flights",
        without("carrier", "UA"),
        r"warn  volume: (column carrier is UA in 0 rows.*)",
    ),
    "evenings gone": (
        "no flight of a month leaves from 18:00 on",
        "flights",
        without("hour", "18", "19", "20", "21", "22", "23"),
        r"warn  clock: (there are \d+ rows from .*)",
    ),
    "every second flight gone": (
        "half of the flights of a month are missing, evenly",
        "flights",
        every_second,
        r"warn  volume: (.*)",
    ),
    "outcomes of a carrier unknown": (
        "how the flights of American ended is not known for a month",
        "flights",
        unknown(lambda row: row["carrier"] == "AA"),
        r"warn  volume: (column carrier is AA in 0 rows.*)",
    ),
    "outcomes of three days unknown": (
        "how flights ended is not known for three days",
        "flights",
        unknown(lambda row: row["day"] in ("15", "16", "17")),
        r"warn  clock: (there are \d+ rows on \w+ \(UTC\).*)",
    ),
    "outcomes of late arrivals unknown": (
        "how flights ended is not known where they came more than 40 minutes late",
        "flights",
        unknown(lambda row: row["arr_delay"] != "NA" and float(row["arr_delay"]) > 40),
        r"fail  lost rows: (.*)",  # in a sample the mean of late varies more than that
    ),
    "a day copied": (
        "the flights of a day are those of the week before",
        "flights",
        day_copied("10", "17"),
        r"warn  repeat: (column \w+ has on a day .*)",
    ),
    "airports swapped": (
        "flights from Newark are said to leave from Kennedy, and the other way round",
        "flights",
        swapped("origin", "EWR", "JFK"),
        r"warn  relation: (columns .*origin.*)",
    ),
    "a sensor stuck": (
        "the pressure at LaGuardia is the same for 22 days",
        "weather",
        stuck("pressure", "LGA", 5, 26),
        r"warn  still: (column pressure.*)",
    ),
    "a small destination gone": (
        "a month has no flight to Charleston, one of a few a day",
        "flights",
        without("dest", "CHS"),
        r"warn  gone: (column destination is CHS in no row.*)",
    ),
    "weather five hours off": (
        "weather stands five hours late",
        "weather",
        hours_off(5),
        r"warn  relation: (columns .*(?:temperature|wind|pressure|humidity).*)",
    ),
}
