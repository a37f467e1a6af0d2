"""The wheel of the package that runs, the same bytes wherever and from whatever it is built.

Only the compression is Python's own: one that was built with another library than zlib, such as
zlib-ng, may pack the same files into other bytes.
"""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping

from truerun.base.errors import PackageError
from truerun.package import contents
from truerun.package.contents import NAME

# What is of the repository alone: its page, and the extras that its maintainers install.
LEFT_OUT = re.compile(r"(Description-Content-Type|Dynamic): ")
EXTRA = re.compile(
    r"Provides-Extra: (?P<offered>\S+)|Requires-Dist: .*; extra == \"(?P<needed>\S+)\""
)
EXTRAS = ("app", "extras", "remotes", "serve")
WHEEL = f"""\
Wheel-Version: 1.0
{contents.GENERATOR}
Root-Is-Purelib: true
Tag: py3-none-any
"""
START = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can name
REGULAR, UNIX = 0o100644 << 16, 3  # a file that its owner may write; a system that knows modes
BEST = 9  # compression


def file_name(version: str | None = None) -> str:
    """The name of the wheel of a version; of the package that runs, if none is given."""
    return f"{NAME}-{version or contents.version()}-py3-none-any.whl"


def content() -> bytes:
    """The bytes of the wheel of the package that runs."""
    distribution = contents.distribution()
    information = {
        "METADATA": _headers(_text(distribution.read_text("METADATA"), "METADATA")),
        "WHEEL": WHEEL,
        "entry_points.txt": _text(distribution.read_text("entry_points.txt"), "entry_points.txt"),
        "licenses/LICENSE": _text(distribution.read_text("licenses/LICENSE"), "LICENSE"),
    }
    return packed(contents.files(), distribution.version, information)


def packed(package: Mapping[str, bytes], version: str, information: Mapping[str, str]) -> bytes:
    """The bytes of a wheel.

    Parameters
    ----------
    package : the content of each file by its place in the package.
    information : the text of each file of the folder that tells of the package, but for its list.
    """
    folder = f"{NAME}-{version}.dist-info"
    files = {f"{NAME}/{place}": content for place, content in sorted(package.items())}
    files |= {f"{folder}/{name}": text.encode() for name, text in information.items()}
    record = f"{folder}/RECORD"
    files[record] = _record(files, record).encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as wheel:
        for name, content_ in files.items():
            entry = zipfile.ZipInfo(name, START)
            entry.external_attr, entry.create_system = REGULAR, UNIX
            wheel.writestr(entry, content_, zipfile.ZIP_DEFLATED, BEST)
    return archive.getvalue()


def requirement_line(name: str, digest: str) -> str:
    """The line of requirements/truerun.txt that installs a wheel of the folder vendor.

    Both uv and pip take it, with --require-hashes and --no-deps, in the project's folder: the place
    is seen from where they are started, not from the file.
    """
    return f"./vendor/{name} --hash=sha256:{digest}\n"


def _text(text: str | None, name: str) -> str:
    if text is None:
        raise PackageError(
            f"{NAME} is installed without its {name}: `make setup` installs it again"
        )
    return text


def _headers(metadata: str) -> str:
    """The headers of a METADATA file that hold for a project too."""
    lines = metadata.partition("\n\n")[0].splitlines()
    return "".join(f"{line}\n" for line in lines if not LEFT_OUT.match(line) and _offered(line))


def _offered(line: str) -> bool:
    """Whether a header is of no extra, or of one that a project may want."""
    extra = EXTRA.fullmatch(line)
    return extra is None or (extra["offered"] or extra["needed"]) in EXTRAS


def _record(files: dict[str, bytes], itself: str) -> str:
    """The list of the files with their hashes, as the format of wheels asks for it."""
    lines = []
    for name, content_ in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content_).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content_)}\n")
    return "".join([*lines, f"{itself},,\n"])
