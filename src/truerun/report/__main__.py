"""Render a comparison that `python -m truerun.compare` wrote: should this be merged?

Needs nothing but Python, and trusts nothing in the file: it is checked against its schema first.

Examples
--------
  python -m truerun.report comparison.json                      for a terminal
  python -m truerun.report comparison.json --format markdown    the comment of a pull request
  python -m truerun.report comparison.json --format html        a page with charts
"""

import argparse
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from truerun.report import markdown, page, schema, terminal
from truerun.report.contents import document

FORMATS = {"markdown": markdown.render, "html": page.render, "text": terminal.render}
# Letters that mean nothing to Markdown or HTML, and no user, query or fragment.
RUN_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")
LONGEST_URL = 300


def main() -> None:
    """Read, check, render and write."""
    parser = argparse.ArgumentParser(
        prog="python -m truerun.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("comparison", type=Path, help="what truerun.compare wrote")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--run-url", type=run_url, metavar="URL", help="where all of it can be read, https only"
    )
    chosen = parser.parse_args()
    try:
        comparison = schema.load(chosen.comparison)
        text = FORMATS[chosen.format](document(comparison), chosen.run_url)
        write(text, chosen.output)
    except schema.ComparisonError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader has read enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        print(f"error: {chosen.output} cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def run_url(text: str) -> str:
    """An address that is safe to write into a report."""
    if len(text) > LONGEST_URL or not RUN_URL.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain https address")
    return text


def write(text: str, path: Path | None) -> None:
    """Write a report as UTF-8, whatever the terminal's language is; a file whole or not at all."""
    if path is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
    elif path.exists() and not path.is_file():  # a device: nothing may take its place
        path.write_text(text, encoding="utf-8", newline="\n")
    else:
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            unfinished.write_text(text, encoding="utf-8", newline="\n")
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise


if __name__ == "__main__":
    main()
