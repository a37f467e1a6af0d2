"""What a pull request's run left behind: an archive by someone who is not trusted.

It stays in memory: nothing is unpacked, so no name in it leads anywhere. One file is taken.
"""

import io
import stat
import zipfile
import zlib

from truerun.base.errors import CiError
from truerun.report.schema import LARGEST

TAKEN = "comparison.json"
ALLOWED = {TAKEN, "reports/report.html"}
MOST = 20_000_000  # bytes of the archive
MOST_TAKEN = LARGEST  # bytes of the file that is taken


class ArtifactError(CiError):
    """An archive that is not what pull-request.yml makes."""


def taken(content: bytes) -> bytes:
    """The file `comparison.json` of an archive that holds what it should, and nothing else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            for entry in entries:
                _check(entry)
            names = [entry.filename for entry in entries]
            if names.count(TAKEN) != 1:
                raise ArtifactError(f"the artifact holds {names.count(TAKEN)} files {TAKEN}, not 1")
            with archive.open(TAKEN) as file:
                # Read one byte more than may be: the size that the archive tells may be a lie.
                comparison = file.read(MOST_TAKEN + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise ArtifactError(f"the artifact cannot be read: {str(error)[:200]!r}") from error
    if len(comparison) > MOST_TAKEN:
        raise ArtifactError(f"{TAKEN} has more than {MOST_TAKEN:,} bytes")
    return comparison


def _check(entry: zipfile.ZipInfo) -> None:
    """Refuse a name that is not expected, a link, and what is too large."""
    name = entry.filename
    if name not in ALLOWED:
        raise ArtifactError(f"the artifact holds {name[:200]!r}, which it should not")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArtifactError(f"{name} is not a plain file in the artifact")
    if name == TAKEN and entry.file_size > MOST_TAKEN:
        raise ArtifactError(f"{name} has more than {MOST_TAKEN:,} bytes")
