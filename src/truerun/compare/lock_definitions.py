"""Whether dvc.lock speaks of the stages that dvc.yaml defines: of their commands and their files.

DVC would run a stage again whose entry says otherwise, but nobody who judges runs it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import product
from posixpath import normpath
from typing import Any

from truerun.base import locks
from truerun.base.nested import value_at
from truerun.comparison.comparison import LockDifference

ADDRESS = "://"  # in a path that leads to a server
MOST_ITEMS = 10_000  # of a matrix, which anybody may write as large as it likes
OUTPUTS = ("outs", "metrics", "plots")
VARIABLE = re.compile(r"(?<!\\)\$\{([^}]*)\}")
NEEDED = {"dependency": "a dependency", "output": "an output", "parameter": "a parameter"}


def differences(
    lock: Mapping[str, Any], definitions: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Iterator[LockDifference]:
    """Commands, dependencies, outputs, parameters and stages that are not those of dvc.yaml.

    Parameters
    ----------
    lock : the stages of dvc.lock.
    definitions : the content of dvc.yaml.
    parameters : the content of params.yaml, whose values dvc.yaml may name as variables.
    """
    stages = _mapping(definitions.get("stages"))
    variables = {**parameters, **_inline(definitions.get("vars"))}
    for name in map(str, stages):
        own = _mapping(stages.get(name))
        items = _items(own, variables)
        names = [f"{name}@{item}" for item in items] if items else [name]
        present = [each for each in lock if each == name or each.startswith(f"{name}@")]
        for lacking in [each for each in names if each not in lock] if present else [name]:
            yield _difference(lacking, "stage", lacking, "a stage", locks.ABSENT)
        definition = {**_mapping(own.get("do")), **own}
        stage_variables = {**variables, **_inline(definition.get("vars"))}
        for each in present if own else ():
            yield from _of_stage(each, lock[each], definition, stage_variables)


def _of_stage(
    name: str, stage: Mapping[str, Any], definition: Mapping[str, Any], variables: Mapping[str, Any]
) -> Iterator[LockDifference]:
    """Where the entry of a stage says otherwise than its definition."""
    asked, locked = _commands(definition.get("cmd")), _commands(stage.get("cmd"))
    same = len(asked) == len(locked) and all(
        _fits(other, _literals(one, variables)) for one, other in zip(asked, locked, strict=True)
    )
    if not same:
        yield _difference(name, "command", "cmd", " && ".join(asked), " && ".join(locked))
    outputs = [path for kind in OUTPUTS for path in _names(definition.get(kind))]
    for what, paths, entries in (
        ("dependency", _names(definition.get("deps")), stage.get("deps")),
        ("output", outputs, stage.get("outs")),
    ):
        local = [path for path in paths if ADDRESS not in path]
        places = [
            path for path in (str(each["path"]) for each in entries or ()) if ADDRESS not in path
        ]
        for path in local:
            if _is_known(path, variables) and not any(
                _is_at(place, path, variables) for place in places
            ):
                yield _difference(name, what, path, NEEDED[what], locks.ABSENT)
        for place in places:
            if not any(_is_at(place, path, variables) for path in local):
                yield _difference(name, what, place, locks.ABSENT, NEEDED[what])
    named = {
        normpath(file): _mapping(values) for file, values in _mapping(stage.get("params")).items()
    }
    for file, key in _parameters(definition.get("params")):
        if not VARIABLE.search(f"{file}{key}") and key not in named.get(normpath(file), {}):
            yield _difference(
                name, "parameter", f"{file}: {key}", NEEDED["parameter"], locks.ABSENT
            )


def _is_at(place: str, path: str, variables: Mapping[str, Any]) -> bool:
    """Whether a place is that of a path in dvc.yaml."""
    return _fits(normpath(place), _literals(normpath(path), variables))


def _literals(text: str, variables: Mapping[str, Any]) -> list[str]:
    """A text with its variables put in, split where a value is one that only DVC can tell.

    >>> _literals("${run}.train ${item}!", {"run": "python"})
    ['python.train ', '!']
    """
    literals = [""]
    for place, part in enumerate(VARIABLE.split(text.strip())):
        value = _value(variables, part.strip()) if place % 2 else part
        if value is None:
            literals.append("")
        else:
            literals[-1] += value
    return literals


def _fits(text: str, literals: list[str]) -> bool:
    """Whether a text is these in their order, with anything in between.

    >>> _fits("python.train all!", ["python.train ", "!"]), _fits("ab", ["ab", "b"])
    (True, False)
    """
    if len(literals) == 1:
        return text == literals[0]
    first, *middle, last = literals
    start, end = len(first), len(text) - len(last)
    if start > end or not text.startswith(first) or not text.endswith(last):
        return False
    for literal in middle:
        position = text.find(literal, start, end)
        if position < 0:
            return False
        start = position + len(literal)
    return True


def _is_known(text: str, variables: Mapping[str, Any]) -> bool:
    """Whether every variable in a text has a value here."""
    return all(_value(variables, name.strip()) is not None for name in VARIABLE.findall(text))


def _value(variables: Mapping[str, Any], name: str) -> str | None:
    """The text of a variable such as `train.seed`; None of what has no single value here."""
    value = _inside(variables, name)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _inside(variables: Mapping[str, Any], name: str) -> Any:
    return value_at(variables, *name.split("."))


def _items(definition: Mapping[str, Any], variables: Mapping[str, Any]) -> list[str]:
    """The names of the items for which a stage is repeated, as far as they are known here."""
    if "foreach" in definition:
        items = _chosen(definition["foreach"], variables)
        if isinstance(items, list) and any(isinstance(item, Mapping | list) for item in items):
            return [str(place) for place in range(len(items))]
        return [str(item) for item in items or ()] if isinstance(items, list | Mapping) else []
    axes = [_chosen(axis, variables) for axis in _mapping(definition.get("matrix")).values()]
    plain = [
        axis
        for axis in axes
        if isinstance(axis, list) and all(isinstance(item, str | int) for item in axis)
    ]
    if not axes or len(plain) < len(axes) or math.prod(map(len, plain)) > MOST_ITEMS:
        return []
    return ["-".join(map(str, items)) for items in product(*plain)]


def _chosen(value: Any, variables: Mapping[str, Any]) -> Any:
    """What a variable holds that is all of a text; else the value as it is."""
    whole = VARIABLE.fullmatch(value) if isinstance(value, str) else None
    return _inside(variables, whole[1].strip()) if whole else value


def _inline(entries: Any) -> dict[str, Any]:
    """The variables that a list of dvc.yaml defines, beside files of them."""
    listed = entries if isinstance(entries, list) else []
    return {
        str(key): value
        for each in listed
        if isinstance(each, Mapping)
        for key, value in each.items()
    }


def _commands(value: Any) -> list[str]:
    return [str(each).strip() for each in (value if isinstance(value, list) else [value or ""])]


def _names(entries: Any) -> list[str]:
    """The names in a list of dvc.yaml, whose entries may be mappings from names to more."""
    listed = entries if isinstance(entries, list) else []
    names = [entry if isinstance(entry, Mapping) else [entry] for entry in listed]
    return [str(name) for each in names for name in each]


def _parameters(entries: Any) -> Iterator[tuple[str, str]]:
    """The keys that a stage reads, with their files; not those of a whole file."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            for file, keys in entry.items():
                yield from (
                    (str(file), str(key)) for key in (keys if isinstance(keys, list) else ())
                )
        else:
            yield "params.yaml", str(entry)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _difference(stage: str, kind: str, name: str, expected: str, actual: str) -> LockDifference:
    return LockDifference(stage=stage, kind=kind, name=name, expected=expected, found=actual)
