"""Play the past of a table in time again, and show whether and when retraining pays.

Each period (partition) is scored by the model that a rule would have had then: one that was never
trained again, one of all rows before each period, or one that was trained again once the columns
had drifted or the model was surely worse than at first. A period's outcomes count for a rule once
the period is over. The table shows the main metric and the value of all periods by rule, each
beside never training again with a 95 % interval by compare.cluster, how often it trained, and how
often in vain: the new model was not surely better in the period that followed.

Examples
--------
  truerun backtest
  truerun backtest --from 2013-03 --to 2013-10
  truerun backtest --output backtest.md
"""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The options of `truerun backtest`."""
    made = argparse.ArgumentParser(
        prog="truerun backtest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--from", dest="first", metavar="PERIOD", help="the first that is scored")
    made.add_argument("--to", dest="last", metavar="PERIOD", help="the last that is scored")
    made.add_argument("--output", type=Path, metavar="FILE", help="write the table into a file")
    return made
