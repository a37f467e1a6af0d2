"""Write what became of the newest commits, for the page of main.

Metrics and rows are those in Git; intervals, the age of the data and the cost come from the notes
that main keeps of its commits (`git fetch origin refs/notes/truerun:refs/notes/truerun`).

Examples
--------
  truerun history
  truerun report comparison.json --format html --history history.json --output report.html
"""

import argparse
from pathlib import Path

OUTPUT = Path("history.json")
COMMITS = 50


def parser() -> argparse.ArgumentParser:
    """The options of `truerun history`."""
    made = argparse.ArgumentParser(
        prog="truerun history",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--rev", default="HEAD", metavar="REV", help="default: HEAD")
    made.add_argument(
        "--comparison",
        type=Path,
        metavar="FILE",
        help="of a commit that has no note yet, as `truerun compare` wrote it",
    )
    made.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="FILE", help=f"default: {OUTPUT}"
    )
    return made
