"""Whether the packages of a revision are those that are installed here."""

from importlib import metadata

from truerun.compare.causes import PACKAGE


def other_than_here(requirements: str) -> list[str]:
    """Names of packages in a requirements file of which another version is installed here.

    Those that are not installed are not for this system, or are not needed to judge.
    """
    return [
        name
        for name, version in PACKAGE.findall(requirements)
        if _installed(name) not in (None, version)
    ]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
