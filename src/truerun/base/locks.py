"""What differs between two versions of dvc.lock, by stage and name."""

import copy
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.error import YAMLError

from truerun.base.errors import FileError
from truerun.base.yaml_text import safe

Kind = Literal["stage", "command", "dependency", "parameter", "output"]
ENTRIES: Mapping[Kind, str] = {"dependency": "deps", "output": "outs"}
HASHES = ("md5", "etag", "checksum")  # files here, and files of a server by its kind
ABSENT = "nothing"


class LockError(FileError):
    """A dvc.lock that is missing or cannot be read."""


@dataclass(frozen=True)
class LockChange:
    """One entry that differs between two locks: `expected` in the first, `actual` in the second."""

    stage: str
    kind: Kind
    name: str
    expected: str
    actual: str


def load(path: Path) -> dict[str, Any]:
    """Read the stages of a dvc.lock."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise LockError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise LockError(f"{path} is not a lock file of DVC: it is not UTF-8") from error


def parse(text: str, name: str) -> dict[str, Any]:
    """The stages in a lock's text; `name` is used in errors.

    It is read as DVC does it: PyYAML would read yes and no as booleans.
    """
    try:
        stages: dict[str, Any] = copy.deepcopy(_read(text)["stages"])
        for stage in stages.values():
            _named(stage)
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = (
            f"{name} is not a lock file of DVC ({error!r}): `git restore` it, or run `dvc repro`"
        )
        raise LockError(message) from error
    return stages


@functools.lru_cache(maxsize=8)  # a comparison looks into the same few locks all the time
def _read(text: str) -> Any:
    return safe(text)


def outputs(stages: Mapping[str, Any]) -> list[str]:
    """The paths of all outputs in a lock."""
    return [entry["path"] for stage in stages.values() for entry in stage.get("outs", ())]


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[LockChange]:
    """Differences between the stages of two locks, in the order of the first.

    A dependency that differs because another stage's output differs is left out.
    """
    differences = []
    for stage in dict.fromkeys([*expected, *actual]):
        if stage not in expected or stage not in actual:
            sides = [ABSENT if stage not in lock else "a stage" for lock in (expected, actual)]
            differences.append(LockChange(stage, "stage", stage, *sides))
            continue
        before, after = _named(expected[stage]), _named(actual[stage])
        differences += [
            LockChange(stage, kind, name, before.get((kind, name), ABSENT), after.get(key, ABSENT))
            for key in dict.fromkeys([*before, *after])
            if before.get(key) != after.get(key)
            for kind, name in [key]
        ]
    outputs = [Path(difference.name) for difference in differences if difference.kind == "output"]
    return [
        difference
        for difference in differences
        if difference.kind != "dependency"
        or not any(Path(difference.name).is_relative_to(output) for output in outputs)
    ]


def _named(stage: Mapping[str, Any]) -> dict[tuple[Kind, str], str]:
    """The entries of a stage in a lock, by kind and name."""
    entries: dict[tuple[Kind, str], str] = {("command", "cmd"): str(stage["cmd"])}
    for kind, section in ENTRIES.items():
        for entry in stage.get(section, ()):
            entries[kind, entry["path"]] = _content(entry)
    for file, values in stage.get("params", {}).items():
        for key, value in values.items():
            names = leaves(value, key)
            entries |= {("parameter", f"{file}: {name}"): repr(v) for name, v in names.items()}
    return entries


def _content(entry: Mapping[str, Any]) -> str:
    """What a lock says of the content of a file or a folder."""
    named = [f"{name} {entry[name]}" for name in HASHES if name in entry][:1]
    if not named:
        raise ValueError(f"{entry['path']} has no hash")
    return ", ".join([*named, *(f"{entry[name]} bytes" for name in ("size",) if name in entry)])


def leaves(values: Any, prefix: str = "") -> dict[str, Any]:
    """The single values in nested mappings, by their full names.

    A key with a dot is quoted, or it could pass for a key within another.

    >>> leaves({"train": {"seed": 1}, "train.seed": 2})
    {'train.seed': 1, '"train.seed"': 2}
    """
    if not isinstance(values, Mapping) or not values:
        return {prefix: values}
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = json.dumps(str(key), ensure_ascii=False) if set('."') & set(str(key)) else str(key)
        flat |= leaves(value, f"{prefix}.{name}" if prefix else name)
    return flat
