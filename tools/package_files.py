"""Builds what a version of the package is published as: a wheel, an sdist, and its notes.

Usage: python -m tools.package_files v0.2.0 dist notes.md     refused unless pyproject.toml, the tag
                                                              and CHANGELOG.md name the same version
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import PackageError, exit_with

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Build, or say why not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tag")
    parser.add_argument("folder", type=Path)
    parser.add_argument("notes", type=Path)
    chosen = parser.parse_args()
    exit_with(lambda: build(chosen.tag, chosen.folder.resolve(), chosen.notes))


def build(tag: str, folder: Path, notes_file: Path) -> None:
    """Build the files of a tag's version into a folder, and write its notes."""
    version = tag.removeprefix("v")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if settings["project"]["version"] != version:
        raise PackageError(
            f"the tag {tag} is of version {version}, and pyproject.toml of"
            f" {settings['project']['version']}"
        )
    text = notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    notes_file.write_text(text, encoding="utf-8")
    uv = Path(sys.executable).with_name("uv")
    options = ("--quiet", "--offline", "--no-build-isolation", "--python", sys.executable)
    # The wheel is made of the sdist, so what is missing there is found here.
    run(ROOT, str(uv), "build", *options, "--out-dir", str(folder))
    made = sorted(path.name for path in folder.iterdir() if path.suffix in (".whl", ".gz"))
    expected = [f"truerun-{version}-py3-none-any.whl", f"truerun-{version}.tar.gz"]
    if made != expected:
        raise PackageError(f"{folder} holds {', '.join(made)}, and not {', '.join(expected)}")
    print(f"{folder}: {', '.join(made)}")


def notes(changelog: str, version: str) -> str:
    r"""What CHANGELOG.md says of a version.

    Raises
    ------
    PackageError
        If it says nothing.

    >>> notes("# Log\n\n## [0.2.0] - 2024-02-29\n\n- More.\n\n## [0.1.0]\n", "0.2.0")
    '- More.\n'
    """
    heading = rf"^## \[{re.escape(version)}\][^\n]*\n"
    section = re.search(rf"{heading}(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    text = section[1].strip() if section else ""
    if not text:
        raise PackageError(f"CHANGELOG.md says nothing of version {version}")
    return f"{text}\n"


if __name__ == "__main__":
    main()
