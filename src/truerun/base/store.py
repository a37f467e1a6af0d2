"""Files of a stage in a store that all machines reach, where they share no folder.

The environment's TRUERUN_STORAGE names it, as s3://bucket/prefix. A file is kept under the hash of
its content, so none is ever changed, and what is there need not be sent again. A worker fetches a
file when it is read, and sends what it has written; the stage fetches that, as it is and not as
rows, because DVC looks for it in the stage's folder.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import fsspec

from truerun.base.executor import ClusterError

VARIABLE = "TRUERUN_STORAGE"

Contents = dict[str, str]  # the hash of each file by its place in the project's folder


class Store:
    """A prefix in a bucket.

    Raises
    ------
    ClusterError
        If it cannot be reached.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        try:
            self._system, self._prefix = fsspec.url_to_fs(address)
            self._present = {
                name.rpartition("/")[2] for name in self._system.find(f"{self._prefix}/files")
            }
        except Exception as error:
            raise ClusterError(
                f"{VARIABLE} is {address}, which cannot be read: {error or type(error).__name__}"
                " (`make remotes` adds the client of S3; credentials are those of the AWS command"
                " line, and AWS_ENDPOINT_URL names another server than Amazon's)"
            ) from error

    def send(self, path: Path) -> str:
        """Keep a file, unless its content is there already; its hash."""
        digest = _hash(path)
        if digest not in self._present:
            self._system.put_file(str(path), self._place(digest))
            self._present.add(digest)
        return digest

    def fetch(self, digest: str, path: Path) -> None:
        """Lay down a file; it appears whole or not at all."""
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._system.get_file(self._place(digest), str(unfinished))
            if _hash(unfinished) != digest:
                raise ClusterError(f"{self._address}: what is kept of {path} is another file")
            unfinished.replace(path)
        except OSError as error:
            raise ClusterError(f"cannot fetch {path} from {self._address}: {error}") from error
        finally:
            unfinished.unlink(missing_ok=True)

    def _place(self, digest: str) -> str:
        return f"{self._prefix}/files/{digest}"


class FetchedFiles:
    """A worker's folder, which begins empty, with files of the stage's folder (`files.Mirror`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wanted: Contents = {}
        self._present: Contents = {}
        self._written: Contents = {}

    def begin(self, wanted: Contents, whole: Iterable[str]) -> None:
        """Take what the stage's folder holds; of some folders, lay down all files."""
        for place in {*self._present} - {*wanted}:
            Path(place).unlink(missing_ok=True)
            del self._present[place]
        self._wanted = wanted
        for place in wanted:
            if any(place.startswith(f"{folder}/") for folder in whole):
                self.before_reading(Path(place))

    def before_reading(self, path: Path) -> None:
        """Fetch a file that the stage has, unless it is here already."""
        place = path.as_posix()
        wanted = self._wanted.get(place)
        if wanted and self._present.get(place) != wanted:
            self._store.fetch(wanted, path)
            self._present[place] = wanted

    def after_writing(self, path: Path) -> None:
        """Send a file that was written."""
        place = path.as_posix()
        self._present[place] = self._written[place] = self._store.send(path)

    def written(self) -> Contents:
        """What was written since this was asked last."""
        written, self._written = self._written, {}
        return written


class StageFiles:
    """The files of the stage's own folder that its partitions are made of."""

    def __init__(self, store: Store, folders: Iterable[Path]) -> None:
        self._store = store
        self._folders = [*folders]
        self._sent: dict[Path, tuple[tuple[int, int], str]] = {}

    def sent(self) -> Contents:
        """Send what is new, and tell the hash of each."""
        contents = {}
        for folder in self._folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    contents[path.as_posix()] = self._send(path)
        return contents

    def fetch(self, written: Contents) -> None:
        """Lay down what a worker has written."""
        for place, digest in written.items():
            path = Path(place)
            self._store.fetch(digest, path)
            self._sent[path] = (_state(path), digest)

    def _send(self, path: Path) -> str:
        state = _state(path)
        sent = self._sent.get(path)
        if sent is None or sent[0] != state:
            sent = self._sent[path] = (state, self._store.send(path))
        return sent[1]


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
