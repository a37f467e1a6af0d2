"""Hold what a model was asked and said against what it learned, and against outcomes.

PLACE is what `truerun serve --log FOLDER` keeps; or what `truerun predict --output` wrote, a file
or a folder of files with a day in their names, whose scores are judged alone. The answer is the
exit status, too: 0 it holds, 1 have a look, 2 act, 3 nothing can be said. The counts of each day
are kept below the output, so that a day costs a day.

Examples
--------
  truerun monitor requests
  truerun monitor requests --labels outcomes.csv --time churned_on --until 2024-03-31
"""

import argparse
import datetime as dt
from pathlib import Path

BUNDLE, OUTPUT = Path("models/bundle"), Path("reports/monitor")


def parser(*, add_help: bool = True) -> argparse.ArgumentParser:
    """The options of `truerun monitor`, which are those of another command, too, without help."""
    made = argparse.ArgumentParser(
        prog="truerun monitor",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=add_help,
    )
    made.add_argument("log", type=Path, metavar="PLACE", help="a log of requests, or scores")
    made.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="outcomes that came since: CSV, JSON lines or Parquet with the key and the target",
    )
    made.add_argument("--time", metavar="COLUMN", help="the moment of each outcome, in that file")
    made.add_argument(
        "--until", type=day, metavar="DAY", help="the last day (UTC), such as 2024-02-29; default:"
        " yesterday"
    )  # fmt: skip
    made.add_argument(
        "--bundle", type=Path, default=BUNDLE, metavar="FOLDER", help=f"default: {BUNDLE}"
    )
    made.add_argument(
        "--output",
        type=Path,
        default=OUTPUT,
        metavar="FOLDER",
        help=f"for monitor.json, monitor.html, monitor.prom and the counts of days; default:"
        f" {OUTPUT}",
    )
    return made


def day(text: str) -> dt.date:
    """A day as an option has it; raise `ArgumentTypeError` if it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2024-02-29") from None
