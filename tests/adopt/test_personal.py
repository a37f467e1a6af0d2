"""Data of persons: what is found, missed and wrongly suspected on a labelled list.

With RENEW_DOCS=1 docs/personal-data.md is written anew.
"""

import os

import pyarrow as pa
import pytest

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
and by their values; `--keep NAME` keeps one. This is how well it does on the {columns} columns of
`tests/adopt/labelled.py`, of which {personal} hold such data. The tests hold it to these counts,
and `RENEW_DOCS=1 pytest tests/adopt/test_personal.py` writes them.

| | columns |
| --- | --- |
| found, and called what they are | {right} |
| found, and called something else of persons | {otherwise} |
| missed | {missed} |
| left alone, rightly | {alone} |
| suspected wrongly | {wrongly} |

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


def page() -> str:
    """The counts of the labelled list, and the cases that went wrong."""
    answers = [(*column, answer(column[0], column[1])) for column in COLUMNS]
    missed = [each for each in answers if each[2] and not each[3]]
    wrongly = [each for each in answers if each[3] and not each[2]]
    otherwise = [each for each in answers if each[2] and each[3] and each[2] != each[3]]
    lines = [f"- missed: `{name}` ({first(values)}), {what}" for name, values, what, _ in missed]
    lines += [
        f"- wrongly: `{name}` ({first(values)}), as {said}" for name, values, _, said in wrongly
    ]
    lines += [f"- otherwise: `{name}` ({first(values)}), {what}, as {said}"
              for name, values, what, said in otherwise]  # fmt: skip
    return PAGE.format(
        columns=len(COLUMNS),
        personal=sum(what is not None for *_, what in COLUMNS),
        right=sum(what is not None and what == said for _, _, what, said in answers),
        otherwise=len(otherwise),
        missed=len(missed),
        alone=sum(what is said is None for _, _, what, said in answers),
        wrongly=len(wrongly),
        cases="".join(f"{line}\n" for line in lines),
    )


def test_the_counts_of_the_labelled_list_are_those_of_the_page():
    assert len(COLUMNS) >= 120
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
    assert answer("x", text.replace("0", "1", 1)) is None
