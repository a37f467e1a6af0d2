"""Train anew when it is worth it, and propose the model by the rules of every change.

When: by `retrain` of params.yaml, and by what `truerun monitor` wrote. What: `truerun ingest` of
the names that are given, `truerun repro`, `truerun tune` if retrain.tune_trials says so, and
`truerun compare` against the model that is there. reports/retrain then has the change, and what a
pull request would say; --propose opens it, with the reason and the figures, and closes it again if
the model is not better. Its branch stays, so that nothing is tried again before the cool-down.

Examples
--------
  truerun retrain --decide                         only say whether, and why
  truerun retrain customers-may.csv --propose
  truerun retrain --new inbox                      the files in it that data/raw.dvc does not list
"""

import argparse
from pathlib import Path

from truerun.monitor.options import day

MONITOR = Path("reports/monitor/monitor.json")


def parser() -> argparse.ArgumentParser:
    """The options of `truerun retrain`."""
    made = argparse.ArgumentParser(
        prog="truerun retrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "names", nargs="*", metavar="NAME|FILE", help="what arrived, as for `truerun ingest`"
    )
    made.add_argument("--from", dest="folder", metavar="FOLDER", help="as for `truerun ingest`")
    made.add_argument(
        "--new", type=Path, metavar="FOLDER", help="the files in it that are not listed yet"
    )
    made.add_argument(
        "--monitor", type=Path, default=MONITOR, metavar="FILE", help=f"default: {MONITOR}"
    )
    made.add_argument("--today", type=day, metavar="DAY", help="such as 2024-02-29")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--decide", action="store_true", help="only say whether, and why")
    what.add_argument(
        "--propose", action="store_true", help="push the branch, and open a pull request"
    )
    made.add_argument("--now", action="store_true", help="train whatever the settings say")
    made.add_argument("--alarm", metavar="NAME", help="one that fires, which is a reason")
    return made
