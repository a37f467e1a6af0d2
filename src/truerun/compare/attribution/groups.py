"""What differs between two revisions and can move a metric, in groups that go together.

What a stage reads stands in dvc.lock, so that is where groups come from: raw data, contract, code
by the stage that reads it, parameters by section. What no stage reads belongs to no group.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any, Literal

from truerun.base import locks, paths
from truerun.base.yaml_text import plain
from truerun.compare import causes
from truerun.compare.commits import git
from truerun.compare.revision import Revision
from truerun.package import vendored

MOST = 4  # groups, which have 16 combinations
DVC_YAML = "dvc.yaml"
LISTS = ("deps", "params")  # of a stage: what it reads
LOCKED_PACKAGE = Path("requirements/truerun.txt")  # the line that installs truerun
SHARED = ""  # in place of the one stage that reads a file

Kind = Literal["data", "contract", "code", "parameters"]


@dataclass(frozen=True)
class Group:
    """Changes that go together.

    `files` and `sections` of params.yaml are what is laid over the base; `changes` says in names
    what differs in them; `stages` read them.
    """

    name: str
    kind: Kind
    changes: tuple[str, ...]
    stages: frozenset[str]
    files: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


def differing(base: Revision, head: Revision) -> list[Group]:
    """The groups of what differs between two revisions."""
    sides = _Sides(base, head)
    return [
        *_data(sides),
        *_contract(sides),
        *_package(sides),
        *_code(sides),
        *_parameters(sides),
    ]


def at_most(groups: Sequence[Group], most: int = MOST) -> tuple[list[Group], list[str]]:
    """No more groups than that: parameters are put together first, then code.

    Returns
    -------
    The groups, and a sentence for each time that some were put together.
    """
    left, notes = list(groups), []
    kinds: tuple[Kind, ...] = ("parameters", "code")
    for kind in kinds:
        together = [group for group in left if group.kind == kind]
        if len(left) > most and len(together) > 1:
            place = left.index(together[0])
            left = [group for group in left if group.kind != kind]
            left.insert(place, _together(kind, kind, together))
            names = ", ".join(group.name for group in together)
            notes.append(f"put together as {kind}, since more than {most} groups differ: {names}")
    return left, notes


def stages_of(side: Revision) -> dict[str, Any]:
    """The stages of dvc.lock that dvc.yaml defines, with paths from the project's folder on.

    DVC leaves stages in the lock that are gone.
    """
    stages = plain(side.folder / DVC_YAML).get("stages")
    defined = stages if isinstance(stages, dict) else {}
    return {
        name: {**entry, **{kind: _placed(entry, kind, definition) for kind in ("deps", "outs")}}
        for name, entry in side.lock().items()
        if isinstance(definition := defined.get(_defined(name)), dict)
    }


def dvc_files(folder: Path) -> list[str]:
    """The .dvc files of a revision."""
    listing = ("--cached", "--others", "--exclude-standard", "-z", "--", "*.dvc")
    names = git("ls-files", *listing, folder=folder).split("\0")[:-1]
    return sorted(name for name in set(names) if (folder / name).is_file())


def stages_reached(groups: Sequence[Group], stages: Mapping[str, Any]) -> list[int]:
    """For each of the stages the groups that reach it, through others too, as bits."""
    reached = {
        name: sum(1 << number for number, one in enumerate(groups) if _defined(name) in one.stages)
        for name in stages
    }
    for _ in stages:  # a way through all stages has no more steps than there are stages
        for name, stage in stages.items():
            for earlier, other in stages.items():
                outs = _paths(other, "outs")
                if any(_meets(out, dep) for out in outs for dep in _paths(stage, "deps")):
                    reached[name] |= reached[earlier]
    return list(reached.values())


class _Sides:
    """Two revisions, and what their stages read."""

    def __init__(self, base: Revision, head: Revision) -> None:
        self.both = base, head
        self.stages = stages_of(base), stages_of(head)
        self.dvc_files = sorted({*dvc_files(base.folder), *dvc_files(head.folder)})
        self.brought = {
            (Path(file).parent / path).as_posix()
            for file in self.dvc_files
            for side in self.both
            for path in causes.raw_files(side.settings(Path(file)))
        }

    def differs(self, file: Path | str) -> bool:
        """Whether a file is not the same on both sides, or only on one."""
        before, after = (side.folder / file for side in self.both)
        if before.is_file() and after.is_file():
            return before.read_bytes() != after.read_bytes()
        return before.is_file() or after.is_file()

    def readers(self, *read: str) -> frozenset[str]:
        """The stages with a dependency that is one of some paths, or in it, or around it."""
        return frozenset(
            _defined(stage)
            for stages in self.stages
            for stage, entry in stages.items()
            if any(_meets(path, one) for path in _paths(entry, "deps") for one in read)
        )

    def code(self) -> Iterator[tuple[str, str]]:
        """Stages, each with a file that it reads, which is in Git and no settings of ours."""
        for stages in self.stages:
            elsewhere = [str(paths.SCHEMA), *self.brought, *locks.outputs(stages)]
            for stage, entry in stages.items():
                others = set(entry.get("params") or {}) - {str(paths.PARAMS), str(paths.MARKS)}
                for path in [*_paths(entry, "deps"), *others]:
                    if not any(_meets(path, other) for other in elsewhere):
                        for side in self.both:
                            yield from ((stage, file) for file in _files(side.folder, path))


def _data(sides: _Sides) -> Iterator[Group]:
    changed = [file for file in sides.dvc_files if sides.differs(file)]
    if changed:
        listed = [
            change.path
            for file in changed
            for change in causes.files(
                *(causes.raw_files(side.settings(Path(file))) for side in sides.both)
            )
        ]
        readers = sides.readers(*sides.brought)
        yield Group("raw data", "data", tuple(listed), readers, tuple(changed))


def _contract(sides: _Sides) -> Iterator[Group]:
    if sides.differs(paths.SCHEMA):
        path = str(paths.SCHEMA)
        lines = causes.settings(*(side.settings(paths.SCHEMA) for side in sides.both))
        names = tuple(line.name for line in lines)
        yield Group("contract", "contract", names, sides.readers(path), (path,))


def _package(sides: _Sides) -> Iterator[Group]:
    """Truerun itself, if stages read other code in it; with the wheels that hold the code."""
    before, after = (
        {_defined(stage): (entry.get("params") or {}).get(str(paths.MARKS)) for stage, entry in its}
        for its in (stages.items() for stages in sides.stages)
    )
    reached = {stage for stage in {*before, *after} if before.get(stage) != after.get(stage)}
    if reached:
        wheels = {
            wheel.relative_to(side.folder).as_posix()
            for side in sides.both
            for wheel in vendored.wheels(side.folder)
        }
        files = filter(sides.differs, [str(paths.MARKS), str(LOCKED_PACKAGE), *sorted(wheels)])
        versions = causes.package(*(side.settings(paths.MARKS) for side in sides.both))
        changes = [f"truerun {change.base} → {change.head}" for change in versions] or ["truerun"]
        yield Group("package truerun", "code", tuple(changes), frozenset(reached), tuple(files))


def _code(sides: _Sides) -> list[Group]:
    """A group for each stage with code of its own that differs, and one for what stages share.

    Where the definitions of stages differ in more than what these read, all code goes with them.
    """
    readers: dict[str, set[str]] = {}
    for stage, file in sides.code():
        readers.setdefault(file, set()).add(_defined(stage))
    files: dict[str, list[str]] = {}
    for file in filter(sides.differs, sorted(readers)):
        owner = next(iter(readers[file])) if len(readers[file]) == 1 else SHARED
        files.setdefault(owner, []).append(file)
    order = [SHARED, *dict.fromkeys(_defined(name) for stages in sides.stages for name in stages)]
    groups = [
        Group(
            f"code of {owner}" if owner else "shared code",
            "code",
            tuple(files[owner]),
            frozenset().union(*(readers[file] for file in files[owner])),
            tuple(files[owner]),
        )
        for owner in order
        if owner in files
    ]
    before, after = map(_definitions, sides.both)
    if before != after:
        stages = Group("stages", "code", (DVC_YAML,), frozenset(order[1:]), (DVC_YAML,))
        return [_together("code and stages" if groups else "stages", "code", [stages, *groups])]
    return groups


def _parameters(sides: _Sides) -> Iterator[Group]:
    """A group for each section of params.yaml that differs and that a stage reads."""
    readers: dict[str, set[str]] = {}
    for stages in sides.stages:
        for stage, entry in stages.items():
            for key in (entry.get("params") or {}).get(str(paths.PARAMS)) or {}:
                readers.setdefault(str(key).partition(".")[0], set()).add(_defined(stage))
    before, after = (side.settings(paths.PARAMS) for side in sides.both)
    for section in dict.fromkeys([*after, *before]):
        of_it = [{section: side[section]} if section in side else {} for side in (before, after)]
        if section in readers and of_it[0] != of_it[1]:
            names = tuple(change.name for change in causes.settings(*of_it))
            its = frozenset(readers[section])
            name = f"parameters of {section}"
            yield Group(name, "parameters", names, its, sections=(section,))


def _together(name: str, kind: Kind, groups: Sequence[Group]) -> Group:
    return Group(
        name,
        kind,
        tuple(change for group in groups for change in group.changes),
        frozenset().union(*(group.stages for group in groups)),
        tuple(file for group in groups for file in group.files),
        tuple(section for group in groups for section in group.sections),
    )


def _definitions(side: Revision) -> dict[str, Any]:
    """The content of dvc.yaml that makes outputs, without what stages read."""
    content = plain(side.folder / DVC_YAML)
    stages = content.get("stages")
    bare = {
        name: _bare(stage)
        for name, stage in (stages.items() if isinstance(stages, dict) else ())
        if isinstance(stage, dict)
    }
    return {"vars": content.get("vars"), "stages": bare}


def _bare(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _bare(value) if key == "do" and isinstance(value, dict) else value
        for key, value in stage.items()
        if key not in (*LISTS, "desc", "meta")
    }


def _defined(stage: str) -> str:
    """The name in dvc.yaml of a stage of dvc.lock, which may be one of a stage's items."""
    return stage.partition("@")[0]


def _placed(
    stage: Mapping[str, Any], kind: str, definition: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The dependencies or outputs of a stage, with paths from the project's folder on."""
    folder = str(definition.get("wdir") or ".")
    return [
        {**entry, "path": normpath(f"{folder}/{entry['path']}")} for entry in stage.get(kind) or ()
    ]


def _paths(stage: Mapping[str, Any], kind: str) -> list[str]:
    return [str(entry["path"]) for entry in stage.get(kind) or ()]


def _meets(one: str, other: str) -> bool:
    """Whether two paths are one, or one is in the other."""
    return Path(one).is_relative_to(other) or Path(other).is_relative_to(one)


def _files(folder: Path, path: str) -> Iterable[str]:
    """A file, or the files of a folder, that are there."""
    place = folder / path
    if place.is_file():
        return [path]
    return [
        file.relative_to(folder).as_posix()
        for file in place.rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    ]
