"""By what a process computes: its Python, the packages, the code of truerun and of the project.

Two processes that agree in all of it make the same bytes of the same files.
"""

import hashlib
import os
import platform
import re
from importlib import metadata
from pathlib import Path

import truerun

NAME = re.compile(r"[A-Za-z0-9._-]+")


def facts() -> dict[str, str]:
    """The version of each package that truerun asks for, and the digest of each module.

    Modules are those of truerun, and those below the folders of PYTHONPATH.
    """
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, **_versions(), **_digests()}


def differences(expected: dict[str, str], present: dict[str, str]) -> list[str]:
    """What differs, by name, in order.

    >>> differences({"pandas": "3.1.1", "a.py": "5f"}, {"pandas": "3.1.0", "b.py": "5f"})
    ['a.py', 'b.py', 'pandas 3.1.0 for 3.1.1']
    """
    names = [
        name for name in sorted({*expected, *present}) if expected.get(name) != present.get(name)
    ]
    return [
        name
        if name.endswith(".py")
        else f"{name} {present.get(name, 'none')} for {expected.get(name, 'none')}"
        for name in names
    ]


def _versions() -> dict[str, str]:
    versions = {}
    for requirement in metadata.requires("truerun") or ():
        name = NAME.match(requirement)
        if name and "extra ==" not in requirement:
            versions[name[0]] = metadata.version(name[0])
    return versions


def _digests() -> dict[str, str]:
    """The sha256 of each module by its place below the folder that it is imported from."""
    package = Path(truerun.__path__[0])
    files = {path.relative_to(package.parent): path for path in package.rglob("*.py")}
    for entry in filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        for path in Path(entry).rglob("*.py"):
            files.setdefault(path.relative_to(entry), path)
    return {
        place.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for place, path in sorted(files.items())
    }
