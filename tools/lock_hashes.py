"""Leaves in a requirements file the hashes of files that supported machines install, and no others.

`make lock` calls it. uv lists every file of a package: those for Windows, for other processors
than Intel's and ARM's of 64 bits, for PyPy, and for versions of Python that are not supported are
half of all, and a project carries its lock in the package. Source archives are left for all.
A pylock.toml, which alone says what a hash is of, leaves out some of these files, but none of ours.

Usage: python -m tools.lock_hashes requirements/run.txt pylock.toml     the same lock, with names
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packaging.utils import parse_wheel_filename

MINORS = (11, 12, 13)  # of Python 3
PLATFORMS = re.compile(
    r"any|(?:linux|manylinux|musllinux|macosx).*_(?:x86_64|aarch64|arm64|universal2)"
)
PYTHON = re.compile(r"(?:cp|py)3(\d*)|py2\.py3")
HASH = re.compile(r" \\\n    --hash=sha256:([0-9a-f]{64})")
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def main() -> None:
    """Write the requirements file anew."""
    requirements, pylock = map(Path, sys.argv[1:])
    kept = of_ours(tomllib.loads(pylock.read_text(encoding="utf-8")))
    text = only(requirements.read_text(encoding="utf-8"), kept)
    requirements.write_text(text, encoding="utf-8", newline="\n")


def of_ours(pylock: Mapping[str, Any]) -> set[str]:
    """The hashes of wheels that a supported machine installs, and of all source archives."""
    packages = pylock["packages"]
    wheels = {
        wheel["hashes"]["sha256"]
        for package in packages
        for wheel in package.get("wheels", ())
        if is_for_us(Path(urlsplit(wheel["url"]).path).name)
    }
    return wheels | {each["sdist"]["hashes"]["sha256"] for each in packages if "sdist" in each}


def is_for_us(wheel: str) -> bool:
    """Whether a wheel is for Linux or macOS, and a version of Python that is supported.

    >>> is_for_us("a-1.0-py3-none-any.whl"), is_for_us("a-1.0-cp39-abi3-macosx_11_0_arm64.whl")
    (True, True)
    >>> is_for_us("a-1.0-cp311-cp311-win_amd64.whl"), is_for_us("a-1.0-cp314-cp314-any.whl")
    (False, False)
    """
    for tag in parse_wheel_filename(wheel)[3]:
        version = PYTHON.fullmatch(tag.interpreter)
        minor = int(version[1] or 0) if version else None
        is_stable = tag.abi in ("abi3", "none")
        runs = minor in MINORS or (is_stable and minor is not None and minor <= max(MINORS))
        is_plain = tag.abi in ("abi3", "none", tag.interpreter)  # not that of free threads
        if runs and is_plain and PLATFORMS.fullmatch(tag.platform):
            return True
    return False


def only(requirements: str, kept: set[str]) -> str:
    """The requirements with some hashes alone; a package that would lose all keeps what it has."""
    blocks = ENTRY.split(requirements)
    return "".join(
        HASH.sub(lambda match: match[0] if match[1] in kept else "", block)
        if kept.intersection(HASH.findall(block))
        else block
        for block in blocks
    )


if __name__ == "__main__":
    main()
