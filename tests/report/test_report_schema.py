"""What is read of a comparison: nothing but what its schema, that of the models, allows."""

import copy
import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests import comparisons, schema_values
from truerun.comparison.comparison import Comparison
from truerun.report import schema

EXAMPLE = comparisons.as_json(comparisons.comparison())
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.sampled_from(["better", "x" * 201, "x" * 1001, comparisons.BASE]),
    st.sampled_from([[], {}, [0.5, 0.5], {"missing": "why"}]),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value with each of its keys or positions."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, part in parts:
        found.append((value, key))
        if isinstance(part, dict | list):
            found += places(part)
    return found


@st.composite
def damaged(draw) -> Any:
    """The example with a value replaced, left out, given twice or put where there was none."""
    value = copy.deepcopy(EXAMPLE)
    container, key = draw(st.sampled_from(places(value)))
    how = draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "replace":
        container[key] = draw(SCALARS)
    elif how == "remove":
        del container[key]
    elif isinstance(container, dict):
        container[draw(st.text(max_size=3))] = container[key]
    else:
        container.extend([container[key]] * draw(st.sampled_from([1, 30, 200])))
    return value


def allowed_by_us(value: Any) -> bool:
    try:
        schema.parsed(json.dumps(value).encode())
    except schema.ComparisonError:
        return False
    return True


def allowed_by_pydantic(value: Any) -> bool:
    try:
        Comparison.model_validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def undescribed(node: Any) -> Any:
    """A schema without what checks nothing: titles, and docstrings, which the models have."""
    if isinstance(node, list):
        return [undescribed(part) for part in node]
    if not isinstance(node, dict):
        return node
    told = [key for key in ("title", "description") if isinstance(node.get(key), str)]
    return {key: undescribed(part) for key, part in node.items() if key not in told}


def test_the_schema_is_that_of_the_models() -> None:
    text = json.dumps(undescribed(Comparison.model_json_schema()), indent=2) + "\n"
    if "RENEW_DOCS" in os.environ:
        schema.SCHEMA.write_text(text, encoding="utf-8")
    assert schema.SCHEMA.read_text(encoding="utf-8") == text, "RENEW_DOCS=1 renews it"


def test_every_keyword_of_the_schema_is_known() -> None:
    def keywords(node: Any) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(keywords, node))
        if not isinstance(node, dict):
            return set()
        named = node.get("properties", {}) | node.get("$defs", {})
        rest = [part for key, part in node.items() if key not in ("properties", "$defs", "default")]
        return set(node).union(*map(keywords, [*named.values(), *rest]))

    known = schema.CHECKS.keys() | schema.STRUCTURE | schema.DESCRIBING
    assert keywords(schema_values.SCHEMA) <= known


def test_the_example_is_read_as_it_was_written(tmp_path) -> None:
    path = comparisons.write(comparisons.comparison(), tmp_path)
    assert schema.load(path) == EXAMPLE


@pytest.mark.slow
@given(schema_values.values(st.text(max_size=5)))
def test_all_that_the_models_can_hold_is_read(value) -> None:
    assert allowed_by_pydantic(value)
    assert allowed_by_us(value)


@pytest.mark.slow
@given(damaged())
def test_what_is_damaged_is_read_only_if_the_models_allow_it(value) -> None:
    assert allowed_by_us(value) == allowed_by_pydantic(value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda c: c["metrics"]["paired"][0].update(count=-1),
            "metrics.paired.0.count: must be 0 or more",
        ),
        (
            lambda c: c["metrics"]["paired"][0].update(count=1.0),
            "metrics.paired.0.count: must be of type integer",
        ),
        (
            lambda c: c["metrics"]["paired"][0].update(count=True),
            "metrics.paired.0.count: must be of type integer",
        ),
        (lambda c: c["metrics"]["paired"][0].pop("rows"), "metrics.paired.0: lacks the key rows"),
        (lambda c: c["metrics"].update(paired=[]), "metrics.paired: must have 1 items or more"),
        (lambda c: c["base"].update(commit="af67292\n"), "base.commit: must match ^[0-9a-f]{40}$"),
        (lambda c: c["base"].update(commit=comparisons.BASE + "\n"), "base.commit: must match"),
        (
            lambda c: c["base"].update(name="x" * 201),
            "base.name: must have 200 characters or fewer",
        ),
        (lambda c: c.update(version=1), "version: must be 7"),
        (lambda c: c["gate"].update(outcome="fine"), "gate.outcome: must be one of"),
        (
            lambda c: c["decisions"].update(base_threshold=1.5),
            "decisions.base_threshold: must be 1 or less",
        ),
        (
            lambda c: c["scores"]["base_roc"].append([0.5]),
            "scores.base_roc.41: must have 2 items",
        ),
        (lambda c: c.update({"more\n::error::": 1}), r"more\\n::error::: is not a known key"),
        (lambda c: c["metrics"]["training"].update({"x" * 201: 1}), "metrics.training.xxx"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_one_line(change, told: str) -> None:
    value = copy.deepcopy(EXAMPLE)
    change(value)
    with pytest.raises(schema.ComparisonError) as error:
        schema.parsed(json.dumps(value).encode())
    assert str(error.value).startswith(told.replace("\\\\", "\\"))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("keyword", "rule", "allowed", "refused"),
    [
        ("maxLength", 3, "abc", "abcd"),
        ("minimum", 2, 2, 1),
        ("maximum", 2, 2, 3),
        ("minItems", 2, [1, 1], [1]),
        ("maxItems", 2, [1, 1], [1, 1, 1]),
        ("maxProperties", 1, {"a": 1}, {"a": 1, "b": 1}),
    ],
)
def test_a_value_at_the_limit_is_allowed_and_the_next_one_refused(
    keyword: str, rule: int, allowed: Any, refused: Any
) -> None:
    assert schema.CHECKS[keyword](allowed, rule) is None
    assert str(rule) in str(schema.CHECKS[keyword](refused, rule))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[]", "the whole: must be of type object"),
        (b"\xff{}", "byte 0 is not UTF-8"),
        (b"\xef\xbb\xbf{}", "it is not JSON"),
        (b'{"version": NaN}', "NaN is not a number of JSON"),
        (b'{"version": -Infinity}', "-Infinity is not a number of JSON"),
        (b'{"version": 1e999}', "the number 1e999 is too large"),
        (b'{"version": %s}' % (b"9" * 5000), "the number 9999"),
        (b'{"version": 1, "version": 1}', "the key version occurs twice"),
        (b'{"a": "\\ud800"}', "a text holds half of a surrogate pair"),
        (b"[" * 100_000, "it is nested too deep"),
        (b'{"a":' * 100_000, "it is nested too deep"),
        (b"[" * 900 + b"]" * 900, "the whole: must be of type object"),
        (b" " * (schema.LARGEST + 1), "it has more than 5,000,000 bytes"),
    ],
)
def test_what_is_no_json_that_says_one_thing_is_refused(
    content: bytes, told: str, tmp_path
) -> None:
    path = tmp_path / "comparison.json"
    path.write_bytes(content)
    with pytest.raises(schema.ComparisonError) as error:
        schema.load(path)
    assert f"comparison.json is not a comparison: {told}" in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_a_file_that_cannot_be_read_is_told(tmp_path) -> None:
    with pytest.raises(schema.ComparisonError, match=r"none\.json cannot be read: No such file"):
        schema.load(tmp_path / "none.json")
