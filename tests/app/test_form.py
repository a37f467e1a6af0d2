"""Fields of a form and rows of files, by what a service says that a row may hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.app import form
from truerun.app.form import Field
from truerun.base.errors import AppError

AGE = Field("age", is_number=True, is_whole=True, is_needed=True, default=3, ends=(0.0, 90.0))
CITY = Field("city", is_number=False, is_whole=False, is_needed=False, default=None)


def openapi(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    body = {"content": {"application/json": {"example": {"age": 3}}}}
    return {
        "components": {"schemas": {"Row": {"properties": properties, "required": required}}},
        "paths": {"/v1/predict": {"post": {"requestBody": body}}},
    }


def test_fields_say_what_a_column_takes_and_needed_ones_come_first() -> None:
    properties = {
        "city": {"type": ["string", "null"], "enum": ["Oslo", "Bergen", None]},
        "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "age": {"type": "integer", "minimum": 0, "maximum": 90},
        "paid": {"type": ["string", "number", "boolean", "null"], "minimum": 0, "maximum": 30},
    }
    age, city, share, paid = form.fields(openapi(properties, ["age", "city"]))
    assert age == AGE
    assert (city.choices, city.is_needed) == (["Oslo", "Bergen"], False)
    assert (share.value("0.5"), share.value(" "), share.value("half")) == (0.5, None, "half")
    assert (age.value("7"), age.value("7.5")) == (7, "7.5")
    assert paid.value("3") == 3.0
    assert city.values() == ["Oslo", "Bergen"]
    assert share.values()[0] == 0.0
    assert share.values()[-1] == 1.0
    assert age.values() == list(range(0, 91, 3))


@pytest.mark.parametrize("answer", [{}, {"components": 3}, openapi({"a": {}}, []), []])
def test_a_description_of_something_else_is_refused(answer: Any) -> None:
    with pytest.raises(AppError, match="is not that of truerun"):
        form.fields(answer)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_file_has_its_rows_by_names_without_what_the_model_never_saw(mark: str) -> None:
    lines = (("city", "note", "age"), ("Oslo", "a", "7"), ("", "b", "old"))
    text = "\n".join(mark.join(line) for line in lines)
    rows = form.rows_of("rows.csv", text.encode("utf-8-sig"), [AGE, CITY])
    assert rows == [{"city": "Oslo", "age": 7}, {"city": None, "age": "old"}]


@given(
    st.lists(
        st.tuples(st.integers(), st.text(st.characters(exclude_categories=["Cs"]))), min_size=1
    )
)
def test_lines_of_json_are_taken_as_they_are(cells: list[tuple[int, str]]) -> None:
    rows = [{"age": age, "city": city} for age, city in cells]
    content = "\n".join(map(json.dumps, rows)).encode()
    assert form.rows_of("rows.JSONL", content, [AGE, CITY]) == rows


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"city\nOslo\n", "a.csv has no column age"),
        ("a.csv", b"", "a.csv has no column age"),
        ("a.csv", b"age,city\n", "a.csv has no rows"),
        ("a.csv", b"age\n" + b"1\n" * 10_001, "10,001 rows, and this page takes 10,000"),
        ("a.csv", b"age\n\xff\xfe\n", "cannot be read as CSV or JSON lines in UTF-8"),
        ("a.csv", b'age,city\n"7,Oslo\n', "cannot be read as CSV"),
        ("a.jsonl", b"[1]\n", "each line must be an object"),
        ("a.jsonl", b"{", "cannot be read as CSV or JSON lines"),
        ("a.jsonl", b"[" * 100_000, "cannot be read as CSV or JSON lines"),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(AppError, match=reason):
        form.rows_of(name, content, [AGE, CITY])
