"""What a source offers, as types, and the source that params.yaml names.

Importing this is cheap: whoever only checks raw files needs neither pandas nor pydantic.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from truerun.base import paths
from truerun.base.errors import SourceError
from truerun.sources import own_code

if TYPE_CHECKING:
    import pandas as pd

    from truerun.base.settings import Section

REQUIRED = ("Options", "partitions", "prepare")


@dataclass(frozen=True)
class Prepared:
    """The labelled rows of a partition, and how many raw rows were dropped for each reason."""

    rows: "pd.DataFrame"
    rows_in: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class Arrival:
    """New raw data that a source accepts; nothing of it is written yet.

    Parameters
    ----------
    files : content of each file by its place under data/raw, such as `sales/2024-05.csv`.
    summaries : one line about each of these files, such as `1,200 rows`.
    origin : what the files are, as a message says it: `that of inbox`.
    subject : of the commit that lists them.
    notes : what else the user should know.
    warnings : what of the data is not as it was, and is taken all the same.
    steps : commands that remain to be run, beside those of Git and `make repro`.
    settings : new texts of settings, such as schema.yaml, where the data needed wider ones.
    """

    files: Mapping[str, bytes]
    summaries: Mapping[str, str]
    origin: str
    subject: str
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    steps: Sequence[str] = ()
    settings: Mapping[Path, str] = field(default_factory=dict)


class Delivery(Protocol):
    """Raw files that can be had; each is called by its place under data/raw."""

    @property
    def name(self) -> str:
        """Where the files come from, as messages say it."""

    def files(self) -> list[str]:
        """Places of the files, in order."""

    def read(self, file: str) -> bytes:
        """Content of a file; raise `SourceError` where it is not there or not readable."""


class Source(Protocol):
    """What every source offers: see `truerun.sources`."""

    @property
    def Options(self) -> "type[Section]":  # noqa: N802 - it is a class
        """What `source.options` of params.yaml may hold."""

    def partitions(self, raw: Path) -> list[str]:
        """Names of the partitions in a folder of raw data, in order."""

    def prepare(self, raw: Path, name: str, options: Any) -> Prepared:
        """Make the labelled rows of a partition, sorted by key."""


@runtime_checkable
class PendingSource(Protocol):
    """A source of rows whose outcome is not known yet."""

    def pending(self, raw: Path, name: str, options: Any, now: "pd.Timestamp") -> "pd.DataFrame":
        """Make the rows of a partition that have no outcome at a moment, sorted by key."""


@runtime_checkable
class GrowingSource(Protocol):
    """A source that knows what it accepts as new raw data."""

    def arrive(
        self, names: Sequence[str], folder: Path | None, recorded: Mapping[str, str]
    ) -> Arrival:
        """Check new raw data, and return it.

        Parameters
        ----------
        names : what the user asks to add, sorted, each once.
        folder : where to take it from, if the user says so.
        recorded : the md5 of each file that data/raw.dvc lists, by its place under data/raw.
        """


@runtime_checkable
class WideningSource(Protocol):
    """A source that can widen what it accepts as new raw data, for data that someone looked at."""

    def accept(
        self, names: Sequence[str], folder: Path | None, recorded: Mapping[str, str]
    ) -> Arrival:
        """Check new raw data as `arrive` does, with settings that allow it."""


@runtime_checkable
class SuppliedSource(Protocol):
    """A source that knows where its first raw data comes from."""

    def first_data(self) -> Delivery:
        """The files that a fresh clone can lay down without a remote."""


def named(name: str) -> Source:
    """The source that `source.name` of params.yaml names.

    Raises
    ------
    SourceError
        If there is no such module, or it lacks what every source offers.
    """
    if name == "table":
        return cast(Source, importlib.import_module("truerun.sources.table.source"))
    place = f"{name}.source"
    try:
        module = own_code.imported(place)
    except ModuleNotFoundError as error:
        if error.name not in (place, name):
            raise
        raise SourceError(
            f"{paths.PARAMS}: source.name is {name}, but there is no src/{name}/source.py"
        ) from error
    missing = [member for member in REQUIRED if not hasattr(module, member)]
    if missing:
        raise SourceError(
            f"{paths.PARAMS}: source.name is {name}, but src/{name}/source.py lacks"
            f" {' and '.join(missing)}: `python -m pydoc truerun.sources` says what a source offers"
        )
    return cast(Source, module)
