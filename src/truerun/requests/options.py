"""Join outcomes to the log that `truerun serve --log FOLDER` keeps, judge by it, or forget a key.

A verb says more with --help.

Examples
--------
  truerun requests join requests outcomes.csv --time churned_on --output joined.parquet
  truerun requests canary requests
  truerun requests forget requests --key customer=7590-VHVEG
"""

import argparse
from pathlib import Path

BUNDLE = Path("models/bundle")

JOIN = """\
Join outcomes that came later to the rows of a log, and judge a shadow by them.

OUTCOMES is CSV, JSON lines or Parquet with the key and the target of the model. Each key gets its
newest row of the log; with --time, the newest one before the moment of its outcome. Where a shadow
scored the same rows, each metric is printed for both models with the interval of the difference and
a verdict, as `truerun compare` has them.

Examples
--------
  truerun requests join requests outcomes.csv
  truerun requests join requests outcomes.csv --time churned_on --cluster region
"""
CANARY = """\
Hold the rows that a canary answered against those of the model: refusals, time, shift of scores.

They are rows of other keys, so that no difference is one of the same rows.

Examples
--------
  truerun requests canary requests
"""
FORGET = """\
Delete every line of a key from a log, while the service runs or not.

Examples
--------
  truerun requests forget requests --key customer=7590-VHVEG
  truerun requests forget requests --key shop=12 --key receipt=1545
"""


def parser() -> argparse.ArgumentParser:
    """The options of `truerun requests`."""
    made = argparse.ArgumentParser(
        prog="truerun requests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")
    join = _verb(verbs, "join", JOIN)
    join.add_argument("outcomes", type=Path, metavar="OUTCOMES", help="a file of outcomes")
    join.add_argument("--time", metavar="COLUMN", help="the moment of each outcome")
    join.add_argument(
        "--cluster", metavar="COLUMN", help="rows with the same value of it go together"
    )
    join.add_argument(
        "--output", type=Path, metavar="FILE", help="write the joined rows, as Parquet"
    )
    join.add_argument(
        "--bundle", type=Path, default=BUNDLE, metavar="FOLDER", help=f"default: {BUNDLE}"
    )
    _verb(verbs, "canary", CANARY)
    forget = _verb(verbs, "forget", FORGET)
    forget.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="NAME=VALUE",
        help="a part of the key; give all of them",
    )
    return made


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> argparse.ArgumentParser:
    """A verb, whose first argument is a log."""
    verb = verbs.add_parser(
        name,
        help=text.partition("\n")[0].rstrip("."),
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("log", type=Path, metavar="FOLDER", help="what --log named")
    return verb
