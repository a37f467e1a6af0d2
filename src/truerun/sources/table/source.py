"""A table as its user has it, in CSV, JSON lines, Parquet or Excel, as params.yaml describes it.

Each file under data/raw is a partition, named as the file without its endings. Numbers and
booleans become floats, categories and words text, a date a moment and numbers made of it. A row
with a cell that cannot be read as its column's kind is dropped, and counted by its reason.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from truerun.base.errors import SourceError
from truerun.sources.protocol import Arrival, Prepared
from truerun.sources.table import rows
from truerun.sources.table.cells import read
from truerun.sources.table.files import stem
from truerun.sources.table.options import Options

__all__ = ["Options", "accept", "arrive", "files", "partitions", "pending", "prepare"]


def partitions(raw: Path) -> list[str]:
    """Names of the files in `raw`, without their endings, in order."""
    return sorted(files(raw))


def prepare(raw: Path, name: str, options: Options) -> Prepared:
    """Make the rows of one file, sorted by key.

    Raises
    ------
    SourceError
        If the file cannot be read as `options.format` says, or has other columns.
    """
    path = files(raw)[name]
    return rows.make(read(path, options.format), options, path, name)


def pending(raw: Path, name: str, options: Options, now: object) -> NoReturn:
    """Raise `SourceError`: a row of a table is read with its outcome."""
    raise SourceError(
        f"{raw / name}: rows of a table are read with their {options.target}, so there are none"
        f" that wait for it at {now}"
    )


def arrive(names: Sequence[str], folder: Path | None, recorded: Mapping[str, str]) -> Arrival:
    """Names are files of newer rows; each is read as the others were, and becomes a part.

    truerun ingest customers-may.csv             add it, if its rows satisfy schema.yaml
    truerun ingest customers-may.csv --accept    add it, and widen schema.yaml as it needs
    """
    from truerun.sources.table.arrivals import arrival  # no row depends on how its file came

    return arrival([Path(name) for name in names], folder, list(recorded))


def accept(names: Sequence[str], folder: Path | None, recorded: Mapping[str, str]) -> Arrival:
    """As `arrive`, with wider limits in params.yaml and schema.yaml where the rows need them."""
    from truerun.sources.table.arrivals import arrival

    return arrival([Path(name) for name in names], folder, list(recorded), accept=True)


def files(folder: Path) -> dict[str, Path]:
    """The files of a folder that are parts of the table, by the name of the partition."""
    paths: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            raise SourceError(f"{path} is a folder, where each file is a part of the table")
        name = stem(path)
        if name in paths:
            raise SourceError(
                f"{paths[name]} and {path} are both named {name} without their endings: rename one"
            )
        paths[name] = path
    if not paths:
        raise SourceError(f"{folder} holds no file")
    return paths
