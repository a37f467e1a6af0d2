"""Reads a comparison that someone else wrote: its size, its JSON and its shape are checked.

comparison.schema.json is the JSON Schema of the models in truerun.comparison.comparison;
`violations` knows the keywords that it uses, and those only.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

SCHEMA = resources.files(__package__) / "comparison.schema.json"
LARGEST = 5_000_000  # bytes of a file
DIGITS = 18  # of a whole number
SHOWN = 60  # characters of a text in an error
DEFINITIONS = "#/$defs/"
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
# What is wrong with a value by a keyword and its rule; None if nothing is. A keyword for another
# type of value than it meets says nothing.
CHECKS: Mapping[str, Callable[[Any, Any], str | None]] = {
    "type": lambda value, rule: None if _is(value, rule) else f"must be of type {rule}",
    "const": lambda value, rule: None if value == rule else f"must be {rule!r}",
    "enum": lambda value, rule: None if value in rule else f"must be one of {rule}",
    "minimum": lambda value, rule: (
        f"must be {rule} or more" if _is(value, "number") and value < rule else None
    ),
    "maximum": lambda value, rule: (
        f"must be {rule} or less" if _is(value, "number") and value > rule else None
    ),
    "maxLength": lambda value, rule: (
        f"must have {rule} characters or fewer"
        if isinstance(value, str) and len(value) > rule
        else None
    ),
    "pattern": lambda value, rule: (
        f"must match {rule}" if isinstance(value, str) and not re.fullmatch(rule, value) else None
    ),
    "minItems": lambda value, rule: (
        f"must have {rule} items or more" if isinstance(value, list) and len(value) < rule else None
    ),
    "maxItems": lambda value, rule: (
        f"must have {rule} items or fewer"
        if isinstance(value, list) and len(value) > rule
        else None
    ),
    "maxProperties": lambda value, rule: (
        f"must have {rule} keys or fewer" if isinstance(value, dict) and len(value) > rule else None
    ),
    "required": lambda value, rule: next(
        (f"lacks the key {key}" for key in rule if isinstance(value, dict) and key not in value),
        None,
    ),
}
# Keywords that `violations` handles itself, and those that only describe.
STRUCTURE = {"$ref", "anyOf", "properties", "additionalProperties", "propertyNames"}
STRUCTURE |= {"items", "prefixItems"}
DESCRIBING = {"$defs", "title", "description", "default"}


class ComparisonError(Exception):
    """A file that is not a comparison; the message says in one line what is wrong, and where."""


@dataclass(frozen=True)
class Violation:
    """What breaks the schema, and where: keys and positions from the top."""

    where: tuple[str | int, ...]
    what: str

    def __str__(self) -> str:
        return f"{'.'.join(map(_shown, self.where)) or 'the whole'}: {self.what}"


def load(path: Path, schema: Traversable = SCHEMA, what: str = "a comparison") -> dict[str, Any]:
    """Read a comparison, or what another schema describes.

    Raises
    ------
    ComparisonError
        If it cannot be read, is too large, is not JSON or is not of the shape of a comparison.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ComparisonError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return parsed(content, schema)
    except ComparisonError as error:
        raise ComparisonError(f"{path} is not {what}: {error}") from error


def parsed(content: bytes, described: Traversable = SCHEMA) -> dict[str, Any]:
    """The comparison that a file holds, if it is one; or what another schema describes."""
    if len(content) > LARGEST:
        raise ComparisonError(f"it has more than {LARGEST:,} bytes")
    value = _json(content)
    schema = json.loads(described.read_text(encoding="utf-8"))
    first = next(violations(value, schema, schema["$defs"]), None)
    if first is not None:
        raise ComparisonError(str(first))
    comparison: dict[str, Any] = value
    return comparison


def violations(
    value: Any,
    schema: Mapping[str, Any] | bool,
    definitions: Mapping[str, Any],
    where: tuple[str | int, ...] = (),
) -> Iterator[Violation]:
    """All that breaks a schema; where none of several would do, what breaks the nearest."""
    if isinstance(schema, bool):
        if not schema:
            yield Violation(where, "is not a known key")
        return
    if "$ref" in schema:
        definition = definitions[schema["$ref"].removeprefix(DEFINITIONS)]
        yield from violations(value, definition, definitions, where)
    if "anyOf" in schema:
        tried = [list(violations(value, option, definitions, where)) for option in schema["anyOf"]]
        if all(tried):
            yield from max(tried, key=lambda broken: len(broken[0].where))
    for keyword, rule in schema.items():
        what = CHECKS[keyword](value, rule) if keyword in CHECKS else None
        if what:
            yield Violation(where, what)
    for key, part, rule in _parts(value, schema):
        yield from violations(part, rule, definitions, (*where, key))


def _parts(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str | int, Any, Any]]:
    """The parts of a list or an object with their places and schemas, and the keys with theirs."""
    if isinstance(value, list):
        first, rest = schema.get("prefixItems", ()), schema.get("items", True)
        for number, item in enumerate(value):
            yield number, item, first[number] if number < len(first) else rest
    elif isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for key, item in value.items():
            yield key, key, schema.get("propertyNames", True)
            yield key, item, properties.get(key, others)


def _is(value: Any, name: str) -> bool:
    """Whether a value is of a type of JSON Schema; 1.0 is not an integer here, nor is true."""
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _json(content: bytes) -> Any:
    """Parse JSON without keys that occur twice, in texts that can be written again."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise ComparisonError(f"byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise ComparisonError("a text holds half of a surrogate pair") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ComparisonError(f"it is not JSON: {error.msg} ({where})") from error
    except RecursionError as error:
        raise ComparisonError("it is nested too deep") from error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ComparisonError(f"the key {_shown(twice)} occurs twice")
    return unique


def _not_finite(name: str) -> NoReturn:
    raise ComparisonError(f"{name} is not a number of JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ComparisonError(f"the number {_shown(digits)} is too large")
    return value


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > DIGITS:
        raise ComparisonError(f"the number {_shown(digits)} is too large")
    return int(digits)


def _shown(part: str | int) -> str:
    """A key or a position in an error: never more than one line, never long."""
    text = ascii(str(part))[1:-1]
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
