"""Program of `truerun report`: reads a comparison, checks it, renders it."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from truerun.report import history, schema
from truerun.report.contents import document
from truerun.report.options import FORMATS, parser


def main(argv: Sequence[str] | None = None) -> None:
    """Read, check, render and write."""
    chosen = parser().parse_args(argv)
    if chosen.history and chosen.format != "html":
        parser().error("--history goes with --format html: only the page has its charts")
    try:
        comparison = schema.load(chosen.comparison)
        past = history.load(chosen.history) if chosen.history else None
        report = document(comparison, past, chosen.commits_url)
        text = FORMATS[chosen.format](report, chosen.run_url)
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
