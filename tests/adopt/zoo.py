"""Awkward tables: what they hold, and the files in which they are written."""

import csv
import datetime as dt
import gzip
import io
import zipfile
from dataclasses import dataclass

from hypothesis import strategies as st

MISSING = ["", "NA", "N/A", "NaN", "null", "?", "\\N", "#N/A"]
BOOLEANS = [
    ("yes", "no"),
    ("TRUE", "FALSE"),
    ("ja", "nein"),
    ("1", "0"),
    ("да", "нет"),
    ("是", "否"),
]
FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y%m%d",
    "%d %b %Y",
    "%Y-%m-%dT%H:%M:%S",
]
YEARS = [dt.datetime(year, 1, 1) for year in (1990, 2030)]  # noqa: DTZ001
WESTERN = "".join(map(chr, range(127))) + "äöüßéèàçñÄÖÜÉ€"
KINDS = ["whole", "number", "money", "boolean", "date", "category", "words"]


LETTERS = st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])


@dataclass(frozen=True)
class Awkward:
    """A column: its content, as it is and as it is written; None is missing."""

    name: str
    kind: str
    content: list
    written: list


@dataclass(frozen=True)
class Table:
    """A table with the columns `id`, `awkward ...` and `target`, and a file that holds it."""

    columns: list
    content: bytes
    rows: int
    written: str


def number_text(value, decimal, group=""):
    """A number as it is written."""
    text = f"{value:,.2f}" if group else repr(value)
    return text.translate(str.maketrans({",": group, ".": decimal}))


@st.composite
def columns(draw, position, rows, decimal):
    kind = draw(st.sampled_from(KINDS))
    name = f"{position} " + draw(st.text(LETTERS, max_size=12))
    if kind == "whole":
        values = draw(lists(st.integers(-(10**6), 10**6), rows))
        written = [str(value) for value in values]
    elif kind == "number":
        values = draw(lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)), rows))
        written = [number_text(value, decimal) for value in values]
    elif kind == "money":
        sign = draw(st.sampled_from(["$", "€", "£"]))
        group = "." if decimal == "," else ","
        values = draw(lists(st.integers(0, 10**7).map(lambda cents: cents / 100), rows))
        written = [sign + number_text(value, decimal, group) for value in values]
    elif kind == "boolean":
        true, false = draw(st.sampled_from(BOOLEANS))
        values = draw(lists(st.booleans(), rows))
        written = [true if value else false for value in values]
    elif kind == "date":
        form = draw(st.sampled_from(FORMATS))
        values = draw(lists(st.datetimes(*YEARS), rows))
        values = [value.replace(microsecond=0) for value in values]
        if "%H" not in form:
            values = [dt.datetime.combine(value, dt.time()) for value in values]
        if rows:  # which tells the day from the month
            values[0] = values[0].replace(day=28)
        written = [value.strftime(form) for value in values]
    elif kind == "category":
        words = draw(
            st.lists(st.text("abcdeäßжя語 ", min_size=2, max_size=8), min_size=2, max_size=5)
        )
        values = [word.strip() or None for word in draw(lists(st.sampled_from(words), rows))]
        written = [value or "" for value in values]
    else:
        text = st.text("abc äß\"',;|\t\n語", max_size=20)
        values = [each.strip() or None for each in draw(lists(text, rows))]
        written = [value or "" for value in values]
    if draw(st.booleans()):
        spelling = draw(st.sampled_from(MISSING))
        gaps = draw(lists(st.integers(0, 9), rows))
        written = [spelling if gap == 0 else each for gap, each in zip(gaps, written, strict=True)]
        values = [None if gap == 0 else each for gap, each in zip(gaps, values, strict=True)]
    return Awkward(name, kind, values, written)


def lists(values, rows):
    """So many values."""
    return st.lists(values, min_size=rows, max_size=rows)


@st.composite
def tables(draw, sizes=(0, 1, 2, 5, 30, 60), times=1):
    """Tables of so many rows, or of so many times as many: then all but the ids repeats."""
    rows = draw(st.sampled_from(sizes))
    decimal = draw(st.sampled_from(".,"))
    delimiter = draw(st.sampled_from(";\t|" if decimal == "," else ",;\t|"))
    made = [draw(columns(place, rows, decimal)) for place in range(draw(st.integers(1, 4)))]
    ids = [f"K{number:04}" for number in range(rows * times)]
    answers = ["yes" if number % 3 else "no" for number in range(rows * times)]
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerow(["id", *(each.name for each in made), "target"])
    writer.writerows(zip(ids, *(each.written * times for each in made), answers, strict=True))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    if encoding == "cp1252" and set(text.getvalue()) - set(WESTERN):
        encoding = (
            "utf-8"  # of a file of eight bits that is no plain words, the encoding is a guess
        )
    how = draw(st.sampled_from(["", "gzip", "zip"]))
    content = packed(text.getvalue().encode(encoding), how)
    return Table(made, content, rows * times, f"{encoding}, {how or 'not packed'}")


def packed(content, how):
    """A file in gzip or zip, or as it is."""
    if how == "gzip":
        return gzip.compress(content)
    if not how:
        return content
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("table.csv", content)
    return archive.getvalue()
