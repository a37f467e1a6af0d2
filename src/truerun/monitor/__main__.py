"""Program of `truerun monitor`."""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

from truerun.base import text_files
from truerun.base.errors import TruerunError, exit_with
from truerun.monitor import assemble, prometheus, release
from truerun.monitor.document import document
from truerun.monitor.options import parser
from truerun.monitor.release import MonitorError
from truerun.monitor.result import ORDER, MonitorResult
from truerun.report import page, terminal


def main(argv: Sequence[str] | None = None) -> None:
    """Say how a model does; the exit status is the answer, 3 where there is none."""
    chosen = parser().parse_args(argv)
    answers: list[MonitorResult] = []
    exit_with(lambda: answers.append(run(chosen)))
    sys.exit(ORDER.index(answers[0].answer))


def run(chosen: argparse.Namespace) -> MonitorResult:
    """Read, judge, write and print.

    Raises
    ------
    MonitorError
        If nothing can be said; the message says why.
    """
    if chosen.time is not None and chosen.labels is None:
        raise MonitorError("--time goes with --labels: it names a column of that file")
    until = chosen.until or dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    try:
        released = release.load(chosen.bundle)
        result = assemble.result(
            chosen.log, released, chosen.output / "days", until, chosen.labels, chosen.time
        )
        report = document(result)
        content = result.model_dump(mode="json")
        text_files.write_json(chosen.output / "monitor.json", content)
        text_files.write_text(chosen.output / "monitor.html", page.render(report, None))
        text_files.write_text(chosen.output / "monitor.prom", prometheus.text(result))
    except MonitorError:
        raise
    except TruerunError as error:  # 1 and 2 are answers
        raise MonitorError(str(error)) from error
    print(terminal.render(report, None), end="")
    print(f"\n{chosen.output / 'monitor.html'} has the page")
    return result


if __name__ == "__main__":
    main()
