"""Writes what the image of this repository installs: requirements/image.txt, image-libraries.txt.

`make lock` calls it: both are taken from requirements/serve.txt, where comments say which package
asks for which. A model whose bundle needs no library is served by the first alone.
"""

import tomllib
from pathlib import Path

from tools import project_lock

SOURCE = Path("requirements")


def main() -> None:
    """Write both files."""
    for name, text in texts(SOURCE, Path("pyproject.toml")).items():
        (SOURCE / name).write_text(text, encoding="utf-8", newline="\n")


def texts(folder: Path, pyproject: Path) -> dict[str, str]:
    """The text of each file by its name: of a source of one's own, whose rows come typed."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    locked = project_lock.entries((folder / "serve.txt").read_text(encoding="utf-8"))
    return project_lock.images(locked, project["optional-dependencies"]["serve"])


if __name__ == "__main__":
    main()
