"""What a description by OpenAPI takes away from clients, held against an older one.

Nothing of what was accepted may be refused, and nothing that was answered may be missing. What is
new is no fault: another path, a field more in an answer, a column that may be left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from truerun.base.nested import value_at

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
WIDER = {"integer": {"number"}}  # a type, and those that take all of its values
LEAST, MOST = ("minimum", "minItems", "minLength"), ("maximum", "maxItems", "maxLength")

Schema = Mapping[str, Any]


def taken_away(base: Schema, head: Schema) -> list[str]:
    """What clients of `base` would miss in `head`, a line each."""
    return list(_Difference(base, head).lines())


class _Difference:
    """Two descriptions, each with the schemas that it names."""

    def __init__(self, base: Schema, head: Schema) -> None:
        self._base, self._head = base, head

    def lines(self) -> Iterator[str]:
        """All that is taken away."""
        if self._head.get("security") and not self._base.get("security"):
            yield "a key is needed now"
        paths = _mapping(self._head, "paths")
        for path, methods in _mapping(self._base, "paths").items():
            if path not in paths:
                yield f"the path {path} is gone"
                continue
            for method in METHODS:
                if method in methods and method not in paths[path]:
                    yield f"{method.upper()} {path} is gone"
                elif method in methods:
                    operations = methods[method], paths[path][method]
                    yield from self._operation(f"{method.upper()} {path}", *operations)

    def _operation(self, name: str, base: Schema, head: Schema) -> Iterator[str]:
        kinds = [_mapping(each, "requestBody", "content") for each in (base, head)]
        yield from (
            f"{name}: {kind} is taken no more" for kind in sorted({*kinds[0]} - {*kinds[1]})
        )
        if kinds[1] and not kinds[0] and head["requestBody"].get("required"):
            yield f"{name}: a body is needed now"
        for kind in kinds[0].keys() & kinds[1].keys():
            schemas = [each[kind].get("schema", {}) for each in kinds]
            yield from self._taken(f"{name}: the body", *schemas, seen=())
        yield from self._parameters(name, base.get("parameters", ()), head.get("parameters", ()))
        replies = [_mapping(each, "responses") for each in (base, head)]
        for status, reply in replies[0].items():
            if status not in replies[1]:
                if status.startswith("2"):
                    yield f"{name}: the answer {status} is gone"
                continue
            contents = [_mapping(each, "content") for each in (reply, replies[1][status])]
            for kind in contents[0]:
                if kind not in contents[1]:
                    yield f"{name}: the answer {status} is no {kind} any more"
                    continue
                schemas = [each[kind].get("schema", {}) for each in contents]
                yield from self._said(f"{name}: the answer {status}", *schemas, seen=())

    def _parameters(
        self, name: str, base: Sequence[Schema], head: Sequence[Schema]
    ) -> Iterator[str]:
        there, now = ({(p["in"], p["name"]): p for p in each} for each in (base, head))
        for place, parameter in there.items():
            if place not in now:
                yield f"{name}: the parameter {place[1]} is gone"
                continue
            schemas = parameter.get("schema", {}), now[place].get("schema", {})
            yield from self._taken(f"{name}: the parameter {place[1]}", *schemas, seen=())
        for place in now:
            if now[place].get("required") and not there.get(place, {}).get("required"):
                yield f"{name}: the parameter {place[1]} is needed now"

    def _taken(
        self, name: str, base: Schema, head: Schema, *, seen: tuple[str, ...]
    ) -> Iterator[str]:
        """What of that which was accepted would be refused."""
        if _again(base, seen):
            return
        seen = (*seen, *_reference(base))
        base, head = self._resolved(base, head)
        is_any = not (_types(base) or "enum" in base or _alternatives(base))
        if lost := _types(base) - _all_of(_types(head)):
            yield f"{name} may be no {_or(lost)} any more"
        elif is_any and _types(head):
            yield f"{name} may only be {_or(_types(head))} now"
        yield from _narrower(name, base, head)
        if "enum" in head and (dropped := _values(base) - _values(head)):
            yield f"{name} may be {_or(dropped)} no more"
        elif "enum" in head and "enum" not in base:
            yield f"{name} may only be {_or(_values(head))} now"
        fields, now = _mapping(base, "properties"), _mapping(head, "properties")
        is_closed = head.get("additionalProperties") is False
        for field in fields:
            if field in now:
                yield from self._taken(f"{name}, {field}", fields[field], now[field], seen=seen)
            elif is_closed:
                yield f"{name}: {field} is accepted no more"
        for field in sorted({*head.get("required", ())} - {*base.get("required", ())}):
            yield f"{name}: {field} is needed now"
        yield from self._parts(self._taken, name, base, head, seen)

    def _said(
        self, name: str, base: Schema, head: Schema, *, seen: tuple[str, ...]
    ) -> Iterator[str]:
        """What of that which was answered would be missing, or another thing."""
        if _again(base, seen):
            return
        seen = (*seen, *_reference(base))
        base, head = self._resolved(base, head)
        if more := _types(head) - _all_of(_types(base)):
            yield f"{name} may be {_or(more)} now"
        yield from _more_values(name, base, head)
        fields, now = _mapping(base, "properties"), _mapping(head, "properties")
        for field in fields:
            if field in now:
                yield from self._said(f"{name}, {field}", fields[field], now[field], seen=seen)
            else:
                yield f"{name} has no {field} any more"
        for field in sorted({*base.get("required", ())} - {*head.get("required", ())}):
            if field in now:
                yield f"{name} may lack {field} now"
        yield from self._parts(self._said, name, base, head, seen)

    def _parts(
        self,
        compare: Callable[..., Iterator[str]],
        name: str,
        base: Schema,
        head: Schema,
        seen: tuple[str, ...],
    ) -> Iterator[str]:
        """Items of a list; and alternatives, for each of which there must be one still."""
        if "items" in base and "items" in head:
            yield from compare(f"{name}, an item", base["items"], head["items"], seen=seen)
        now = _alternatives(head) or [head]
        for each in _alternatives(base):
            yield from min((list(compare(name, each, one, seen=seen)) for one in now), key=len)

    def _resolved(self, base: Schema, head: Schema) -> tuple[Schema, Schema]:
        return _followed(base, self._base), _followed(head, self._head)


def _more_values(name: str, base: Schema, head: Schema) -> Iterator[str]:
    """Values of an answer that a client does not know."""
    if "enum" in base and (more := _values(head) - _values(base)):
        yield f"{name} may be {_or(more)} now"
    elif "enum" in base and "enum" not in head:
        yield f"{name} may be anything now"


def _narrower(name: str, base: Schema, head: Schema) -> Iterator[str]:
    """Bounds that are closer than they were."""
    for bound in LEAST:
        if bound in head and (bound not in base or head[bound] > base[bound]):
            yield f"{name}: {bound} is {head[bound]} now, and was {base.get(bound, 'none')}"
    for bound in MOST:
        if bound in head and (bound not in base or head[bound] < base[bound]):
            yield f"{name}: {bound} is {head[bound]} now, and was {base.get(bound, 'none')}"
    if "pattern" in head and head["pattern"] != base.get("pattern"):
        yield f"{name}: the pattern is {head['pattern']} now, and was {base.get('pattern', 'none')}"
    if "format" in head and head["format"] != base.get("format"):
        yield f"{name}: the format is {head['format']} now, and was {base.get('format', 'none')}"


def _followed(schema: Schema, whole: Schema) -> Schema:
    """A schema, be it there or named."""
    for _ in range(len(_mapping(whole, "components", "schemas")) + 1):
        names = _reference(schema)
        if not names:
            break
        schema = _mapping(whole, "components", "schemas", names[0])
    return schema


def _reference(schema: Schema) -> tuple[str, ...]:
    """The name that a schema refers to, if it does."""
    named = schema.get("$ref")
    return (named.rpartition("/")[2],) if isinstance(named, str) else ()


def _again(schema: Schema, seen: tuple[str, ...]) -> bool:
    """Whether a schema names one that it is a part of."""
    return bool({*_reference(schema)} & {*seen})


def _alternatives(schema: Schema) -> list[Schema]:
    return [each for kind in ("oneOf", "anyOf") for each in schema.get(kind, ())]


def _types(schema: Schema) -> set[str]:
    """The types that a schema names; none if it takes any."""
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else set(named)


def _all_of(types: set[str]) -> set[str]:
    """All types whose values these take; any, if none is named."""
    if not types:
        return {"string", "number", "integer", "boolean", "null", "object", "array"}
    return types | {name for name, wider in WIDER.items() if wider & types}


def _values(schema: Schema) -> set[str]:
    return {repr(value) for value in schema.get("enum", ())}


def _mapping(content: Any, *names: str) -> Mapping[str, Any]:
    """What lies at a path of keys, if it is a mapping."""
    there = value_at(content, *names)
    return there if isinstance(there, Mapping) else {}


def _or(values: set[str]) -> str:
    return " or ".join(sorted(values))
