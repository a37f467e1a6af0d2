"""Program of `truerun morning`."""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

from truerun.base.errors import TruerunError, exit_with
from truerun.base.files import read_bytes
from truerun.monitor import __main__ as monitor
from truerun.monitor.release import MonitorError
from truerun.monitor.result import ORDER
from truerun.morning import mail, site
from truerun.morning.options import parser
from truerun.morning.site import INDEX, Said

UNKNOWN = 3  # the exit status of `truerun monitor` where nothing can be said


def main(argv: Sequence[str] | None = None) -> None:
    """Write the pages, and mail that of the day; the exit status is that of the monitor."""
    chosen = parser().parse_args(argv)
    results: list[Said] = []

    def run() -> None:
        try:
            results.append(morning(chosen))
        except MonitorError:
            raise
        except TruerunError as error:  # 1 and 2 are answers
            raise MonitorError(str(error)) from error

    exit_with(run)
    sys.exit(UNKNOWN if isinstance(results[0], str) else ORDER.index(results[0].answer))


def morning(chosen: argparse.Namespace) -> Said:
    """Hold the service against what it learned, write the pages, and send the mail.

    Raises
    ------
    TruerunError
        If a page cannot be written, or the mail cannot be sent.
    """
    to = mail.settings()
    day = chosen.until or dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    result: Said
    try:
        result = monitor.run(chosen)
    except MonitorError as error:
        result = str(error)
        print(f"Nothing can be said of {day}: {result}", file=sys.stderr)
    site.add(chosen.site, day, result, chosen.output / "monitor.html")
    print(f"{chosen.site / INDEX} leads to the page of each day")
    if to is not None:
        name = f"{day}.html"
        page = read_bytes(chosen.site / name).decode()
        text = site.line(day, result)
        mail.send(to, mail.message(to, text.partition(", ")[0], f"{text}\n", page, name))
        print(f"mailed to {', '.join(to.receivers)}")
    return result


if __name__ == "__main__":
    main()
