"""Writes the locked requirements of projects, and what images hold, out of this repository's lock.

`make lock` calls it: each package with its version and its hashes is taken as it stands in
requirements/*.txt, where the comments say which package asks for which.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from truerun.package import locked

SOURCE, PACKAGE = Path("requirements"), Path("src/truerun/package")
TESTS = ("pytest", "pytest-xdist", "ruff")  # what a project works with
# What the image of a service holds beside what answers over HTTP: see the Dockerfile.
ANY_BUNDLE = ("numpy", "pydantic", "tzdata")
TABLES = ("pandas", "pyarrow", "pyyaml")  # whose cells come as texts
LIBRARIES = (
    *("lightgbm", "pandas", "pyyaml", "scikit-learn", "scipy", "skops", "threadpoolctl", "tqdm"),
)
ASKED_BY = re.compile(r"^    #(?:   | via )(\S+)$", re.MULTILINE)


def main() -> None:
    """Write the files, packed together, and the names of what images hold."""
    pyproject = Path("pyproject.toml")
    (PACKAGE / locked.PLACE).write_bytes(locked.packed(texts(SOURCE, pyproject)))
    names = json.dumps(images(SOURCE, pyproject)) + "\n"
    (PACKAGE / locked.IMAGE).write_text(names, encoding="utf-8", newline="\n")


def texts(folder: Path, pyproject: Path) -> dict[str, str]:
    """The text of each file by its name."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    offered = {**project["optional-dependencies"], "dev": TESTS}
    run_entries = _entries(folder, "run")
    run = needed(run_entries, _names(project["dependencies"]))
    parts = {}
    for name in locked.PARTS:
        blocks = _entries(folder, name)
        parts[name] = _only(blocks, needed(blocks, _names(offered[name])) - run)
    uv = _entries(folder, "uv")
    return {
        "uv.txt": locked.HEADER + _only(uv, needed(uv, ["uv"])),
        "run.txt": locked.HEADER + _only(run_entries, run),
        locked.OPTIONAL: locked.HEADER
        + "# `python requirements/install.py --part NAME` installs what is below a heading.\n"
        + "".join(f"\n# [{name}]\n{part}" for name, part in parts.items()),
    }


def images(folder: Path, pyproject: Path) -> dict[str, list[str]]:
    """Names of packages in images: of every one, of those of tables, and of needed libraries."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    blocks = _entries(folder, "serve")
    every = needed(blocks, [*ANY_BUNDLE, *_names(project["optional-dependencies"]["serve"])])
    tables, libraries = (needed(blocks, names) - every for names in (TABLES, LIBRARIES))
    return {"service": sorted(every), "tables": sorted(tables), "libraries": sorted(libraries)}


def needed(blocks: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """These packages, and all that they ask for, one after the other."""
    asked_by = {name: set(ASKED_BY.findall(block)) for name, block in blocks.items()}
    closure = set(names)
    while more := {name for name, by in asked_by.items() if name not in closure and by & closure}:
        closure |= more
    return closure


def _entries(folder: Path, name: str) -> dict[str, str]:
    """The lines of each package in one of this repository's files."""
    return locked.entries((folder / f"{name}.txt").read_text(encoding="utf-8"))


def _names(requirements: Iterable[str]) -> list[str]:
    """The names of packages as a lock writes them."""
    return [re.sub(r"[._]", "-", re.split(r"[\[<>=]", one)[0]).lower() for one in requirements]


def _only(blocks: Mapping[str, str], names: Iterable[str]) -> str:
    """The lines of some packages."""
    return locked.text({name: blocks[name] for name in names})


if __name__ == "__main__":
    main()
