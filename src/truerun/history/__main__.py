"""Program of `truerun history`: reads Git, writes a JSON file."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truerun.base import text_files
from truerun.base.errors import HistoryError, exit_with
from truerun.history import commits
from truerun.history.options import COMMITS, parser

VERSION = 2


def main(argv: Sequence[str] | None = None) -> None:
    """Write the history; exit status 1 if there is none."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: write(chosen))


def write(chosen: argparse.Namespace) -> None:
    """Read the commits, the oldest first, and write what is known of each."""
    own = _comparison(chosen.comparison) if chosen.comparison else {}
    newest = commits.newest(Path(), chosen.rev, COMMITS)
    summaries = [commits.summary(commit, own) for commit in newest]
    text_files.write_json(chosen.output, {"version": VERSION, "commits": summaries})


def _comparison(path: Path) -> dict[str, Any]:
    """A comparison by the commit that it is of."""
    try:
        content = json.loads(path.read_bytes())
        return {content["head"]["commit"]: content}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HistoryError(f"{path} is not a comparison: {error!r}") from error


if __name__ == "__main__":
    main()
