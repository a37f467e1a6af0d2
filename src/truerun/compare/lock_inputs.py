"""Whether dvc.lock speaks of the commit: of its code, its data and its parameters.

DVC says so of a working tree, unless it is told not to look: a stage that is frozen, a dependency
that was taken out of dvc.yaml, a file that Git was told to assume unchanged. So the files are taken
from the commit, and hashed here as DVC does.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from truerun.base import locks, paths
from truerun.base.yaml_text import plain
from truerun.comparison.comparison import LockDifference

ABSENT = locks.ABSENT
VARIABLE = "${"  # in a path of dvc.yaml, for DVC to replace


def differences(folder: Path, tracked: Iterable[str]) -> list[LockDifference]:
    """Where the inputs of the stages in dvc.lock are not those that a commit holds.

    Parameters
    ----------
    folder : the files of the commit, and nothing that a run wrote.
    tracked : their names, relative to the folder.

    Raises
    ------
    LockError
        If dvc.lock cannot be read.
    """
    lock = locks.load(folder / "dvc.lock")
    names = sorted(tracked)
    raw = _raw(folder)
    made = {out["path"]: out["md5"] for stage in lock.values() for out in stage.get("outs", ())}
    stages = plain(folder / "dvc.yaml").get("stages") or {}

    def committed(path: str) -> str:
        if path in made:
            return str(made[path])
        if path in names:
            return _md5((folder / path).read_bytes())
        below = {name: raw[name] for name in raw if Path(name).is_relative_to(path)}
        below = below or {
            name: _md5((folder / name).read_bytes())
            for name in names
            if Path(name).is_relative_to(path)
        }
        if path in below:
            return below[path]
        return _md5_of_folder(path, below) if below else ABSENT

    found = []
    for name, stage in lock.items():
        named = {entry["path"]: str(entry["md5"]) for entry in stage.get("deps", ())}
        asked = map(str, (stages.get(name) or {}).get("deps") or ())
        for path in dict.fromkeys([*named, *(path for path in asked if VARIABLE not in path)]):
            expected = committed(path)
            if named.get(path, ABSENT) != expected:
                found.append(_difference(name, "dependency", path, expected, named.get(path)))
        found += _parameters(name, stage, folder)
    for name in stages:
        if name not in lock:
            found.append(_difference(name, "stage", name, "a stage", None))
    return found


def unexplained(base: Mapping[str, Any], head: Mapping[str, Any]) -> list[LockDifference]:
    """Outputs of stages that differ between two locks, though all that they are made from is equal.

    >>> stage = {"cmd": "train", "outs": [{"path": "model", "md5": "1", "size": 1}]}
    >>> edited = {**stage, "outs": [{"path": "model", "md5": "2", "size": 1}]}
    >>> [difference.name for difference in unexplained({"train": stage}, {"train": edited})]
    ['model']
    """
    causes = ("cmd", "deps", "params")
    same = [
        name
        for name in head
        if name in base and all(base[name].get(key) == head[name].get(key) for key in causes)
    ]
    return [
        _difference(change.stage, "output", change.name, change.expected, change.found)
        for change in locks.differences(
            {name: base[name] for name in same}, {name: head[name] for name in same}
        )
    ]


def _parameters(name: str, stage: Mapping[str, Any], folder: Path) -> Iterator[LockDifference]:
    """Parameters that a lock names with other values than the commit's files have."""
    for file, values in stage.get("params", {}).items():
        content = plain(folder / file)
        for key, value in values.items():
            chosen: Any = content
            for part in key.split("."):
                chosen = chosen.get(part) if isinstance(chosen, dict) else None
            before, after = locks.leaves(chosen, key), locks.leaves(value, key)
            for leaf in dict.fromkeys([*before, *after]):
                if before.get(leaf) != after.get(leaf):
                    sides = (repr(side.get(leaf, ABSENT)) for side in (before, after))
                    yield _difference(name, "parameter", f"{file}: {leaf}", *sides)


def _raw(folder: Path) -> dict[str, str]:
    """Hashes of the raw files, by their names below the project."""
    outs = plain(folder / paths.RAW_DVC).get("outs") or ()
    return {str(paths.RAW_DVC.parent / out["path"]): str(out["md5"]) for out in outs}


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def md5_of(path: Path) -> str:
    """DVC's hash of a file, or of all that lies in a folder."""
    if path.is_file():
        return _md5(path.read_bytes())
    files = [file for file in path.rglob("*") if file.is_file()]
    return _md5_of_folder(str(path), {str(file): _md5(file.read_bytes()) for file in files})


def _md5_of_folder(folder: str, hashes: Mapping[str, str]) -> str:
    """DVC's hash of a folder: that of the list of its files with their hashes."""
    entries = [
        {"md5": md5, "relpath": Path(name).relative_to(folder).as_posix()}
        for name, md5 in hashes.items()
    ]
    entries.sort(key=lambda entry: entry["relpath"])
    return f"{_md5(json.dumps(entries, sort_keys=True).encode())}.dir"


def _difference(
    stage: str, kind: str, name: str, expected: str, actual: str | None
) -> LockDifference:
    return LockDifference(
        stage=stage, kind=kind, name=name, expected=expected, found=actual or ABSENT
    )
