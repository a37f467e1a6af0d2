"""Versions of truerun, in their order."""

import re

from truerun.base.errors import PackageError

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def order(version: str) -> tuple[int, ...]:
    """What versions are sorted by.

    >>> order("0.10.0") > order("0.9.1")
    True
    """
    numbers = VERSION.fullmatch(version)
    if numbers is None:
        raise PackageError(f"{version!r} is no version of truerun: those are such as 1.2.3")
    return tuple(map(int, numbers.groups()))


def lies_between(version: str, old: str, new: str) -> bool:
    """Whether a version is newer than the old one, and no newer than the new one."""
    return order(old) < order(version) <= order(new)
