"""A wheel of truerun as a file: which version it is of, and what it holds."""

import http.client
import io
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import HeaderParser
from hashlib import sha256
from importlib import resources
from pathlib import Path

from truerun.base.errors import PackageError
from truerun.base.files import whole_file
from truerun.package import contents, wheel
from truerun.package.contents import NAME
from truerun.package.vendored import DAMAGED
from truerun.package.versions import order

SCHEME = "https://"
SECONDS = 60.0
MOST = 50_000_000  # bytes
METADATA = ".dist-info/METADATA"


@dataclass(frozen=True)
class Wheel:
    """A wheel: `package` has the content of each file by its place in the package."""

    version: str
    content: bytes = field(repr=False)
    package: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of its file."""
        return wheel.file_name(self.version)

    @property
    def requirement(self) -> str:
        """The line of requirements/truerun.txt that installs it."""
        return wheel.requirement_line(self.name, sha256(self.content).hexdigest())

    @property
    def is_running(self) -> bool:
        """Whether its code is the code that runs."""
        return self.package == contents.files() and self.version == contents.version()

    def write(self, folder: Path) -> Path:
        """Write its file to a folder; the path.

        Raises
        ------
        PackageError
            If it cannot be written.
        """
        path = folder / self.name
        try:
            with whole_file(path) as unfinished:
                unfinished.write_bytes(self.content)
        except OSError as error:
            raise PackageError(f"cannot write {path}: {error.strerror or error}") from error
        return path


def is_imported(path: Path) -> bool:
    """Whether the code that runs was imported from this very file."""
    return Path(str(resources.files(NAME))) == path.absolute() / NAME


def running() -> Wheel:
    """The wheel of the package that runs."""
    return parsed(wheel.content(), NAME)


def at(named: str) -> Wheel:
    """The wheel at a path or at an address.

    Raises
    ------
    PackageError
        If it cannot be read or downloaded, or is none of truerun.
    """
    if "://" not in named:
        return read(Path(named))
    if not named.startswith(SCHEME):
        raise PackageError(f"{named}: only an address that begins with {SCHEME} is trusted")
    print(f"Downloading {named} ...", flush=True)
    return download(named)


def read(path: Path) -> Wheel:
    """The wheel in a file.

    Raises
    ------
    PackageError
        If it cannot be read, or is none of truerun.
    """
    try:
        return parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror or error}") from error


def download(address: str) -> Wheel:
    """The wheel at an address.

    Raises
    ------
    PackageError
        If it cannot be downloaded, or is none of truerun.
    """
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310  # nosec B310
            if not answer.url.startswith(SCHEME):
                raise PackageError(f"{address} leads to {answer.url}, which is not trusted")
            content: bytes = answer.read(MOST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PackageError(f"{address} cannot be downloaded: {error}") from error
    if len(content) > MOST:
        raise PackageError(f"{address} is larger than {MOST:,} bytes: it is no wheel of truerun")
    return parsed(content, address)


def parsed(content: bytes, where: str) -> Wheel:
    """The wheel in the bytes of a file; `where` is used in errors."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if name[-1] != "/"}
    except DAMAGED as error:
        raise PackageError(f"{where} is no wheel: {error}") from error
    metadata = [
        text for name, text in files.items() if name.endswith(METADATA) and name.count("/") == 1
    ]
    headers = HeaderParser().parsestr(metadata[0].decode(errors="replace") if metadata else "")
    name, version = headers["Name"], headers["Version"]
    if name != NAME or version is None:
        raise PackageError(f"{where} is no wheel of truerun, but of {name or 'nothing'}")
    order(version)
    package = {
        name.removeprefix(f"{NAME}/"): text
        for name, text in files.items()
        if name.startswith(f"{NAME}/")
    }
    return Wheel(version, content, package)
