"""Values that a JSON Schema allows: any of them for hypothesis, and the fullest."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from truerun.report import schema

SCHEMA: dict[str, Any] = json.loads(schema.SCHEMA.read_text(encoding="utf-8"))
COMMIT = "af67292a" * 5
TELLING = ("anyOf", "const", "enum", "pattern", "prefixItems", "properties")


def values(text: st.SearchStrategy[str], node: Mapping[str, Any] = SCHEMA) -> st.SearchStrategy:
    """Any value, with few items in each list; `text` gives what its strings are cut from."""
    node = _definition(node)
    least = node.get("minItems", 0)
    bounds = node.get("minimum"), node.get("maximum")

    def part(inner: Mapping[str, Any]) -> st.SearchStrategy:
        return values(text, inner)

    def cut(inner: Mapping[str, Any]) -> st.SearchStrategy[str]:
        return text.map(lambda found: found[: inner["maxLength"]])

    return {
        "anyOf": lambda: st.one_of(list(map(part, node["anyOf"]))),
        "const": lambda: st.just(node["const"]),
        "enum": lambda: st.sampled_from(node["enum"]),
        "pattern": lambda: st.just(COMMIT),
        "prefixItems": lambda: st.tuples(*map(part, node["prefixItems"])).map(list),
        "properties": lambda: st.fixed_dictionaries(
            {key: part(inner) for key, inner in node["properties"].items()}
        ),
        "string": lambda: cut(node),
        "integer": lambda: (
            st.integers(*bounds) if bounds[1] else st.integers(bounds[0], 10**6) | st.just(10**17)
        ),
        "number": lambda: st.floats(*bounds, allow_nan=False, allow_infinity=False),
        "array": lambda: st.lists(part(node["items"]), min_size=least, max_size=max(2, least)),
        "object": lambda: st.dictionaries(
            cut(node["propertyNames"]), part(node["additionalProperties"]), max_size=2
        ),
        "boolean": st.booleans,
        "null": st.none,
    }[_kind(node)]()


def fullest(text: Callable[[int], str], most: int = 10**6, node: Mapping[str, Any] = SCHEMA) -> Any:
    """The value with all that there can be, at most so many items in a list.

    `text` gives a string of a greatest length.
    """
    node = _definition(node)

    def part(inner: Mapping[str, Any]) -> Any:
        return fullest(text, most, inner)

    def keys(length: int) -> list[str]:
        return [f"{n:02}{text(length)}"[:length] for n in range(min(most, node["maxProperties"]))]

    return {
        "anyOf": lambda: part(node["anyOf"][0]),
        "const": lambda: node["const"],
        "enum": lambda: node["enum"][0],
        "pattern": lambda: COMMIT,
        "prefixItems": lambda: list(map(part, node["prefixItems"])),
        "properties": lambda: {key: part(inner) for key, inner in node["properties"].items()},
        "string": lambda: text(node["maxLength"])[: node["maxLength"]],
        "integer": lambda: min(1_234_567, node.get("maximum", 1_234_567)),
        "number": lambda: node.get("maximum", -123.456789),
        "array": lambda: [part(node["items"]) for _ in range(min(most, node["maxItems"]))],
        "object": lambda: dict.fromkeys(
            keys(node["propertyNames"]["maxLength"]), part(node["additionalProperties"])
        ),
        "boolean": lambda: True,
    }[_kind(node)]()


def _definition(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference stands for."""
    name = node.get("$ref", "").removeprefix(schema.DEFINITIONS)
    found: Mapping[str, Any] = SCHEMA["$defs"][name] if name else node
    return found


def _kind(node: Mapping[str, Any]) -> str:
    """The keyword that tells what a value is made of, or its type."""
    return next((keyword for keyword in TELLING if keyword in node), node.get("type", ""))
