"""The locked requirements of a project, packed beside this module: see requirements/lock.sh.

`uv.txt` installs the installer, and `run.txt` what the package needs. `optional.txt` has a part for
each thing more that is asked for, such as `make serve`, with what comes on top of `run.txt`. What
the image of a service holds is chosen from these. Packed together, each hash once and as its bytes,
they take a quarter less of a wheel than its own compression would make of them.
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
HASH = re.compile("[0-9a-f]{64}")
NEXT, AGAIN, SIZE = "\x00", "\x01", 32  # marks, which no JSON holds; bytes of a hash
MARK = re.compile(f"{NEXT}|{AGAIN}([0-9]+){AGAIN}")


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
    """Files as the content of one: text in which hashes are marks, then the hashes."""
    text = json.dumps(files)
    places = {digest: place for place, digest in enumerate(dict.fromkeys(HASH.findall(text)))}
    begun: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        if match[0] in begun:
            return f"{AGAIN}{places[match[0]]}{AGAIN}"
        begun.add(match[0])
        return NEXT

    short = HASH.sub(mark, text)
    return lzma.compress(short.encode(), preset=9) + bytes.fromhex("".join(places))


def unpacked(content: bytes) -> dict[str, str]:
    """Files out of the content of one; raise `PackageError` if it is damaged.

    Where a version packed them with their hashes, no hashes follow.
    """
    reader = lzma.LZMADecompressor()
    try:
        short = reader.decompress(content).decode()
        digests = re.findall(".{64}", reader.unused_data.hex())
        following = iter(digests)
        files: dict[str, str] = json.loads(
            MARK.sub(lambda mark: digests[int(mark[1])] if mark[1] else next(following), short)
        )
    except (lzma.LZMAError, ValueError, IndexError, StopIteration) as error:
        raise PackageError(f"{PLACE} of the package is damaged: {error}") from error
    is_whole = reader.eof and len(digests) * SIZE == len(reader.unused_data)
    if not is_whole or next(following, None) is not None:
        raise PackageError(f"{PLACE} of the package is damaged: it is cut short, or has more")
    return files
