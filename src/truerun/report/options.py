"""Render a comparison that `truerun compare` wrote: should this be merged?

Needs nothing but Python, and trusts nothing in the file: it is checked against its schema first.

Examples
--------
  truerun report comparison.json                      for a terminal
  truerun report comparison.json --format markdown    the comment of a pull request
  truerun report comparison.json --format html        a page with charts
"""

import argparse
import re
from pathlib import Path

from truerun.report import markdown, page, terminal

FORMATS = {"markdown": markdown.render, "html": page.render, "text": terminal.render}
# Letters that mean nothing to Markdown or HTML, and no user, query or fragment.
RUN_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")
LONGEST_URL = 300


def parser() -> argparse.ArgumentParser:
    """The options of `truerun report`."""
    made = argparse.ArgumentParser(
        prog="truerun report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "comparison", type=Path, metavar="FILE", help="the comparison that `truerun compare` wrote"
    )
    made.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    made.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    made.add_argument(
        "--run-url", type=run_url, metavar="URL", help="where the whole run can be read, https only"
    )
    made.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="what `truerun history` wrote, for the page: a chart of the newest commits",
    )
    made.add_argument(
        "--commits-url",
        type=run_url,
        metavar="URL",
        help="where commits can be read, as in https://github.com/me/project/commit",
    )
    return made


def run_url(text: str) -> str:
    """An address that is safe to write into a report."""
    if len(text) > LONGEST_URL or not RUN_URL.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain https address")
    return text
