"""Files that appear whole or not at all, are read only if they are files, and their hash."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol


class Mirror(Protocol):
    """Who has files of this folder be those of another machine's."""

    def before_reading(self, path: Path) -> None:
        """Lay a file down, if that machine has it."""

    def after_writing(self, path: Path) -> None:
        """Take a file that is whole."""


mirrors: list[Mirror] = []  # at most one, in a process of a cluster


def check_ordinary(path: Path) -> None:
    """Refuse what is neither a file nor a folder: who reads a named pipe may wait for ever.

    Raises
    ------
    OSError
        If it is such a thing.
    """
    for mirror in mirrors:
        mirror.before_reading(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(
            errno.EINVAL, "it is no ordinary file, but a pipe, a socket or a device", str(path)
        )


def read_bytes(path: Path) -> bytes:
    """The content of an ordinary file; raise `OSError` where there is none."""
    check_ordinary(path)
    return path.read_bytes()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; at the end the file becomes `path`, or nothing changes.

    Raises
    ------
    OSError
        If it cannot be written; no file is left beside `path` in any case.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
        for mirror in mirrors:
            mirror.after_writing(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def largest(folder: Path) -> int:
    """Bytes of the largest file below a folder; 0 where there is none."""
    return max((path.lstat().st_size for path in folder.rglob("*") if path.is_file()), default=0)


def md5_of(content: bytes) -> str:
    """The hash by which DVC knows a file."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
