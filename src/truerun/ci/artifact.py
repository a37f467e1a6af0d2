"""What a pull request's run left behind: an archive by someone who is not trusted.

It stays in memory until every name in it is checked, and all that its files hold is counted.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base.errors import CiError
from truerun.report.schema import LARGEST

TAKEN = "comparison.json"
ALLOWED = {TAKEN, "reports/report.html"}
MOST = 20_000_000  # bytes of the archive
MOST_TAKEN = LARGEST  # bytes of the file that is taken
FILES, DEPTH, LONGEST = 5_000, 4, 200  # of evidence: files, folders below each other, characters


class ArtifactError(CiError):
    """An archive that is not what pull-request.yml makes."""


def taken(content: bytes) -> bytes:
    """The file `comparison.json` of an archive that holds what it should, and nothing else."""
    with _opened(content) as archive:
        entries = archive.infolist()
        for entry in entries:
            _check(entry)
        names = [entry.filename for entry in entries]
        if names.count(TAKEN) != 1:
            raise ArtifactError(f"the artifact holds {names.count(TAKEN)} files {TAKEN}, not 1")
        return _read(archive, entries[names.index(TAKEN)], MOST_TAKEN)


def unpack(content: bytes, folder: Path, most: int) -> None:
    """Write the files of an archive below a folder, which is made.

    Parameters
    ----------
    most : bytes of all files together, whatever the archive says of their sizes.

    Raises
    ------
    ArtifactError
        If a name leads elsewhere, is there twice, or is not a plain file, or there are too many;
        nothing is written then.
    """
    with _opened(content) as archive:
        entries = archive.infolist()
        if len(entries) > FILES:
            raise ArtifactError(f"the artifact holds {len(entries):,} files, more than {FILES:,}")
        files: dict[str, bytes] = {}
        left = most
        for entry in entries:
            _check_path(entry)
            if entry.filename in files:
                raise ArtifactError(f"the artifact holds {entry.filename} twice")
            files[entry.filename] = _read(archive, entry, left)
            left -= len(files[entry.filename])
    try:
        for name, one in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(one)
    except OSError as error:
        problem = f"the artifact cannot be unpacked: {error.strerror}"
        raise ArtifactError(problem) from error


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """An archive; whatever is wrong with it is an `ArtifactError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise ArtifactError(f"the artifact cannot be read: {str(error)[:200]!r}") from error


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """What a file holds, read one byte further than allowed: its size may be a lie."""
    with archive.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ArtifactError(f"{entry.filename} takes the artifact over {most:,} bytes")
    return content


def _check_path(entry: zipfile.ZipInfo) -> None:
    """Refuse a name that may lead elsewhere, and what is not a plain file."""
    name = entry.filename
    parts = name.split("/")
    plain = name.isprintable() and "\\" not in name and ":" not in name and len(name) <= LONGEST
    if not plain or len(parts) > DEPTH or any(not part or part[0] == "." for part in parts):
        raise ArtifactError(f"the artifact holds {name[:LONGEST]!r}, which it should not")
    _check_kind(entry)


def _check(entry: zipfile.ZipInfo) -> None:
    """Refuse a name that is not expected, a link, and what is too large."""
    name = entry.filename
    if name not in ALLOWED:
        raise ArtifactError(f"the artifact holds {name[:200]!r}, which it should not")
    _check_kind(entry)
    if name == TAKEN and entry.file_size > MOST_TAKEN:
        raise ArtifactError(f"{name} has more than {MOST_TAKEN:,} bytes")


def _check_kind(entry: zipfile.ZipInfo) -> None:
    """Refuse a link, a device and the like."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArtifactError(f"{entry.filename} is not a plain file in the artifact")
