"""Write the fingerprints of names by which adopt knows columns of persons.

The names are in tools/first_names.txt.bz2 and tools/surnames.txt.bz2 (`bzcat` shows them), which
say where they are from. A line is how many letters a name shares with the one before it, and its
others.

Usage: python -m tools.name_lists
"""

import bz2
from pathlib import Path

from truerun.adopt.columns.personal import fingerprints

HERE = Path(__file__).parent
PACKAGE = Path("src/truerun/adopt/columns/personal")
LISTS = ("first_names", "surnames")


def listed(name: str) -> list[str]:
    """The names of a list, in lower case and in order."""
    names, last = [], ""
    content = (HERE / f"{name}.txt.bz2").read_bytes()
    for line in bz2.decompress(content).decode("utf-8").splitlines():
        if not line.startswith("#"):
            rest = line.lstrip("0123456789")
            last = last[: int(line[: len(line) - len(rest)])] + rest
            names.append(last)
    return names


def main() -> None:
    """Write a file for each list."""
    for name in LISTS:
        (PACKAGE / f"{name}.bin").write_bytes(fingerprints.packed(listed(name)))


if __name__ == "__main__":
    main()
