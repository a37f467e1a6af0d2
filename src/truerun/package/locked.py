"""The locked requirements of a project, packed beside this module: see requirements/lock.sh.

`uv.txt` installs the installer, and `run.txt` what the package needs. `optional.txt` has a part for
each thing more that is asked for, such as `make serve`, with what comes on top of `run.txt`. What
the image of a service holds is chosen from these. Packed together they take a fifth less of a wheel
than its own compression would make of them.
"""

import json
import lzma
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from truerun.base.errors import PackageError

PLACE, IMAGE = "locked.json.xz", "image.json"
OPTIONAL = "optional.txt"
NAMES = ("uv.txt", "run.txt", OPTIONAL)
PARTS = ("dev", "cluster", "extras", "remotes", "notebook", "serve", "app")
HEADER = "# Made by `make lock` of truerun.\n"
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")
COMMENT = re.compile(r"^ *#.*\n?", re.MULTILINE)


def texts() -> dict[str, str]:
    """The text of each file by its name in the folder `requirements` of a project."""
    return unpacked((resources.files(__package__) / PLACE).read_bytes())


def image_packages(*, is_table: bool, with_libraries: bool) -> list[str]:
    """The names of packages in the image of a service, sorted.

    Parameters
    ----------
    is_table : whether rows come as texts, as those of the source of tables.
    with_libraries : whether the bundle needs the library of its model.
    """
    content: Any = json.loads((resources.files(__package__) / IMAGE).read_bytes())
    parts = ["service", *(["tables"] if is_table else [])]
    parts += ["libraries"] if with_libraries else []
    return sorted({name for part in parts for name in content[part]})


def entries(text: str) -> dict[str, str]:
    """The lines of each package in a requirements file."""
    blocks = ENTRY.split(text)[1:]
    return {match[0]: block for block in blocks if (match := NAME.match(block))}


def part(optional: str, name: str) -> str:
    """The lines of optional.txt below a heading; empty if there is none."""
    below = optional.partition(f"\n# [{name}]\n")[2].partition("\n# [")[0]
    return f"{below.rstrip()}\n" if below else ""


def text(blocks: Mapping[str, str]) -> str:
    """The lines of packages without comments, sorted by name."""
    return "".join(COMMENT.sub("", blocks[name]) for name in sorted(blocks))


def packed(files: Mapping[str, str]) -> bytes:
    """Files as the content of one."""
    return lzma.compress(json.dumps(files).encode(), preset=9)


def unpacked(content: bytes) -> dict[str, str]:
    """Files out of the content of one; raise `PackageError` if it is damaged."""
    try:
        files: dict[str, str] = json.loads(lzma.decompress(content))
    except (lzma.LZMAError, ValueError) as error:
        raise PackageError(f"{PLACE} of the package is damaged: {error}") from error
    return files
