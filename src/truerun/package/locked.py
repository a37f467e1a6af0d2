"""The locked requirements of a project, packed beside this module: see requirements/lock.sh.

`uv.txt` installs the installer, and `run.txt` what the package needs. The others hold only what
comes on top of that, so they are installed after it, with --no-deps; but for those of the image of
a service, which stand alone. Packed together they take a fifth less of a wheel than its own
compression would make of them.
"""

import json
import lzma
from collections.abc import Mapping
from importlib import resources

from truerun.base.errors import PackageError

PLACE = "locked.json.xz"
NAMES = (
    "uv.txt",
    "run.txt",
    "dev.txt",
    "cluster.txt",
    "extras.txt",
    "remotes.txt",
    "notebook.txt",
    "serve.txt",
    "app.txt",
    "image.txt",
    "image-libraries.txt",
)


def texts() -> dict[str, str]:
    """The text of each file by its name in the folder `requirements` of a project."""
    return unpacked((resources.files(__package__) / PLACE).read_bytes())


def packed(files: Mapping[str, str]) -> bytes:
    """Files as the content of one."""
    return lzma.compress(json.dumps(files).encode(), preset=9)


def unpacked(content: bytes) -> dict[str, str]:
    """Files out of the content of one; raise `PackageError` if it is damaged."""
    try:
        files: dict[str, str] = json.loads(lzma.decompress(content))
    except (lzma.LZMAError, ValueError) as error:
        raise PackageError(f"{PLACE} of the package is damaged: {error}") from error
    return files
