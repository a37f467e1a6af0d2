"""Print what the gate says about a comparison; exit status 1 if a rule fails.

Examples
--------
  truerun gate comparison.json
  truerun gate comparison.json --explain     what would have to be true
"""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The options of `truerun gate`."""
    made = argparse.ArgumentParser(
        prog="truerun gate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "comparison", type=Path, metavar="FILE", help="the comparison that `truerun compare` wrote"
    )
    made.add_argument("--explain", action="store_true", help="say what would have to be true")
    return made
