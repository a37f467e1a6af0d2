"""Raw files that are none, or hold what cannot be."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.flights.robustness.case import Case
from tests.flights.robustness.damage import (
    AIRPORTS,
    FLIGHTS,
    PLANES,
    WEATHER,
    Damage,
    cells,
    content,
    copied,
    lines,
    linked,
    made,
    made_a_file,
    made_a_pipe,
    removed,
    text,
)

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"


def zipped(text: bytes) -> bytes:
    """The same in a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("2013-09.csv", text)
    return archive.getvalue()


def cell(file: str, row: int, column: str, value: str) -> Damage:
    """Write a value into a cell."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row, column] = value
        return table

    return cells(file, change)


def column(file: str, name: str, change: Callable[[str], str]) -> Damage:
    """Change the cells of a column that are known."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        known = table[name] != "NA"
        return table.assign(**{name: table[name].where(~known, table[name].map(change))})

    return cells(file, changed)


def all_gone(folder: Path) -> None:
    """Every month of flights is gone."""
    for path in (folder / "data/raw/flights").iterdir():
        path.unlink()


FILES = [
    Case("is a pipe: flights", made_a_pipe(FLIGHTS), "no ordinary file, but a pipe"),
    Case("is a pipe: planes.csv", made_a_pipe(PLANES), "no ordinary file, but a pipe"),
    Case("is a pipe (`make data`)", made_a_pipe(FLIGHTS), "no ordinary file", "ingest"),
    Case("is a link to nowhere", linked(FLIGHTS, "nowhere.csv"), "does not exist"),
    Case("is a link to itself", linked(FLIGHTS, "2013-09.csv"), "2013-09.csv"),
    Case(
        "is a link to a file elsewhere that is empty",
        linked(WEATHER, "/dev/null"),
        "no ordinary file",
    ),
    Case("is packed: gzip", content(FLIGHTS, gzip.compress), "is not UTF-8"),
    Case("is packed: zip", content(FLIGHTS, zipped), "2013-09.csv"),
    Case("is a page of HTML", content(FLIGHTS, lambda _: PAGE), "its header does not fit"),
    Case("is a pointer of Git LFS", content(FLIGHTS, lambda _: POINTER), "its header does not fit"),
    Case(
        "is JSON", content(PLANES, lambda _: b'[{"tailnum": "N10156"}]'), "its header does not fit"
    ),
    Case("has tabs for commas", text(FLIGHTS, ",", "\t"), "its header does not fit"),
    Case("has CR line ends", text(FLIGHTS, "\n", "\r"), outcome="harmless"),
    Case(
        "has a comment above the header",
        content(FLIGHTS, lambda b: b"# of 2013\n" + b),
        "header does not fit",
    ),
    Case(
        "has the header once more in the middle",
        lines(FLIGHTS, lambda all_: [*all_[:50], all_[0], *all_[50:]]),
        "column year: 'year' does not fit",
    ),
    Case(
        "has a comma at the end of each line but the first",
        lines(FLIGHTS, lambda all_: [all_[0], *(row.replace(b"\n", b",\n") for row in all_[1:])]),
        "20 fields, not 19",
    ),
    Case(
        "has a line of dashes below the header",
        lines(FLIGHTS, lambda all_: [all_[0], b"-,-\n", *all_[1:]]),
        "2 fields, not 19",
    ),
    Case(
        "has a sum below the rows",
        lines(WEATHER, lambda all_: [*all_, b"sum," + b"," * 13 + b"\n"]),
        "weather/2013-09.csv",
    ),
    Case(
        "has names in capitals",
        content(FLIGHTS, lambda b: b.split(b"\n", 1)[0].upper() + b"\n" + b.split(b"\n", 1)[1]),
        "its header does not fit",
    ),
    Case(
        "has names with blanks",
        text(FLIGHTS, ",month,", ", month,", 1),
        "missing month; unexpected  month",
    ),
    Case("is empty: planes.csv", content(PLANES, lambda _: b""), "planes.csv is empty"),
    Case(
        "has a header and no rows: airports.csv",
        lines(AIRPORTS, lambda all_: all_[:1]),
        "no time zone for the destination",
    ),
    Case("is missing: airports.csv", removed(AIRPORTS), "airports.csv does not exist"),
    Case("all months are missing", all_gone, "holds no month"),
    Case(
        "a file is where the folder of months should be",
        made_a_file("data/raw/flights"),
        "holds no month",
    ),
    Case(
        "a note lies beside the months",
        made("data/raw/flights/notes.csv", b"x"),
        "its name is not a month",
    ),
    Case(
        "a spare copy lies beside the months",
        copied(FLIGHTS, "data/raw/flights/2013-09 (1).csv"),
        "its name is not a month",
    ),
    Case(
        "a file of a spreadsheet program lies beside the months",
        made("data/raw/flights/.~lock.2013-09.csv#", b""),
        outcome="harmless",
    ),
]

CELLS = [
    *(
        Case(what, cell(FLIGHTS, 5, name, value), f"line 7, column {name}: {value!r} does not fit")
        for what, name, value in (
            ("a number has digits in groups", "distance", "1,400"),
            ("a number has a unit", "distance", "1400 mi"),
            ("a whole number has a fraction", "distance", "1400.5"),
            ("a number is hexadecimal", "distance", "0x578"),
            ("a number has wide digits", "distance", "\uff11\uff14\uff10\uff10"),
            ("a number has a minus of print", "distance", "\u22121400"),
            ("a number has more than 64 bits", "distance", "99999999999999999999"),
            ("a number is larger than any", "dep_delay", "1e999"),
            ("a number is not a number", "dep_delay", "nan"),
            ("a number is a formula", "distance", "=A1+B1"),
            ("a number is an error of a spreadsheet", "distance", "#REF!"),
            ("a number is a dash", "dep_delay", "-"),
            ("a number that must be known is NA", "distance", "NA"),
        )
    ),
    Case("a minute is the 75th", cell(FLIGHTS, 5, "minute", "75"), "disagree"),
    Case("an hour is the 25th", cell(FLIGHTS, 5, "hour", "25"), "disagree"),
    Case("a day is the 31st of September", cell(FLIGHTS, 5, "day", "31"), "disagree"),
    Case("a month is the 13th", cell(FLIGHTS, 5, "month", "13"), "line 7 is from another month"),
    Case("an arrival is at 12:75", cell(FLIGHTS, 5, "sched_arr_time", "1275"), "not a time of day"),
    Case(
        "an hour in UTC is text",
        cell(FLIGHTS, 5, "time_hour", "noon"),
        "'noon' is not an hour in UTC",
    ),
    Case(
        "an hour in UTC has an offset",
        cell(FLIGHTS, 5, "time_hour", "2013-09-01T09:00:00+01:00"),
        "is not an hour in UTC",
    ),
    Case(
        "an hour in UTC is one of a serial number",
        cell(WEATHER, 5, "time_hour", "41518.375"),
        "is not an hour in UTC",
    ),
    Case(
        "a flight takes 30 hours", cell(FLIGHTS, 5, "air_time", "1800"), "air_time is longer than"
    ),
    Case(
        "a destination is unknown",
        cell(FLIGHTS, 5, "dest", "ZZZ"),
        "'ZZZ' of 1 flights in data/raw/flights/2013-09.csv (the first in line 7): add it to",
    ),
    Case(
        "a time zone is misspelled",
        column(AIRPORTS, "tzone", lambda zone: zone.replace("New_York", "NewYork")),
        "column tzone: 'America/NewYork' is no time zone",
    ),
    Case(
        "a time zone is a path",
        column(AIRPORTS, "tzone", lambda _: "../../etc/passwd"),
        "'../../etc/passwd' is no time zone",
    ),
    Case(
        "a time zone is an absolute path",
        column(AIRPORTS, "tzone", lambda _: "/etc/passwd"),
        "'/etc/passwd' is no time zone",
    ),
    Case(
        "a time zone is a folder of zones",
        column(AIRPORTS, "tzone", lambda _: "America"),
        "'America' is no time zone",
    ),
    Case(
        "a time zone is an offset",
        column(AIRPORTS, "tzone", lambda _: "UTC-5"),
        "'UTC-5' is no time zone",
    ),
    Case(
        "no time zone is known",
        column(AIRPORTS, "tzone", lambda _: "NA"),
        "has no time zone for the destination",
    ),
    Case(
        "a latitude is text", cell(AIRPORTS, 5, "lat", "north"), "column lat: 'north' does not fit"
    ),
    Case(
        "latitudes and longitudes are swapped",
        cells(AIRPORTS, lambda t: t.assign(lat=t["lon"], lon=t["lat"])),
        "distance (miles) is not that",
    ),
    Case(
        "a plane is built in a year of text",
        cell(PLANES, 5, "year", "old"),
        "column year: 'old' does not fit",
    ),
    Case(
        "carriers have a blank before them",
        column(FLIGHTS, "carrier", lambda code: f" {code}"),
        "more than validate.max_quarantined allows",
        "prepare validate",
    ),
    Case(
        "carriers are in small letters",
        column(FLIGHTS, "carrier", str.lower),
        "more than validate.max_quarantined allows",
        "prepare validate",
    ),
    Case(
        "origins are names instead of codes",
        column(FLIGHTS, "origin", lambda code: f"New York {code}"),
        "more than validate.max_quarantined allows",
        "prepare validate",
    ),
    Case(
        "tail numbers are in small letters",
        column(FLIGHTS, "tailnum", str.lower),
        "column seats is missing in",
        "prepare validate",
    ),
    Case(
        "visibility is in kilometres",
        column(WEATHER, "visib", lambda miles: f"{float(miles) * 1.609:.4g}"),
        "more than validate.max_quarantined allows",
        "prepare validate",
    ),
    Case(
        "rain is negative",
        column(WEATHER, "precip", lambda _: "-1"),
        "more than validate.max_quarantined allows",
        "prepare validate",
    ),
]
