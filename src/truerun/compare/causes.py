"""What was changed: parameters, packages, code, and the stages that these reach."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from truerun.base import locks
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import Change, FileChange, StageChange

PACKAGE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)
MOST = 50  # reasons of a stage
ABSENT = locks.ABSENT


def settings(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    """Keys of two settings files whose values are not the same, by their full names."""
    return changed(*(locks.leaves(side) if side else {} for side in (base, head)))


def packages(base: str, head: str) -> list[Change]:
    """Packages of two requirements files that are not of the same version."""
    return changed(*(dict(PACKAGE.findall(text)) for text in (base, head)))


def changed(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    """Entries of two mappings that are not the same; None where a side has none."""
    return [
        Change(name=key[:200], base=_said(base, key), head=_said(head, key))
        for key in dict.fromkeys([*base, *head])
        if (key in base) != (key in head) or base.get(key) != head.get(key)
    ]


def stages(base: Mapping[str, Any], head: Mapping[str, Any], cut: Shortener) -> list[StageChange]:
    """Stages whose entries in two locks are not the same, in the head's order, and why.

    A stage of which nothing but the input from another stage changed has that as its reason.
    """
    told = locks.differences(base, head)
    found = []
    for stage in dict.fromkeys([*head, *base]):
        if base.get(stage) == head.get(stage):
            continue
        reasons = [_reason(d)[:1000] for d in told if d.stage == stage and d.kind != "output"]
        name = stage[:200]
        shown = cut.first(reasons, MOST, f"reasons of the stage {name}")
        found.append(StageChange(name=name, reasons=shown or ("another stage's output",)))
    return found


def code(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[FileChange]:
    """Source files that a stage depends on and that are not the same in two locks."""
    sides = [
        {
            entry["path"]: entry["md5"]
            for stage in lock.values()
            for entry in stage.get("deps", ())
            if entry["path"].endswith(".py")
        }
        for lock in (base, head)
    ]
    return files(*sides)


def files(base: Mapping[str, str], head: Mapping[str, str]) -> list[FileChange]:
    """Files, with their hashes by path, that are not the same on both sides."""
    return [
        FileChange(
            path=path[:200],
            change="added" if path not in base else "removed" if path not in head else "changed",
        )
        for path in sorted({*base, *head})
        if base.get(path) != head.get(path)
    ]


def _reason(difference: locks.LockChange) -> str:
    d = difference
    if d.kind == "stage":
        return "removed" if d.found == ABSENT else "new"
    if d.kind == "parameter":
        return f"{d.name.removeprefix('params.yaml: ')}: {d.expected} → {d.found}"
    return "its command" if d.kind == "command" else d.name


def _said(values: Mapping[str, Any], key: str) -> str | None:
    """A value as the settings file would hold it."""
    if key not in values:
        return None
    value = values[key]
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)[:1000]


def raw_files(dvc_file: Mapping[str, Any]) -> dict[str, str]:
    """Hashes by path of the files that a .dvc file lists."""
    outs: Sequence[Mapping[str, Any]] = dvc_file.get("outs") or ()
    return {str(out.get("path")): str(out.get("md5")) for out in outs}
