"""Whether dvc.lock speaks of the commit: of its stages, code, data, parameters and results.

DVC says so of a working tree, unless it is told not to look: a stage that is frozen, a dependency
that was taken out of dvc.yaml, a file that Git was told to assume unchanged. So the files are taken
from the commit, and hashed here as DVC does.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any

from truerun.base import locks
from truerun.base.yaml_text import plain
from truerun.compare import lock_definitions
from truerun.comparison.comparison import LockDifference

ABSENT = locks.ABSENT
VARIABLE = "${"  # in a path of dvc.yaml, for DVC to replace
ADDRESS = "://"  # in a path that leads to a server


@dataclass(frozen=True)
class _Commit:
    """The files of a commit, and the hashes of what DVC brings or a stage makes, by their paths."""

    folder: Path
    tracked: frozenset[str]
    brought: Mapping[str, str | None]
    made: Mapping[str, str | None]

    def hash_of(self, path: str) -> str | None:
        """DVC's hash of a file or a folder; None if the commit does not say what is in it."""
        if path in self.tracked:
            return _md5((self.folder / path).read_bytes())
        if path in self.brought or path in self.made:
            return self.brought.get(path) or self.made.get(path)
        whole = [*self.made, *(name for name, md5 in self.brought.items() if _is_folder(md5))]
        if any(_is_below(path, one) or _is_below(one, path) for one in whole):
            return None
        below = {
            **{name: _md5((self.folder / name).read_bytes()) for name in self._below(path)},
            **{name: str(md5) for name, md5 in self.brought.items() if _is_below(name, path)},
        }
        return _md5_of_folder(path, below) if below else ABSENT

    def hash_in_git(self, path: str) -> str | None:
        """DVC's hash of a file or a folder of which Git holds something; None if it holds none."""
        if path in self.tracked:
            return _md5((self.folder / path).read_bytes())
        below = {name: _md5((self.folder / name).read_bytes()) for name in self._below(path)}
        return _md5_of_folder(path, below) if below else None

    def parameters(self, path: str) -> dict[str, Any] | None:
        """What a file of parameters holds; None if a stage makes it."""
        if path in self.tracked:
            return plain(self.folder / path)
        return None if path in self.made else {}

    def _below(self, path: str) -> Iterator[str]:
        return (name for name in self.tracked if _is_below(name, path))


def differences(folder: Path, tracked: Iterable[str]) -> list[LockDifference]:
    """Where the inputs of the stages in dvc.lock are not those that a commit holds.

    Parameters
    ----------
    folder : the files of the commit, or those that may become one.
    tracked : their names, relative to the folder; of links to nowhere and of repositories within
        the repository there is nothing to read.

    Raises
    ------
    LockError
        If dvc.lock cannot be read.
    """
    lock = locks.load(folder / "dvc.lock")
    definitions = plain(folder / "dvc.yaml")
    stages = _mapping(definitions.get("stages"))
    # DVC leaves stages in the lock that are gone from dvc.yaml.
    defined = {
        name: definition
        for name in lock
        if (definition := _definition(stages, name)) and VARIABLE not in str(definition.get("wdir"))
    }
    files = frozenset(name for name in tracked if (folder / name).is_file())
    commit = _Commit(
        folder,
        files,
        _brought(folder, files),
        {
            _place(definition, out["path"]): out.get("md5")
            for name, definition in defined.items()
            for out in lock[name].get("outs", ())
        },
    )
    wrong: list[LockDifference] = []
    for name, definition in defined.items():
        wrong += _dependencies(name, lock[name], definition, commit)
        wrong += _parameters(name, lock[name], definition, commit)
        wrong += _outputs(name, lock[name], definition, commit)
    parameters = commit.parameters("params.yaml") or {}
    # A file that is not there is both: one difference is enough.
    wrong_names = {(one.stage, one.name) for one in wrong}
    wrong += [
        one
        for one in lock_definitions.differences(lock, definitions, parameters)
        if (one.stage, one.name) not in wrong_names
    ]
    return wrong


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
        _difference(change.stage, "output", change.name, change.expected, change.actual)
        for change in locks.differences(
            {name: base[name] for name in same}, {name: head[name] for name in same}
        )
    ]


def _dependencies(
    name: str, stage: Mapping[str, Any], definition: Mapping[str, Any], commit: _Commit
) -> Iterator[LockDifference]:
    """Files and folders that a lock names with other contents, or that it does not name."""
    named = {entry["path"]: entry.get("md5") for entry in stage.get("deps", ())}
    asked = [path for path in _listed(definition.get("deps")) if VARIABLE not in path]
    for path in dict.fromkeys([*named, *asked]):
        if ADDRESS in path:
            continue
        expected, actual = commit.hash_of(_place(definition, path)), named.get(path, ABSENT)
        if expected is None and path not in named:
            expected = "a dependency"
        if expected is not None and expected != actual:
            yield _difference(name, "dependency", path, expected, actual)


def _parameters(
    name: str, stage: Mapping[str, Any], definition: Mapping[str, Any], commit: _Commit
) -> Iterator[LockDifference]:
    """Parameters that a lock names with other values than the commit's files have."""
    for file, values in stage.get("params", {}).items():
        content = commit.parameters(_place(definition, file))
        if content is None:
            continue
        for key, value in _mapping(values).items():
            chosen: Any = content
            for part in str(key).split("."):
                chosen = _inside(chosen, part)
            before, after = locks.leaves(chosen, key), locks.leaves(value, key)
            for leaf in dict.fromkeys([*before, *after]):
                # As texts: true is not 1, and what is not a number is the same as itself.
                sides = [repr(side.get(leaf, ABSENT)) for side in (before, after)]
                if sides[0] != sides[1]:
                    yield _difference(name, "parameter", f"{file}: {leaf}", *sides)


def _outputs(
    name: str, stage: Mapping[str, Any], definition: Mapping[str, Any], commit: _Commit
) -> Iterator[LockDifference]:
    """Results in Git, which DVC does not keep, that are not those of the run."""
    for out in stage.get("outs", ()):
        actual = commit.hash_in_git(_place(definition, out["path"]))
        if "md5" in out and actual is not None and actual != out["md5"]:
            yield _difference(name, "output", out["path"], str(out["md5"]), actual)


def _inside(value: Any, part: str) -> Any:
    """What a mapping or a list has under one part of a parameter's name."""
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return value.get(part) if isinstance(value, dict) else None


def _definition(stages: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The stage of dvc.yaml by that name, or the one that is repeated as NAME@ITEM."""
    stage = _mapping(stages.get(name) or stages.get(name.partition("@")[0]))
    return _mapping(stage.get("do")) or stage


def _place(definition: Mapping[str, Any], path: str) -> str:
    """A path of a stage from the project's folder on, written in one way."""
    return normpath(f"{definition.get('wdir') or '.'}/{path}")


def _brought(folder: Path, tracked: Iterable[str]) -> dict[str, str | None]:
    """Hashes of what the .dvc files of a commit bring, such as the raw files, by their places."""
    return {
        normpath(f"{Path(name).parent.as_posix()}/{out.get('path')}"): out.get("md5")
        for name in tracked
        if name.endswith(".dvc")
        for out in _list(plain(folder / name).get("outs"))
        if isinstance(out, Mapping)
    }


def _listed(entries: Any) -> list[str]:
    """The names in a list of dvc.yaml, whose entries may be mappings from names to more."""
    names = [entry if isinstance(entry, Mapping) else [entry] for entry in _list(entries)]
    return [str(name) for each in names for name in each]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_folder(md5: str | None) -> bool:
    return md5 is None or md5.endswith(".dir")


def _is_below(name: str, folder: str) -> bool:
    return folder == "." or name.startswith(f"{folder}/")


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def is_the_same(stage: str, base: Mapping[str, Any], head: Mapping[str, Any], folder: Path) -> bool:
    """Whether a stage of the head is that of the base, and its files are what the lock says.

    Parameters
    ----------
    base, head : the stages in dvc.lock.
    folder : of the head, whose files are hashed.
    """
    entry = head.get(stage)
    if entry is None or entry != base.get(stage):
        return False
    files = [*entry.get("deps", ()), *entry.get("outs", ())]
    try:
        return all(md5_of(folder / file["path"]) == file.get("md5") for file in files)
    except OSError:
        return False


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
