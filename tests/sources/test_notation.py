"""Numbers as people write them: ranges, fractions, bounds, signs that multiply, either mark."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.sources.table.month_words import ENGLISH, in_english
from truerun.sources.table.notation import Notation
from truerun.sources.table.options import Form
from truerun.sources.table.values import ISO, dates, local_dates

ALL = Notation(
    scales={"K": 1e3, "M": 1e6, "%": 0.01},
    forms=("swapped", "bound", "fraction", "range", "duration"),
)
SPANISH = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
           "octubre", "noviembre", "diciembre")  # fmt: skip
NUMBERS = st.integers(0, 10**6).map(lambda cents: cents / 100)


def one(text: str, notation: Notation = ALL) -> float:
    """The number of one text."""
    return float(notation.read(pa.array([text]))[0])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1133 - 1384", 1258.5),
        ("1133\u20131384", 1258.5),
        ("-5 - -3", -4),
        ("10 to 20", 15),
        ("10 bis 20", 15),
        ("1K - 2K", 1500),
        ("3/4", 0.75),
        ("1 1/2", 1.5),
        ("-1 1/2", -1.5),
        ("2½", 2.5),
        ("90+", 90),
        ("<5", 5),
        (">= 3", 3),
        ("5 or more", 5),
        ("up to 5K", 5000),
        ("1.5K", 1500),
        ("2 M", 2e6),
        ("5%", 0.05),
        ("2,71", 2.71),
        ("1.234,5", 1234.5),
        ("1e5", 1e5),
        ("ca. 5", 5),
        ("2h 50m", 170),
        ("1d 2h", 1560),
        ("90 s", 1.5),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, number: float) -> None:
    assert one(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["abc", "2010-01-05", "5-3", "..5", "", "-", "1/0", "12:30", "1.2.3", "K", "--5", "a 5"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert np.isnan(one(text))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0:00", 0), ("12:00 am", 0), ("12:00 p.m.", 720), ("23:59", 1439), ("36:00", 2160)],
)
def test_a_time_of_day_is_its_minutes(text: str, minutes: float) -> None:
    assert one(text, Notation(forms=("clock",))) == minutes


@pytest.mark.parametrize("text", ["13:00 PM", "0:30 AM", "5:7", "12:60", "1:2:3", "100:00"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert np.isnan(one(text, Notation(forms=("clock",))))


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [
        ("2 years 3 months", "age", 27),
        ("1yrs 11mon", "age", 23),
        ("0yrs 0mon", "age", 0),
        ("5 years", "age", 60),
        ("1.5 years", "age", 18),
        ("1 year and 1 month", "age", 13),
        ("7 mos", "age", 7),
        ("5'11\"", "feet", 71),
        ("5'11", "feet", 71),
        ("6'", "feet", 72),
        ("5 ft 4.5 in", "feet", 64.5),
        ("5\u2032 4\u2033", "feet", 64),
    ],
)
def test_years_and_months_and_feet_and_inches_are_one_number(
    text: str, form: Form, number: float
) -> None:
    assert one(text, Notation(forms=(form,))) == number


@pytest.mark.parametrize("text", ["", "5 m", "years", "3 months 2 years", "'11", "5.5'2"])
def test_what_is_neither_an_age_nor_feet_is_none(text: str) -> None:
    assert np.isnan(one(text, Notation(forms=("age", "feet"))))


@pytest.mark.parametrize("text", ["1,2,3", "12,3", "1,23", "1,234,56", "123,45,678"])
def test_digits_in_other_groups_are_no_number(text: str) -> None:
    assert np.isnan(one(text, Notation(thousands=",")))


def test_without_its_form_a_text_is_no_number() -> None:
    assert np.isnan([one(text, Notation()) for text in ("1 - 2", "3/4", "90+", "5K", "2,71")]).all()


@pytest.mark.slow
@given(NUMBERS, NUMBERS)
def test_a_range_is_its_middle_if_it_rises(low: float, high: float) -> None:
    number = one(f"{low} - {high}")
    assert number == pytest.approx((low + high) / 2) if low <= high else np.isnan(number)


@given(st.floats(-1e9, 1e9))
def test_plain_numbers_are_what_they_are_in_any_notation(number: float) -> None:
    assert one(repr(number)) == number


def test_months_of_any_language_are_read() -> None:
    texts = pa.array([f"05-{month[:3]}.-20" for month in SPANISH])
    read = dates(texts, "%d-%b-%y", SPANISH)
    assert [int(str(moment)[5:7]) for moment in read] == list(range(1, 13))
    whole = pa.array([f"lunes, 5 de {month} de 2020" for month in SPANISH])
    assert in_english(whole, SPANISH).to_pylist() == [f"5 {month} 2020" for month in ENGLISH]
    assert in_english(pa.array(["5 ma 2020", "5 foo 2020"]), SPANISH).to_pylist() == [
        "5 ma 2020",  # of two months
        "5 foo 2020",
    ]


@pytest.mark.parametrize(
    ("text", "form", "hour"),
    [
        ("2024-03-01T12:00:00-05:00", ISO, 12),
        ("2024-03-01 23:30:00+0200", ISO, 23),
        ("2024-03-01T12:00:00Z", ISO, 12),
        ("2024-03-01T12:00:00.5-05:00", ISO, 12),
        ("Fri, 01 Mar 2024 12:00:00 -0500", "%a, %d %b %Y %H:%M:%S %z", 12),
        ("Fri Mar 01 12:00:00 -0500 2024", "%a %b %d %H:%M:%S %z %Y", 12),
    ],
)
def test_a_local_time_is_what_the_clock_showed(text: str, form: str, hour: int) -> None:
    local = local_dates(pa.array([text]), form)[0]
    assert int(str(local)[11:13]) == hour
    assert str(local)[:10] == "2024-03-01"
    assert not np.isnat(dates(pa.array([text]), form)[0])
