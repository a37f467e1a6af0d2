"""The wheel that a project keeps in its folder `vendor`: where its code has to run, or to judge."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base.errors import PackageError
from truerun.package import contents
from truerun.package.contents import NAME

VENDOR = Path("vendor")
PATTERN = f"{NAME}-*.whl"
# What zipfile raises for files that are damaged, encrypted or compressed in another way.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


def wheels(project: Path) -> list[Path]:
    """The wheels of this package that a project keeps; there should be one."""
    return sorted((project / VENDOR).glob(PATTERN))


def wheel_of(project: Path) -> Path | None:
    """The wheel that a project keeps; None if it keeps none.

    Raises
    ------
    PackageError
        If there are several.
    """
    kept = wheels(project)
    if len(kept) > 1:
        names = " and ".join(path.name for path in kept)
        raise PackageError(f"{VENDOR} holds {names}: delete all but the one of the lock")
    return kept[0] if kept else None


def lay_down(project: Path, source: Path) -> None:
    """Unpack a project's wheel into a folder that Python imports from, such as its own `src`.

    Whatever is installed or runs here is of no concern: the folder comes before it. Nothing happens
    if the project keeps no wheel, or if the folder holds the package already.

    Raises
    ------
    PackageError
        If there are several wheels, or the one cannot be read.
    """
    wheel = wheel_of(project)
    if wheel is None or (source / NAME).exists():
        return
    with _opened(wheel) as archive:
        archive.extractall(source)


def is_running(wheel: Path) -> bool:
    """Whether the code in a wheel is the code that runs.

    Raises
    ------
    PackageError
        If it cannot be read.
    """
    prefix = f"{NAME}/"
    with _opened(wheel) as archive:
        files = {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix)
        }
    return files == contents.files()


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except (OSError, *DAMAGED) as error:
        raise PackageError(f"{VENDOR / wheel.name} cannot be unpacked: {error}") from error
