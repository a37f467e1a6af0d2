"""The files of the template as texts, by their places in the project."""

import re
from collections.abc import Mapping

from truerun.package import contents

FILES = "template/files/"
PROJECT, WHEEL = re.compile(r"\bPROJECT\b"), re.compile(r"\bWHEEL\b")
USERS = re.compile(r"params\.yaml|src/.*")  # the user's from the first commit on


def texts(project: str, wheel: str) -> dict[str, str]:
    """The files that a project is given, by their places, sorted.

    Parameters
    ----------
    project : the name of the project's own package in src/.
    wheel : the file name of truerun's wheel in vendor/.
    """
    return of_package(contents.files(), project, wheel)


def of_package(package: Mapping[str, bytes], project: str, wheel: str) -> dict[str, str]:
    """The files that a project is given by a package, such as that of another version.

    Parameters
    ----------
    package : the content of each file by its place in the package.
    project, wheel : as for `texts`.
    """

    def filled(text: str) -> str:
        return WHEEL.sub(wheel, PROJECT.sub(project, text))

    return {
        filled(place.removeprefix(FILES)): filled(content.decode())
        for place, content in sorted(package.items())
        if place.startswith(FILES)
    }


def is_users(place: str) -> bool:
    """Whether a file of the template is the user's once it is written: no upgrade touches it."""
    return USERS.fullmatch(place) is not None
