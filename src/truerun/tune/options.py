"""Search for better parameters of the estimator that train.model names, on training rows alone.

Reads data/features and data/validated, as `truerun repro` leaves them. Each trial is scored by
cross-validation, with the main metric of the task; rows with the same value of compare.cluster (or
split.group) are in one fold. With split.by: time the folds are periods, and each is scored by a
model of the rows before it. A file keeps the trials: the same command resumes after an interrupt,
and with more trials it adds to those that are there. At the end it shows the best parameters beside
the present ones, and what the search gains, with a 95 % interval: each fold is scored with the
parameters that did best on the other folds, so that luck is not taken for a gain.

With --rolling nothing is searched: each period (partition) of a table with split.by: time, test
rows among them, is scored by models of all rows before it, with the settings as they are and with
those of each --with. Choose by this table, and leave some periods out of it with --to: they tell
once, afterwards, what the choice gained.

Examples
--------
  truerun tune                              50 trials
  truerun tune --trials 200 --minutes 30    whichever ends first
  truerun tune --trials 200 --write         put the best into params.yaml
  truerun tune --study trees.db             another search, beside the usual one
  truerun tune --rolling --from 2024-03 --to 2024-10 --with train.model=lightgbm
"""

import argparse
from pathlib import Path

STUDY = Path(".dvc/tmp/tune/study.db")
TRIALS = 50


def parser() -> argparse.ArgumentParser:
    """The options of `truerun tune`."""
    made = argparse.ArgumentParser(
        prog="truerun tune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--trials", type=int, default=TRIALS, metavar="N", help=f"in all; default: {TRIALS}"
    )
    made.add_argument("--minutes", type=float, metavar="M", help="search no longer than this")
    made.add_argument(
        "--study",
        type=Path,
        default=STUDY,
        metavar="FILE",
        help=f"where the trials are kept; default: {STUDY}",
    )
    made.add_argument("--write", action="store_true", help="put the best parameters in params.yaml")
    made.add_argument("--rolling", action="store_true", help="compare settings period by period")
    made.add_argument(
        "--with",
        dest="changes",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="settings of train or featurize to compare, several in quotes; may be repeated",
    )
    made.add_argument("--from", dest="first", metavar="PERIOD", help="the first that is scored")
    made.add_argument("--to", dest="last", metavar="PERIOD", help="the last that is scored")
    return made
