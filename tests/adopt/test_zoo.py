"""What is written is what is read, whatever the file is like; or a clear error says why not."""

import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.adopt.zoo import tables
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.base.errors import TruerunError
from truerun.contract.contract import Column
from truerun.sources.table import names, source

pytestmark = pytest.mark.slow

SEEN = {  # what a column may be seen as, beside constant, empty, duplicate, identifier, personal
    "whole": {"number", "boolean", "date"},
    "number": {"number", "boolean"},
    "money": {"number"},
    "boolean": {"boolean", "number", "category"},
    "date": {"date", "number"},  # of two rows, 20200128 is a number
    "category": {"category", "boolean", "words"},
    "words": {"category", "words", "boolean", "number", "mixed"},
}
LEFT_OUT = {"constant", "empty", "duplicate", "identifier", "leak", "personal"}


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return tmp_path_factory.mktemp("zoo") / "raw"


@pytest.mark.nightly
@settings(max_examples=150)
@given(tables())
def test_what_is_written_is_what_is_read_or_an_error_says_why_not(raw, table):
    raw.mkdir(exist_ok=True)
    path = raw / "table.csv"
    path.write_bytes(table.content)
    header = names.clean(["id", *(each.name for each in table.columns), "target"])
    request = Request(target=header[-1], as_={"id": "identifier"})
    try:
        profile = profile_table(path, request)
    except TruerunError as error:
        event(f"error: {str(error).replace(str(path), '')[:40]}")
        why = str(error)
    else:
        why = None
    if why:
        assert table.rows <= 5 or "no column is left" in why
        return
    event(f"{table.rows} rows")
    prepared = source.prepare(raw, "table", profile.options)

    assert prepared.dropped == {}
    assert profile.key == ("id",)
    assert set(profile.columns) == set(prepared.rows)
    for column in profile.columns.values():
        Column.model_validate({key: value for key, value in column.items() if key != "words"})
    decisions = {each.column: each for each in profile.decisions}
    assert list(decisions) == header
    for name, column in zip(header[1:-1], table.columns, strict=True):
        kind = decisions[name].kind
        assert kind in SEEN[column.kind] | LEFT_OUT
        if (kind, column.kind) == ("number", "date"):
            assert table.rows <= 2
            continue
        if kind not in LEFT_OUT:
            check(prepared.rows[name], column, kind)


def check(read, column, kind):
    """What was read is what was written, row by row."""
    expected = column.content
    missing = [value is None for value in expected]
    assert read.isna().tolist() == missing
    known = [value for value in expected if value is not None]
    if kind == "date" and column.kind == "date":
        known = [pd.Timestamp(value, tz="UTC") for value in known]
    if kind != column.kind and "boolean" in (kind, column.kind) and column.kind != "whole":
        return  # a word of a land for yes, or a single one of the two
    assert read.dropna().tolist() == known


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_an_error(raw, content):
    raw.mkdir(exist_ok=True)
    (raw / "table.csv").write_bytes(content)
    with pytest.raises(TruerunError):
        profile_table(raw / "table.csv", Request(target="no such column"))
