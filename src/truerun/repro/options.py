"""Run `dvc repro`, then sum up what it gave: what ran, the metrics, where the plots are.

Every other option and argument goes to `dvc repro`. If MLFLOW_TRACKING_URI names a server of
MLflow, the run is logged there, too; one that cannot be reached changes nothing.

Examples
--------
  truerun repro                      what `make repro` calls
  truerun repro --force              any option of `dvc repro`
  truerun repro --record run.json    also write down what ran and what failed, for
                                     `truerun compare --run run.json`
"""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The options of `truerun repro` that are not DVC's; none may be cut short, as DVC's may be."""
    made = argparse.ArgumentParser(
        prog="truerun repro",
        usage="truerun repro [-h] [--record FILE] [OPTION OF DVC REPRO ...]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--record", type=Path, metavar="FILE", help="write a record of the run")
    return made
