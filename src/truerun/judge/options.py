"""Judge a change by the code of the main branch: compare, write the reports, show the rules.

A change may edit the code that compares and judges, so that code is main's: of the commit at which
the branch left it, or that --merge-base-with names. Where both have the same code, or the project
uses the installed package, that judges. What main's code cannot read, such as a new key of
params.yaml, has to be merged before it is used; --judge own compares with the code of the change
meanwhile.

Examples
--------
  truerun judge                          this branch with its changes, against main
  truerun judge --run run.json           after `truerun repro --record run.json`
  truerun judge --base v1.0.0            against a tag
  truerun judge --gate                   exit status 1 if a rule of the gate fails
"""

import argparse
from pathlib import Path

from truerun.compare.options import add_revisions
from truerun.report.options import run_url

REPORTS = Path("reports")


def parser() -> argparse.ArgumentParser:
    """The options of `truerun judge`."""
    made = argparse.ArgumentParser(
        prog="truerun judge",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_revisions(made)
    made.add_argument(
        "--reports",
        type=Path,
        metavar="FOLDER",
        default=REPORTS,
        help=f"where comment.md and report.html go, default: {REPORTS}",
    )
    made.add_argument(
        "--run-url", type=run_url, metavar="URL", help="where the whole run can be read, https only"
    )
    made.add_argument(
        "--judge", choices=("main", "own"), default="main", help="whose code, default: main"
    )
    made.add_argument(
        "--gate", action="store_true", help="show every rule; exit status 1 if one fails"
    )
    return made
