"""The files that a version gives to a project, and what becomes of them in another version.

Bytes in, bytes out.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from truerun.base.errors import UpgradeError, listed
from truerun.package import locked
from truerun.package.wheel_files import Wheel
from truerun.template import texts
from truerun.upgrade.merging import merge

LOCKED = f"package/{locked.PLACE}"  # in the package
REQUIREMENTS = "requirements/"
OF_TRUERUN = f"{REQUIREMENTS}truerun.txt"

Fate = Literal[
    "renewed", "added", "removed", "merged", "in conflict", "left", "kept deleted", "migrated"
]


@dataclass(frozen=True)
class FileUpdate:
    """What becomes of a file: its new content, or None if there is none to be written.

    A file that is `left` or `kept deleted` does not change, which is told.
    """

    place: str
    fate: Fate
    content: bytes | None


def of_version(wheel: Wheel, project: str) -> dict[str, bytes]:
    """The files that a version gives to a project, but for those that are the user's then."""
    template = texts.of_package(wheel.package, project, wheel.name)
    given = {place: text.encode() for place, text in template.items() if not texts.is_users(place)}
    packed = wheel.package.get(LOCKED)
    given |= {
        REQUIREMENTS + name: text.encode()
        for name, text in (locked.unpacked(packed) if packed else {}).items()
    }
    return {**given, OF_TRUERUN: wheel.requirement.encode()}


def digest(content: bytes) -> str:
    """The hash by which a file is recognised as it was written."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Sides:
    """A project between two versions.

    `old` and `new` are the files that each version gives, `yours` those of the project at the same
    places, and `hashes` what those were written with. `names` are shown in the marks of a conflict.
    """

    old: Mapping[str, bytes]
    new: Mapping[str, bytes]
    yours: Mapping[str, bytes]
    hashes: Mapping[str, str]
    names: tuple[str, str, str]


def changes(sides: Sides) -> list[FileUpdate]:
    """What becomes of each file, by its place; a file that stays as it is is not among them.

    Raises
    ------
    UpgradeError
        If the user has another file where a new one belongs.
    """
    taken = [
        place
        for place, content in sorted(sides.new.items())
        if place not in sides.old and sides.yours.get(place, content) != content
    ]
    if taken:
        raise UpgradeError(
            f"{listed(taken)} would be overwritten by new files of truerun: move or rename"
            f" {'it' if len(taken) == 1 else 'them'} first"
        )
    decided = (_change(place, sides) for place in sorted({*sides.old, *sides.new}))
    return [change for change in decided if change is not None]


def _change(place: str, sides: Sides) -> FileUpdate | None:
    old, new, yours = (side.get(place) for side in (sides.old, sides.new, sides.yours))
    if yours is None:
        if old is None:
            return FileUpdate(place, "added", new)
        return FileUpdate(place, "kept deleted", None) if new is not None else None
    if old is None or new in (old, yours):
        return None
    is_untouched = yours == old or digest(yours) == sides.hashes.get(place)
    if new is None:
        return FileUpdate(place, "removed" if is_untouched else "left", None)
    if is_untouched:
        return FileUpdate(place, "renewed", new)
    merged = merge(old, yours, new, sides.names)
    return FileUpdate(place, "in conflict" if merged.conflict else "merged", merged.content)
