"""Data of persons: what is found, missed and wrongly suspected on a labelled list.

With RENEW_DOCS=1 docs/personal-data.md is written anew.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pytest

from tests.adopt import labelled_real
from tests.adopt.labelled import COLUMNS
from tests.conftest import ROOT
from truerun.adopt.columns import personal, summaries
from truerun.adopt.columns.personal.kind import Candidate
from truerun.adopt.columns.value_counts import count_values
from truerun.sources.table.cells import cells

DOCS = ROOT / "docs/personal-data.md"
PAGE = """\
# Data of persons

`make adopt` leaves out columns that look like data of persons, by their names in many languages
and by their values: check digits (python-stdnum), numbering plans of phones (phonenumbers), lists
of names in some eighty languages. `--keep NAME` keeps one. This is how well it does on {columns}
columns: {written} that were written for it (`tests/adopt/labelled.py`), and {real} of real tables
(`tests/adopt/labelled_real.py`), labelled by what the columns are. The tests hold it to these
counts, and `RENEW_DOCS=1 pytest tests/adopt/test_personal.py` writes them.

| kind | columns | found | precision | recall |
| --- | ---: | ---: | ---: | ---: |
{kinds}

Precision is the share of the columns that are called so which are; a column is found if it is
called what it is. Of the {alone} columns without such data, {wrongly} are suspected. Of columns of
real tables alone, {found_real} of {personal_real} are found, and {wrongly_real} of {alone_real}
suspected.

{cases}
A list made by those who made the rules flatters them: look at the columns that are left in.
"""


def answer(header: str, values: str) -> str | None:
    """What a column of these values is said to hold."""
    texts = values.split("|")
    column_cells = cells(pa.chunked_array([texts]), header)
    value_counts = count_values(column_cells, column_cells.spelled(("",)))
    summary = summaries.summarize(header, value_counts, ".")
    return personal.suspect(Candidate(header, texts, summary.kind, 1.0))


def first(values: str) -> str:
    """An example for the page."""
    return values.split("|", maxsplit=1)[0]


@dataclass(frozen=True)
class Answered:
    """A labelled column, and what it is said to hold."""

    name: str
    example: str
    label: str | None
    said: str | None
    real: bool


@cache
def answered() -> list[Answered]:
    """All labelled columns with their answers."""
    return [
        Answered(name, first(values), label, answer(name, values), real)
        for real, columns in ((False, COLUMNS), (True, labelled_real.columns()))
        for name, values, label in columns
    ]


def kinds() -> Iterator[str]:
    """A line for each kind: how many columns, found, precision and recall."""
    for kind in sorted({each.label for each in answered() if each.label}):
        labelled = [each for each in answered() if each.label == kind]
        called = [each for each in answered() if each.said == kind]
        right = [each for each in labelled if each.said == kind]
        precision = f"{len(right) / len(called):.0%}" if called else "none"
        recall = f"{len(right) / len(labelled):.0%}"
        yield f"| {kind} | {len(labelled)} | {len(right)} | {precision} | {recall} |"


def cases() -> Iterator[str]:
    """What went wrong."""
    for each in answered():
        if each.label == each.said:
            continue
        where = f"`{each.name}` ({each.example})"
        if each.label and each.said:
            yield f"- otherwise: {where}, {each.label}, as {each.said}"
        else:
            what = (
                f"missed: {where}, {each.label}"
                if each.label
                else f"wrongly: {where}, as {each.said}"
            )
            yield f"- {what}"


def page() -> str:
    """The counts of the labelled columns, and the cases that went wrong."""
    alone = [each for each in answered() if not each.label]
    of_real = [each for each in answered() if each.real and each.label]
    return PAGE.format(
        columns=len(answered()),
        written=len(COLUMNS),
        real=sum(each.real for each in answered()),
        kinds="\n".join(kinds()),
        alone=len(alone),
        wrongly=sum(each.said is not None for each in alone),
        found_real=sum(each.said == each.label for each in of_real),
        personal_real=len(of_real),
        wrongly_real=sum(each.real and each.said is not None for each in alone),
        alone_real=sum(each.real for each in alone),
        cases="".join(f"{line}\n" for line in cases()),
    )


@pytest.mark.nightly
@pytest.mark.slow
def test_the_counts_of_the_labelled_columns_are_those_of_the_page():
    assert len(answered()) >= 120
    written = page()
    if "RENEW_DOCS" in os.environ:
        DOCS.write_text(written, encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == written


@pytest.mark.parametrize("text", ["4111111111111111", "378282246310005", "4012 8888 8888 1881"])
def test_a_card_number_has_its_check_digit(text):
    wrong = text[:-1] + str((int(text[-1]) + 1) % 10)
    assert answer("x", text) == "card numbers"
    assert answer("x", wrong) is None


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"])
def test_a_bank_account_has_its_check_digits(text):
    assert answer("x", text) == "bank accounts"
    assert answer("x", text.replace("0", "1", 1)) != "bank accounts"
