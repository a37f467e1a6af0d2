"""Bring the project in this folder to a newer truerun, and leave that as a staged change.

Prints what changed between the two versions; renews the wheel, the locked requirements and the
files that truerun wrote, merges where you edited one, migrates params.yaml and schema.yaml, and
runs the pipeline. `git restore --staged --worktree .` undoes it. What fails changes nothing.

Examples
--------
  truerun upgrade ~/Downloads/truerun-0.2.0-py3-none-any.whl
  truerun upgrade https://example.org/truerun-0.2.0-py3-none-any.whl
  ~/truerun/.venv/bin/truerun upgrade                 to the truerun that is called
  truerun upgrade --name churn                        a clone that was adopted in place
"""

import argparse


def parser() -> argparse.ArgumentParser:
    """The options of `truerun upgrade`."""
    made = argparse.ArgumentParser(
        prog="truerun upgrade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "wheel",
        metavar="WHEEL_FILE",
        nargs="?",
        help="of the newer version: a path, or an https address; by default that of this truerun",
    )
    made.add_argument(
        "--name",
        metavar="PACKAGE",
        help="what the own package of a clone is called that was adopted in place; by default its"
        " folder's name",
    )
    return made
