"""Writes the locked requirements of projects, out of those of this repository.

`make lock` calls it: each package with its version and its hashes is taken as it stands in
requirements/*.txt, where the comments say which package asks for which.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from truerun.package import locked

SOURCE, TARGET = Path("requirements"), Path("src/truerun/package") / locked.PLACE
HEADER = "# Made by `make lock` of truerun.\n"
TESTS = ("pytest", "pytest-xdist", "ruff")  # what a project works with
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")
# What the image of a service holds beside what answers over HTTP: see the Dockerfile.
ANY_BUNDLE = ("numpy", "pydantic", "tzdata")
TABLES = ("pandas", "pyarrow", "pyyaml")  # whose cells come as texts
LIBRARIES = (
    *("lightgbm", "pandas", "pyyaml", "scikit-learn", "scipy", "skops", "threadpoolctl", "tqdm"),
)
COMMENT = re.compile(r"^    #.*\n?", re.MULTILINE)
ASKED_BY = re.compile(r"^    #(?:   | via )(\S+)$", re.MULTILINE)


def main() -> None:
    """Write all files, packed together."""
    TARGET.write_bytes(locked.packed(texts(SOURCE, Path("pyproject.toml"))))


def texts(folder: Path, pyproject: Path) -> dict[str, str]:
    """The text of each file by its name."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    offered = project["optional-dependencies"]
    whole = {
        path.name: entries(path.read_text(encoding="utf-8"))
        for path in (folder / name for name in locked.NAMES)
        if not path.name.startswith("image")
    }
    run = needed(whole["run.txt"], _names(project["dependencies"]))
    return {
        "uv.txt": _text(whole["uv.txt"], needed(whole["uv.txt"], ["uv"])),
        "run.txt": _text(whole["run.txt"], run),
        "dev.txt": _text(whole["dev.txt"], needed(whole["dev.txt"], TESTS) - run),
        **{
            f"{extra}.txt": _text(
                whole[f"{extra}.txt"], needed(whole[f"{extra}.txt"], _names(offered[extra])) - run
            )
            for extra in ("cluster", "extras", "remotes", "notebook", "serve", "app")
        },
        **images(whole["serve.txt"], [*_names(offered["serve"]), *TABLES]),
    }


def images(blocks: dict[str, str], serving: Iterable[str]) -> dict[str, str]:
    """What the image of a service installs: for every bundle, and for those that need a library.

    Parameters
    ----------
    serving : names of packages that every service needs, beside `ANY_BUNDLE`.
    """
    every = needed(blocks, [*ANY_BUNDLE, *serving])
    return {
        "image.txt": _text(blocks, every),
        "image-libraries.txt": _text(blocks, needed(blocks, LIBRARIES) - every),
    }


def entries(text: str) -> dict[str, str]:
    """The lines of each package in a requirements file."""
    blocks = ENTRY.split(text)[1:]
    return {match[0]: block for block in blocks if (match := NAME.match(block))}


def needed(blocks: dict[str, str], names: Iterable[str]) -> set[str]:
    """These packages, and all that they ask for, one after the other."""
    asked_by = {name: set(ASKED_BY.findall(block)) for name, block in blocks.items()}
    found = set(names)
    while more := {name for name, by in asked_by.items() if name not in found and by & found}:
        found |= more
    return found


def _names(requirements: Iterable[str]) -> list[str]:
    """The names of packages as a lock writes them."""
    return [re.sub(r"[._]", "-", re.split(r"[\[<>=]", one)[0]).lower() for one in requirements]


def _text(blocks: dict[str, str], names: Iterable[str]) -> str:
    """A requirements file of some packages."""
    return HEADER + "".join(COMMENT.sub("", blocks[name]) for name in sorted(names))


if __name__ == "__main__":
    main()
