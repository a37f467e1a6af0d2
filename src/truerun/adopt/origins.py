"""Where a table comes from (files, an address, or a query), and how it is put under DVC."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from truerun.adopt.reading import detect
from truerun.base import paths
from truerun.base.commands import CommandError, run
from truerun.base.errors import AdoptError
from truerun.base.progress import progress
from truerun.ingest.raw_files import FOR_GIT
from truerun.sources.table.files import readable

AT_ONCE = 50_000  # rows of a query that are Python objects at a time
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://")
LOGIN = re.compile(r"//[^/@]*@")


class Origin(Protocol):
    """Where a table comes from."""

    def lay_down(self, folder: Path) -> Path:
        """Put its files into data/raw below a folder; where to read them."""

    def record(self, folder: Path, *, in_git: bool) -> bool:
        """List what lies in data/raw below a folder in data/raw.dvc.

        With `in_git` the files stay for Git to hold, if they may; otherwise DVC's cache takes them.
        Whether Git shall hold them.
        """


def origin(data: str | None, sql: str | None, query: str | None) -> Origin:
    """The origin that the arguments name: a path, an address, or a database and a query."""
    if data is None:
        if sql is None or query is None:
            raise AdoptError("name a file, a folder or an address; or give --sql with --query")
        return Query(sql, query)
    if sql is not None or query is not None:
        raise AdoptError("give a file, or --sql with --query, not both")
    return Address(data) if ADDRESS.match(data) else Local(Path(data))


def without_password(address: str) -> str:
    """An address as messages show it.

    >>> without_password("postgresql://ann:secret@shop/db")
    'postgresql://shop/db'
    """
    return LOGIN.sub("//", address)


@dataclass(frozen=True)
class Local:
    """A file, or a folder of files."""

    path: Path

    def lay_down(self, folder: Path) -> Path:
        """Copy the files; messages name the user's own."""
        raw = _raw(folder)
        for file in detect.files(self.path).values():
            with readable(file):
                shutil.copyfile(file, raw / file.name)
        return self.path

    def record(self, folder: Path, *, in_git: bool) -> bool:
        """List the files one by one."""
        return list_files(folder, in_git=in_git)


@dataclass(frozen=True)
class Address:
    """A file that DVC can download: https, s3, and what else its remotes know."""

    url: str

    def lay_down(self, folder: Path) -> Path:
        """Download the file, with the record by which `dvc update` gets newer ones."""
        place = _raw(folder) / self._file_name
        inside = place.relative_to(folder)
        self._download(folder, "import-url", inside)
        record = place.with_name(f"{place.name}.dvc")
        content = yaml.safe_load(record.read_text(encoding="utf-8"))
        content["outs"][0]["path"] = str(inside.relative_to(paths.RAW_DVC.parent))
        record.unlink()
        # DVC knows a .dvc file by the hash of its content, which has changed.
        content.pop("md5", None)
        _write(folder / paths.RAW_DVC, content)
        return place

    def fetch(self, folder: Path) -> Path:
        """Download the file into a folder, and keep no record of it."""
        place = folder / self._file_name
        self._download(Path(), "get-url", place)
        return place

    @property
    def _file_name(self) -> str:
        return PurePosixPath(urlsplit(self.url).path).name or "table"

    def _download(self, folder: Path, command: str, place: Path) -> None:
        """Download the file by a command of DVC that is called in a folder."""
        try:
            dvc(folder, command, self.url, str(place))
        except CommandError as error:
            raise AdoptError(
                f"{without_password(self.url)} cannot be downloaded (s3 and ssh need `make remotes`"
                f" once):\n{error}"
            ) from error

    def record(self, folder: Path, *, in_git: bool) -> bool:  # noqa: ARG002 - it has an address
        """It is recorded already, with its address; the cache has it under that record."""
        dvc(folder, "commit", "--force", str(paths.RAW_DVC))
        return False


@dataclass(frozen=True)
class Query:
    """The result of a query; the database is given as a URL of SQLAlchemy."""

    url: str
    query: str

    def lay_down(self, folder: Path) -> Path:
        """Write the result as Parquet."""
        place = _raw(folder) / "query.parquet"
        parts = list(self._answer())
        try:
            table = pa.concat_tables(parts, promote_options="permissive")
        except pa.ArrowException as error:
            raise AdoptError(
                f"the query returns a column of two types: CAST it: {error}"
            ) from error
        pq.write_table(table, place)
        return place

    def record(self, folder: Path, *, in_git: bool) -> bool:
        """List the one file."""
        return list_files(folder, in_git=in_git)

    def _answer(self) -> Iterator[pa.Table]:
        """The rows of the result, some at a time."""
        try:
            import sqlalchemy  # an extra, needed for databases only
        except ImportError as error:
            raise AdoptError("--sql needs SQLAlchemy: run `make extras` once") from error
        try:
            url = sqlalchemy.make_url(self.url)
            if url.drivername == "postgresql":
                url = url.set(drivername="postgresql+pg8000")
            _check_file(url)
            engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
            with engine.connect() as connection:
                # As it stands: `text` takes :x for a parameter, in quotes too, and doubles each %.
                options = {"stream_results": True, "no_parameters": True}
                answer = connection.exec_driver_sql(self.query, execution_options=options)
                names = list(answer.keys())
                if len(set(names)) < len(names):
                    raise AdoptError("the query returns two columns of the same name: rename one")
                yield pa.table({name: pa.array([], pa.null()) for name in names})
                for some in progress(answer.partitions(AT_ONCE), doing="read", unit="part"):
                    columns: Sequence[Sequence[Any]] = list(zip(*some, strict=True))
                    yield pa.table(dict(zip(names, map(pa.array, columns), strict=True)))
        except (sqlalchemy.exc.SQLAlchemyError, ImportError, pa.ArrowException) as error:
            message = str(error).splitlines()[0]
            raise AdoptError(f"the query failed: {message}") from error


def _check_file(url: Any) -> None:
    """Refuse a missing file, which SQLite would create as an empty database."""
    file = url.database if url.get_backend_name() == "sqlite" else None
    if file and file != ":memory:" and not file.startswith("file:") and not Path(file).is_file():
        raise AdoptError(f"--sql {url}: there is no file {file}")


def list_files(folder: Path, *, in_git: bool) -> bool:
    """Write data/raw.dvc with an entry for each file; whether Git shall hold them."""
    files = sorted((folder / paths.RAW).iterdir())
    in_git = in_git and sum(path.stat().st_size for path in files) <= FOR_GIT
    kept = {"cache": False} if in_git else {}
    entries = [{"path": f"{paths.RAW.name}/{path.name}", "hash": "md5", **kept} for path in files]
    _write(folder / paths.RAW_DVC, {"outs": entries})
    dvc(folder, "commit", "--force", str(paths.RAW_DVC))
    return in_git


def dvc(folder: Path, *arguments: str) -> str:
    """Run a DVC command in a folder; return its output.

    Never with --quiet, by which DVC keeps its errors to itself too.
    """
    return run(folder, sys.executable, "-m", "dvc", *arguments)


def _raw(folder: Path) -> Path:
    """The empty folder for raw data."""
    raw = folder / paths.RAW
    raw.mkdir(parents=True)
    return raw


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
