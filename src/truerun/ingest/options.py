"""Lay down the raw data as data/raw.dvc lists it, or add to it what the source accepts.

Without names, files that are missing under data/raw are laid down, and all are checked. With names,
the project's source checks what they name before anything is written; then the files are written,
listed in data/raw.dvc and added to DVC's cache. What is refused changes nothing.

Examples
--------
  truerun ingest                         lay down and check (what `make data` does)
  truerun ingest customers-may.csv       add a file to a table that was adopted
  truerun ingest customers-may.csv --accept    and widen what its rows may hold
"""

import argparse
from pathlib import Path
from typing import Any

from truerun.base.paths import RAW
from truerun.ingest.source_help import source_help


class Help(argparse.Action):
    """--help, with what the project's source says of new raw data: only here it is asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print the help, and end."""
        parser.epilog = source_help()
        parser.print_help()
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The options of `truerun ingest`."""
    made = argparse.ArgumentParser(
        prog="truerun ingest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    made.add_argument("-h", "--help", action=Help, nargs=0, help="show this help message and exit")
    made.add_argument(
        "names",
        nargs="*",
        metavar="NAME|FILE",
        help="what to add, as the project's source names it",
    )
    made.add_argument(
        "--from",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help=f"take it from a folder laid out like {RAW}, where the source can",
    )
    made.add_argument(
        "--accept",
        action="store_true",
        help="take what passes limits, and widen these in the same change; the diff is shown",
    )
    return made
