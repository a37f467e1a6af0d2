"""Files as bytes: gzip and zip are unpacked on the way, and errors name the file."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from truerun.base.errors import SourceError
from truerun.base.files import check_ordinary

TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data")
ENDINGS = (
    *TEXT_ENDINGS,
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".pq",
    ".xlsx",
    ".xlsm",
    ".gz",
    ".zip",
)
GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
TIMES = 200  # what is unpacked may be this much larger than the file ...
ROOM = 2**28  # ... or this many bytes
CHUNK = 2**20


def stem(path: Path) -> str:
    """A file's name without the endings that say how it is written."""
    name = path.name
    while Path(name).suffix.lower() in ENDINGS:
        name = Path(name).stem
    return name


def part_name(path: Path) -> str:
    """The name of the partition that a file makes; raise `SourceError` where it makes none."""
    if not path.exists():
        raise SourceError(f"{path} does not exist")
    if path.name.startswith("."):
        raise SourceError(f"{path} begins with a dot, as hidden files do: rename it")
    return stem(path)


def beginning(path: Path) -> bytes:
    """The first four bytes of a file as it lies on the disk."""
    with readable(path), path.open("rb") as file:
        return file.read(4)


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """A file's content, unpacked from gzip or zip if need be.

    Raises
    ------
    SourceError
        If it cannot be read, is damaged, or is far too large once unpacked.
    """
    first = beginning(path)
    limit = max(ROOM, TIMES * path.stat().st_size)
    with readable(path):
        if first.startswith(GZIP):
            with gzip.open(path) as stream:
                yield io.BufferedReader(_Bounded(stream, limit, path), CHUNK)
        elif first == ZIP and not is_excel(path):
            with (
                zipfile.ZipFile(path) as archive,
                archive.open(_only_file(path, archive)) as stream,
            ):
                yield io.BufferedReader(_Bounded(stream, limit, path), CHUNK)
        else:
            with path.open("rb") as stream:
                yield stream


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn errors within into `SourceError` with the file's name."""
    try:
        check_ordinary(path)
        yield
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder, where a file is needed") from error
    except (zlib.error, EOFError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is damaged or cut off: {error}") from error
    except (RuntimeError, NotImplementedError) as error:  # what zipfile raises for a password
        raise SourceError(f"{path} cannot be unpacked: {error}") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


def is_packed(path: Path) -> bool:
    """Whether a file is in gzip or zip, as workbooks of Excel are too."""
    return beginning(path).startswith((GZIP, ZIP))


def is_excel(path: Path) -> bool:
    """Whether a file is a workbook of Excel: a zip archive with one inside."""
    if beginning(path) != ZIP:
        return False
    with readable(path), zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _only_file(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file in an archive, ignoring what macOS adds."""
    inside = [
        info
        for info in archive.infolist()
        if not (info.is_dir() or info.filename.startswith("__MACOSX/"))
        and not Path(info.filename).name.startswith(".")
    ]
    if len(inside) != 1:
        raise SourceError(
            f"{path} holds {len(inside)} files, where a zip archive of one is needed: unpack it"
            " and name the file, or the folder if each is a part of the table"
        )
    return inside[0]


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than so many bytes: an archive may be a bomb."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, limit: int, path: Path) -> None:
        self.stream, self.left, self.limit, self.path = stream, limit, limit, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self.stream.read(len(buffer))
        self.left -= len(content)
        if self.left < 0:
            raise SourceError(
                f"{self.path} is more than {self.limit:,} bytes once unpacked, far more than such"
                " a file should be: unpack it yourself if it is sound"
            )
        buffer[: len(content)] = content
        return len(content)
