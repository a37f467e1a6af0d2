"""Columns of plain numbers are read at once, and said to be what their texts say."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truerun.adopt.columns import column_profiles, plain_numbers
from truerun.adopt.columns.column_decisions import decide, key_of
from truerun.adopt.columns.spellings import MISSING
from truerun.adopt.columns.target import infer_target, merge_spellings
from truerun.adopt.request import Request

ROWS = 400
DRAWN = np.random.default_rng(5)
FRACTIONS = [f"{value:.3f}" for value in DRAWN.normal(50, 20, ROWS)]
WHOLE = [str(value) for value in DRAWN.integers(-9000, 9000, ROWS)]
ANSWERS = ["yes", "no"] * (ROWS // 2)


def read(texts, name="x"):
    """The column, if it is surely one of amounts."""
    column = pa.chunked_array([texts])
    plain = plain_numbers.read(column, MISSING, name)
    return plain if plain and plain_numbers.are_amounts(name, column, plain) else None


def decided(columns, request=Request("answer")):  # noqa: B008
    """The decisions and the key of a table, and how often its rows repeat."""
    table = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    table_columns = column_profiles.profile_columns(table, ".", request)
    target_summary = table_columns.columns[request.target].summary
    target = infer_target(
        request.target, merge_spellings(table_columns.target), target_summary, request.task
    )
    key = key_of(table_columns.columns.values(), request)
    uncounted = [
        replace(one, summary=replace(one.summary, distinct=0))
        for one in decide(table_columns.columns, target, key, request)
    ]
    return uncounted, key, table_columns.copies, table_columns.missing


@pytest.mark.parametrize("texts", [FRACTIONS, WHOLE, [f"{text}.0" for text in WHOLE]])
def test_a_column_of_numbers_is_read_as_such(texts):
    column = [None, " NA", "", *texts]
    plain = read(column)
    assert plain is not None
    assert np.isnan(plain.numbers[:3]).all()
    assert plain.numbers[3:].tolist() == list(map(float, texts))
    assert set(plain.spelled) == {"NA", ""}
    summary = plain.summary()
    assert (summary.rows, summary.missing) == (ROWS + 3, 3)
    assert (summary.low, summary.high) == (min(map(float, texts)), max(map(float, texts)))
    assert summary.whole == (texts is not FRACTIONS)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("x", ["1.5", "2.5"] * (ROWS // 2)),
        ("x", [*FRACTIONS, "a word"]),
        ("x", [*FRACTIONS, "inf"]),
        ("x", [*FRACTIONS, "999.0", "999.0", "999.0"]),
        ("x", [*map(str, range(1000, 1000 + ROWS)), "99999", "99999", "99999"]),
        ("x", [f"${text}" for text in WHOLE]),
        ("x", [*WHOLE, "007"]),
        ("x", [*WHOLE, "+7"]),
        ("x", [*WHOLE, "1e3"]),
        ("x", [*WHOLE, "01e3"]),
        ("x", [*FRACTIONS, str(2**60)]),
        ("x", ["9." + "0" * number for number in range(ROWS)]),
        ("x", [*WHOLE, "07.0"]),
        ("x", [*WHOLE, str(2**53)]),
        ("x", [str(20200101 + n % 28 + n % 12 * 100) for n in range(ROWS)]),
        ("x", [str(7 * n) for n in range(ROWS // 10)]),
        ("x", [str(n) for n in range(ROWS)]),
        *((name, WHOLE) for name in ("year", "created at", "zip", "order no", "x_1")),
        ("phone", FRACTIONS),
        ("x", [str(161101123456789 + 97 * number) for number in range(ROWS)]),
    ],
)
def test_what_could_be_anything_else_is_left_to_its_texts(name, texts):
    assert read(texts, name) is None


def test_the_fraction_of_a_number_tells_that_it_is_no_code_or_date():
    assert read([*FRACTIONS, "007"], "order no") is not None


NAMES = st.sampled_from(["x", "year", "id", "order no", "price"])
EXTRA = st.lists(
    st.sampled_from(["", "NA", "?", "999", "-1", "-999.0", "007", "1e5", "nan", "-", "0.5", "-0"]),
    max_size=8,
)


@st.composite
def columns(draw):
    """A column of mostly different numbers, in which some things are not so plain."""
    start, step = draw(st.sampled_from([-50, 0, 1, 20200101, 10**6])), draw(st.integers(1, 90))
    end = draw(st.sampled_from(["", ".0", ".25"]))
    texts = [f"{start + step * n}{end}" for n in range(ROWS - 20)]
    extra = draw(EXTRA)
    filled = texts + extra * draw(st.integers(1, 2))
    filled += filled[: ROWS - len(filled)]
    return draw(st.permutations(filled[:ROWS])) if draw(st.booleans()) else filled[:ROWS]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(NAMES, columns(), st.booleans())
def test_the_decisions_are_those_that_the_texts_lead_to(monkeypatch, name, texts, again):
    table = {"answer": ANSWERS, "other": FRACTIONS, name: texts}
    if again:
        table["same"] = texts
    at_once = decided(table)
    with monkeypatch.context() as patched:
        patched.setattr(plain_numbers, "read", lambda *_: None)
        assert decided(table) == at_once


def test_a_column_that_repeats_the_target_is_left_out_however_it_is_read():
    decisions, *_ = decided(
        {"y": FRACTIONS, "same": FRACTIONS, "other": WHOLE}, Request("y", "regression")
    )
    assert [one.kind for one in decisions] == ["target", "duplicate", "number"]


def kind(columns, name, request=Request("answer")):  # noqa: B008
    """What a column of the table is decided to be."""
    decisions, *_ = decided({"answer": ANSWERS, **columns}, request)
    return next(one.kind for one in decisions if one.column == name)


@pytest.mark.parametrize("texts", [FRACTIONS, WHOLE, ANSWERS, ["a", "b", "c", "d"] * (ROWS // 4)])
@pytest.mark.parametrize("place", [0, 1, ROWS - 1])
def test_one_row_tells_two_columns_apart(texts, place):
    other = [*texts[:place], "77.7", *texts[place + 1 :]]
    assert kind({"a": texts, "b": other, "c": FRACTIONS[::-1]}, "b") != "duplicate"
    assert kind({"a": texts, "b": texts, "c": FRACTIONS[::-1]}, "b") == "duplicate"


def test_a_number_is_the_same_however_it_is_written():
    for texts in ([f"{one}.0" for one in WHOLE], [f" {one}" for one in WHOLE]):
        assert kind({"n": WHOLE, "m": texts}, "m") == "duplicate"


def test_a_code_is_not_the_number_that_is_written_alike():
    code = [f"{'0' * (number % 2)}{number}" for number in range(100, 100 + ROWS)]
    number = [text.lstrip("0") for text in code]
    assert kind({"number": number, "code": code, "x": FRACTIONS}, "code") == "identifier"


@pytest.mark.parametrize(("other", "expected"), [("-1", "number"), ("", "duplicate")])
def test_what_the_user_calls_missing_is_missing_wherever_columns_are_compared(other, expected):
    some, request = FRACTIONS[:-9], Request("answer", missing={"a": ("-1",)})
    assert kind({"a": [*some, *["-1"] * 9], "b": [*some, *[other] * 9]}, "b", request) == expected


def test_what_the_user_calls_missing_leaves_minus_a_class_beside_plus():
    request = Request("t", missing={"t": ("unknown",)})
    decisions, _, _, missing = decided(
        {"t": ["+", "-", "unknown"] * (ROWS // 3), "x": FRACTIONS[: ROWS // 3 * 3]}, request
    )
    assert decisions[0].reason.startswith("binary")
    assert "-" not in missing


def test_rows_that_repeat_are_counted_among_numbers():
    twice = {"answer": ["yes"] * ROWS + ["no"] * ROWS, "x": FRACTIONS * 2, "n": WHOLE * 2}
    assert decided(twice)[2] == (ROWS, ROWS)
    twice["x"] = [*FRACTIONS, *FRACTIONS[:-1], "-0.25"]
    assert decided(twice)[2] == (ROWS - 1, ROWS - 1)


def test_whole_numbers_too_large_for_a_float_are_told_apart():
    pairs = [str(2**60 + number // 2) for number in range(ROWS)]
    assert decided({"answer": ANSWERS, "x": ["1", "2"] * (ROWS // 2), "n": pairs})[2] == (0, 0)
