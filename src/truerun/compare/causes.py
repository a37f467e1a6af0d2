"""What was changed: parameters, packages, code, and the stages that these reach."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truerun.base import locks, paths
from truerun.base.files import md5_of
from truerun.compare.shorten import Shortener
from truerun.comparison.comparison import Change, FileChange, StageChange
from truerun.package.contents import NAME

PACKAGE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)
MOST = 50  # reasons of a stage
ABSENT = locks.ABSENT
CODE = "src"
OWN_CODE = f"{paths.MARKS}: stages."  # of a stage, in the package, by its digest


def settings(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    """Keys of two settings files whose values differ, by their full names."""
    return changes(*(locks.leaves(side) if side else {} for side in (base, head)))


def packages(base: str, head: str) -> list[Change]:
    """Packages of two requirements files whose versions differ."""
    return changes(*(dict(PACKAGE.findall(text)) for text in (base, head)))


def package(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    """The version of truerun itself, if two .truerun.yaml name different ones."""
    sides = ({NAME: side["version"]} if "version" in side else {} for side in (base, head))
    return changes(*sides)


def changes(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[Change]:
    """Entries of two mappings that differ; None where a side has none.

    >>> [change] = changes({"seed": 1, "by": "time"}, {"seed": 2, "by": "time"})
    >>> change.name, change.base, change.head
    ('seed', '1', '2')
    """
    return [
        Change(name=key, base=_written(base, key), head=_written(head, key))
        for key in dict.fromkeys([*base, *head])
        if (key in base) != (key in head) or base.get(key) != head.get(key)
    ]


def stages(
    base: Mapping[str, Any],
    head: Mapping[str, Any],
    folders: tuple[Path, Path],
    shortener: Shortener,
) -> list[StageChange]:
    """Stages of which an output differs between two locks, in the head's order, and why.

    Where only an input from another stage changed, that is the reason.

    Parameters
    ----------
    folders : where the files of base and head lie.
    """
    differences = locks.differences(base, head)
    changed = []
    for stage in dict.fromkeys([*head, *base]):
        its = [difference for difference in differences if difference.stage == stage]
        if not any(difference.kind in ("output", "stage") for difference in its):
            continue
        reasons = [
            reason
            for difference in its
            if difference.kind != "output"
            for reason in _reasons(difference, folders)
        ]
        name = stage
        listed = shortener.first(reasons, MOST, f"reasons of the stage {name}")
        changed.append(StageChange(name=name, reasons=listed or ("another stage's output",)))
    return changed


def code(
    base: Mapping[str, Any], head: Mapping[str, Any], folders: tuple[Path, Path]
) -> list[FileChange]:
    """Files of code that a stage depends on, alone or by their folder, that differ."""
    sides = [
        {
            entry["path"]: entry["md5"]
            for stage in lock.values()
            for entry in stage.get("deps", ())
            if Path(entry["path"]).is_relative_to(CODE)
        }
        for lock in (base, head)
    ]
    return [
        file
        for change in files(*sides)
        for file in (_files_below(change.path, folders) or [change])
    ]


def _files_below(path: str, folders: tuple[Path, Path]) -> list[FileChange]:
    """The files of a folder of code that differ; none of anything else."""
    if not Path(path).is_relative_to(CODE) or not all(
        (folder / path).is_dir() for folder in folders
    ):
        return []
    sides = [
        {
            file.relative_to(folder).as_posix(): md5_of(file.read_bytes())
            for file in (folder / path).rglob("*")
            if file.is_file() and file.parent.name != "__pycache__"
        }
        for folder in folders
    ]
    return files(*sides)


def files(base: Mapping[str, str], head: Mapping[str, str]) -> list[FileChange]:
    """Files, with their hashes by path, that differ between the sides."""
    return [
        FileChange(
            path=path,
            change="added" if path not in base else "removed" if path not in head else "changed",
        )
        for path in sorted({*base, *head})
        if base.get(path) != head.get(path)
    ]


def _reasons(difference: locks.LockChange, folders: tuple[Path, Path]) -> list[str]:
    d = difference
    if d.kind == "stage":
        return ["removed" if d.actual == ABSENT else "new"]
    if d.kind == "parameter" and d.name.startswith(OWN_CODE):
        return [f"truerun's code of {d.name.removeprefix(OWN_CODE)}"]
    if d.kind == "parameter":
        return [f"{d.name.removeprefix('params.yaml: ')}: {d.expected} → {d.actual}"]
    if d.kind == "command":
        return ["its command"]
    return [file.path for file in _files_below(d.name, folders)] or [d.name]


def _written(values: Mapping[str, Any], key: str) -> str | None:
    """A value as the settings file would hold it."""
    if key not in values:
        return None
    value = values[key]
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def raw_files(dvc_file: Mapping[str, Any]) -> dict[str, str]:
    """Hashes by path of the files that a .dvc file lists."""
    outs: Sequence[Mapping[str, Any]] = dvc_file.get("outs") or ()
    return {str(out.get("path")): str(out.get("md5")) for out in outs}
