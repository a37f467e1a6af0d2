"""Score the rows of a file, a folder of files, an address or a database.

Rows come as those of data/raw do, with or without the target, or as schema.yaml describes them (in
Parquet). OUTPUT gets, for each row, its key, its score, its number in the file, what is decided,
and the version of the model: of two classes the probability of 1 and the class; of several the
probability of each and the likeliest; of a number what is expected, and `low` and `high`, between
which 9 of 10 outcomes lie by errors of cross-validation. With --explain N also `reason_1` to
`reason_N`, the columns that move the score most, and `contribution_1` and so on, what each adds to
it (in log odds for a probability, in the logarithm for a count). Rows that break schema.yaml go to
a file beside it, as scores.refused.csv, with file, number, column, check and value. The same rows
give the same bytes again.

Exit status: 0 if rows were scored (those refused are counted), 1 if none could be, 2 if an option
is wrong. No file is left half-written.

Examples
--------
  truerun predict customers-june.csv                          writes scores.parquet
  truerun predict customers-june.csv --output june.csv        or .jsonl
  truerun predict inbox/ --output scores.parquet              each file a partition
  truerun predict inbox/ --explain 3                          with three reasons for each score
  truerun predict https://example.org/customers.csv
  truerun predict --sql sqlite:///shop.db --query "SELECT * FROM customers"
  truerun predict --at 2013-10-31T12:00Z                      rows of data/raw whose outcome is open
  truerun predict today --at 2013-10-31T12:00Z                of a folder that is laid out as it is
"""

import argparse
from pathlib import Path

OUTPUT = Path("scores.parquet")
ENDINGS = (".parquet", ".csv", ".jsonl")


def parser() -> argparse.ArgumentParser:
    """The options of `truerun predict`."""
    made = argparse.ArgumentParser(
        prog="truerun predict",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "data", metavar="DATA", nargs="?", help="a file, a folder of files, or an address"
    )
    made.add_argument("--sql", metavar="URL", help="a database, instead of DATA")
    made.add_argument("--query", metavar="SQL", help="what to ask the database")
    made.add_argument(
        "--at",
        metavar="MOMENT",
        help="as known at this moment (UTC), by a source of one's own that offers `pending`",
    )
    made.add_argument(
        "--explain",
        type=_count,
        default=0,
        metavar="N",
        help="add the N columns that move each score most, and by how much",
    )
    made.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="FILE", help=f"default: {OUTPUT}"
    )
    return made


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_count.__name__ = "number from 1 on"  # which argparse names in its message
