"""Rows of a request are read the same, whether a quick look suffices or each value is looked at."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truerun.serve import request_json

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.from_regex(
        r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
    ),
    st.sampled_from(["NaN", "Infinity", "-Infinity", str(2**63), str(2**63 - 1), str(-(2**63))]),
)
TEXTS = st.one_of(st.text(), st.sampled_from(["a", "\0", "é", "\ud800"])).map(json.dumps)
VALUES = st.one_of(NUMBERS, TEXTS, st.sampled_from(["null", "true", "false", "[1]", "{}"]))


@example([('"a"', str(2**63))])
@example([('"a"', f"{'9' * 309}.0")])
@example([('"a"', "1e309")])
@example([('"\\u0000"', "1")])
@example([('"a"', "1"), ('"a"', "2")])
@given(st.lists(st.tuples(TEXTS, VALUES), max_size=6))
def test_a_quick_look_says_nothing_else(cells: list[tuple[str, str]]) -> None:
    body = f"{{{','.join(f'{name}:{value}' for name, value in cells)}}}".encode()

    def read() -> Any:
        return request_json.rows(body, 1)

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request_json, "_are_plain", lambda _: False)
        assert read() == quick
