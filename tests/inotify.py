"""What happens to the files below a folder, as the kernel tells it: whoever opens them, and how."""

import ctypes
import os
import select
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

OPENED, CREATED = 0x20, 0x100
SILENCE = 120  # seconds without any event after which none is to be expected
_OVERFLOW, _IS_FOLDER = 0x4000, 0x40000000
_HEADER = struct.Struct("iIII")
_SKIPPED = {".git", ".dvc", ".venv"}


class Watch:
    """Files opened and created in the folders that exist below `root` when the watch begins."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self._checked(self.libc.inotify_init1(os.O_CLOEXEC))
        self.folders: dict[int, Path] = {}
        for folder, names, _ in os.walk(root):
            names[:] = [name for name in names if name not in _SKIPPED]
            self.add(Path(folder))

    def add(self, folder: Path) -> None:
        """Watch one more folder."""
        path = os.fsencode(folder)
        watch = self.libc.inotify_add_watch(self.descriptor, path, OPENED | CREATED)
        self.folders[self._checked(watch)] = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)

    def opened(self) -> set[str]:
        """Files opened since the watch began or was last asked, relative to the root."""
        found = set()
        while select.select([self.descriptor], [], [], 0)[0]:
            found |= {path for path, what in self._read() if what & OPENED}
        return found

    def wait(self, wanted: Callable[[Path, int], bool]) -> Path:
        """Wait for an event that is `wanted` (of a path and what happened to it)."""
        while select.select([self.descriptor], [], [], SILENCE)[0]:
            for path, what in self._read():
                if wanted(self.root / path, what):
                    return self.root / path
        raise AssertionError(f"nothing happened in {SILENCE} seconds, nor what was waited for")

    def _read(self) -> Iterator[tuple[str, int]]:
        content = os.read(self.descriptor, 1 << 16)
        position = 0
        while position < len(content):
            watch, what, _, length = _HEADER.unpack_from(content, position)
            start = position + _HEADER.size
            name = content[start : start + length].rstrip(b"\0")
            position = start + length
            if what & _OVERFLOW:
                raise AssertionError("more happened than the kernel's queue can hold")
            if what & CREATED and what & _IS_FOLDER:
                self.add(self.folders[watch] / os.fsdecode(name))
            elif watch in self.folders and not what & _IS_FOLDER:
                path = self.folders[watch] / os.fsdecode(name)
                yield path.relative_to(self.root).as_posix(), what

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
