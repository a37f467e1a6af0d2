"""Wheels of versions of the package that never were."""

import functools
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from truerun.package import contents, wheel

OTHER = "9.9.9"
running = functools.cache(wheel.content)


def vendored(project: Path, version: str = OTHER, files: Mapping[str, str] | None = None) -> Path:
    """Put the running package into a project's folder, as another version and with other files."""
    name = f"truerun-{version}-py3-none-any.whl"
    path = project / "vendor" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    own = f"truerun-{contents.version()}.dist-info"
    changed = {f"truerun/{place}": text for place, text in (files or {}).items()}
    with zipfile.ZipFile(io.BytesIO(running())) as archive, zipfile.ZipFile(path, "w") as other:
        for entry in archive.namelist():
            if entry not in changed:
                content = archive.read(entry)
                if entry == f"{own}/METADATA":
                    line = f"Version: {contents.version()}\n"
                    content = content.replace(line.encode(), f"Version: {version}\n".encode())
                other.writestr(entry.replace(own, f"truerun-{version}.dist-info"), content)
        for place, text in changed.items():
            other.writestr(place, text)
    return path
