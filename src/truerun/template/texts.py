"""The files of the template as texts, by their places in the project."""

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

FILES = "files"
PROJECT, WHEEL = re.compile(r"\bPROJECT\b"), re.compile(r"\bWHEEL\b")


def texts(project: str, wheel: str) -> dict[str, str]:
    """The files that a project is given, by their places, sorted.

    Parameters
    ----------
    project : the name of the project's own package in src/.
    wheel : the file name of truerun's wheel in vendor/.
    """

    def filled(text: str) -> str:
        return WHEEL.sub(wheel, PROJECT.sub(project, text))

    root = resources.files(__package__) / FILES
    return {filled(place): filled(file.read_text("utf-8")) for place, file in _below(root)}


def _below(folder: Traversable, place: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_file():
            yield place + entry.name, entry
        elif entry.name != "__pycache__":
            yield from _below(entry, f"{place}{entry.name}/")
