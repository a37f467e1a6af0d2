"""Compare two revisions of the repository, and write the comparison to comparison.json.

By default the head is the working tree, and the base is the commit at which the branch left the
main branch: the default branch of the upstream remote, or of the only remote, or of origin. Data,
scores and models of a commit come from DVC's cache, or from DVC's remote; what is in neither is
reported as missing, or rebuilt with --rebuild-base.

Examples
--------
  truerun compare                        this branch with its changes, against main
  truerun compare --base v1.0.0          against a tag
  truerun compare --base A --head B      two commits, experiments too
  truerun compare --run run.json         after `truerun repro --record run.json`
  truerun compare --attribute            whose doing a difference is, too: see below

With --attribute the pipeline is run for combinations of what was changed: raw data, contract, code,
parameters. Each of these then has a share in the difference of the main metric.
"""

import argparse
from pathlib import Path

OUTPUT = Path("comparison.json")
BUDGET = 30.0  # minutes


def parser() -> argparse.ArgumentParser:
    """The options of `truerun compare`."""
    made = argparse.ArgumentParser(
        prog="truerun compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_revisions(made)
    return made


def add_revisions(made: argparse.ArgumentParser) -> None:
    """Add what names the two revisions, and where the comparison goes."""
    base = made.add_mutually_exclusive_group()
    base.add_argument("--base", metavar="REV", help="default: where the branch left main")
    base.add_argument(
        "--merge-base-with",
        metavar="COMMIT",
        help="take as base where the branch left this commit, given by its full number",
    )
    made.add_argument("--head", metavar="REV", help="default: the working tree")
    made.add_argument(
        "--rebuild-base",
        action="store_true",
        help="run the base's pipeline if its data is in no cache",
    )
    made.add_argument(
        "--run",
        type=Path,
        metavar="FILE",
        help="what `truerun repro --record FILE` wrote about a run just now",
    )
    made.add_argument(
        "--evidence",
        type=Path,
        metavar="FOLDER",
        help="what `truerun ci evidence` gathered of a run of --head; none of its code is run",
    )
    made.add_argument(
        "--attribute",
        action="store_true",
        help="run combinations of the changes, and tell how much of the difference is whose doing",
    )
    made.add_argument(
        "--budget",
        type=minutes,
        metavar="MINUTES",
        default=BUDGET,
        help=f"for these runs, after which there are no shares; default: {BUDGET:g}",
    )
    made.add_argument("--head-name", metavar="NAME", help="what reports call the head")
    made.add_argument(
        "--output", type=Path, metavar="FILE", default=OUTPUT, help=f"default: {OUTPUT}"
    )


def minutes(text: str) -> float:
    """A number of minutes, or none at all."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return number
