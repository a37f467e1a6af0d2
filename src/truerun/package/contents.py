"""The files of the package that runs: from a clone, an installed wheel, or a wheel as it is."""

import re
from collections.abc import Callable, Iterator
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from truerun.base.errors import PackageError
from truerun.package import docstrings

NAME = "truerun"
GENERATOR = "Generator: truerun"  # what a wheel says that `wheel.packed` made
TEMPLATE = "template/"  # files of any name, for a project
ENDINGS = (".bin", ".css", ".json", ".md", ".py", ".txt", ".xz")  # of all others
CACHES = re.compile(r"__pycache__|\.\w+_cache")  # of Python, and of tools that check code


def version() -> str:
    """The version of the package that runs."""
    return distribution().version


def distribution() -> metadata.Distribution:
    """What is known of the package that runs, beside its files."""
    try:
        return metadata.distribution(NAME)
    except metadata.PackageNotFoundError as error:
        raise PackageError(
            f"{NAME} runs, but is not installed: `make setup` installs it"
        ) from error


def files(wanted: Callable[[str], bool] = lambda _: True) -> dict[str, bytes]:
    """The content of each file by its place in the package, such as `base/paths.py`, in order.

    Python files are as a wheel of `wheel.packed` has them (see `docstrings`), also in a clone.

    Parameters
    ----------
    wanted : which places; to take all costs a clone most of a second.
    """
    below = _below(resources.files(NAME), "")
    own = dict(sorted((place, content) for place, content in below if wanted(place)))
    if _is_packed():
        return own
    return {
        place: docstrings.without(content.decode(), place).encode() if _is_code(place) else content
        for place, content in own.items()
    }


def _is_packed() -> bool:
    """Whether the package that runs comes out of a wheel of `wheel.packed`."""
    try:
        return GENERATOR in (distribution().read_text("WHEEL") or "").splitlines()
    except PackageError:
        return False


def _is_code(place: str) -> bool:
    """Whether a file is code of the package, not of the project that the template makes."""
    return place.endswith(".py") and not place.startswith(TEMPLATE)


def belongs(place: str) -> bool:
    """Whether a file is one of the package: not byte code, nor what an editor has left there."""
    return place.startswith(TEMPLATE) or place.endswith(ENDINGS)


def _below(folder: Traversable, place: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        path = place + entry.name
        if entry.is_dir():
            if not CACHES.fullmatch(entry.name):
                yield from _below(entry, f"{path}/")
        elif belongs(path):
            yield path, entry.read_bytes()
