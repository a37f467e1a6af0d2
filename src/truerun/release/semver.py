"""Versions by Semantic Versioning 2.0.0, with the v that GTO puts before them."""

import re

PATTERN = (
    r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
WHOLE = re.compile(PATTERN, re.ASCII)

Precedence = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


def is_version(text: str) -> bool:
    """Whether a text is a version.

    >>> [is_version(text) for text in ("v1.2.0", "v1.2.0-rc.1", "1.2.0", "v1.2", "v01.2.0")]
    [True, True, False, False, False]
    """
    return WHOLE.fullmatch(text) is not None


def precedence(version: str) -> Precedence:
    """What versions are ordered by: section 11 of Semantic Versioning 2.0.0.

    Raises
    ------
    ValueError
        If it is no version.

    >>> sorted(["v1.0.0", "v1.0.0-rc.10", "v1.0.0-rc.9", "v0.9.0", "v1.0.0-rc"], key=precedence)
    ['v0.9.0', 'v1.0.0-rc', 'v1.0.0-rc.9', 'v1.0.0-rc.10', 'v1.0.0']
    """
    parts = WHOLE.fullmatch(version)
    if parts is None:
        raise ValueError(f"{version} is no version")
    major, minor, patch, before = parts.groups()
    identifiers = tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in (before.split(".") if before else ())
    )
    return int(major), int(minor), int(patch), before is None, identifiers


def next_patch(version: str) -> str:
    """The least version after one that has no other part.

    >>> next_patch("v1.2.3"), next_patch("v2.0.0-rc.1")
    ('v1.2.4', 'v2.0.0')
    """
    major, minor, patch, is_whole, _ = precedence(version)
    return f"v{major}.{minor}.{patch + is_whole}"
