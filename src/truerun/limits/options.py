"""Write limits.yaml: what the stage validate and `truerun ingest` hold newer rows against.

Reads the training rows of data/validated, as `truerun repro` leaves them, and counts them by
window: by week, or by so many rows. The limits of each column are what such windows show, so wide
that one window in twenty passes any of them; how often windows do that they were not learned from
stands in the file. Review it, commit it, and run `truerun repro`.

Examples
--------
  truerun limits            write limits.yaml, and show what it rests on
  git diff limits.yaml      see what changed
"""

import argparse


def parser() -> argparse.ArgumentParser:
    """The options of `truerun limits`."""
    return argparse.ArgumentParser(
        prog="truerun limits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
