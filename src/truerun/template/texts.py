"""The files of the template as texts, by their places in the project."""

import re

from truerun.package import contents

FILES = "template/files/"
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

    return {
        filled(place.removeprefix(FILES)): filled(content.decode())
        for place, content in contents.files().items()
        if place.startswith(FILES)
    }
