"""Write the page of a day for those who work with the scores, beside those of the days before.

It is what `truerun monitor` says of the day, in a folder that any web server or GitHub Pages shows:
a page a day, and index.html with the answer of each day, rows, refusals and, once outcomes are
known, the main metric. A day of which nothing can be said has a page that says why. With
TRUERUN_SMTP in the environment it is mailed, too:

  TRUERUN_SMTP=mail.example.org:587    465 speaks TLS from the start, others if the server offers it
  TRUERUN_MAIL_FROM=delays@example.org
  TRUERUN_MAIL_TO=ann@example.org,bob@example.org
  TRUERUN_SMTP_USER, TRUERUN_SMTP_PASSWORD    if it asks for them; never without TLS

The exit status is that of `truerun monitor`: 0 it holds, 1 have a look, 2 act, 3 nothing can be
said, or no mail could be sent.

Examples
--------
  truerun morning requests
  truerun morning requests --labels outcomes.csv --time known --until 2024-03-31
  truerun morning scores --site /var/www/delays
"""

import argparse
from pathlib import Path

from truerun.monitor import options

SITE = Path("reports/morning")


def parser() -> argparse.ArgumentParser:
    """The options of `truerun morning`: those of `truerun monitor`, and where the pages go."""
    made = argparse.ArgumentParser(
        prog="truerun morning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[options.parser(add_help=False)],
    )
    made.add_argument(
        "--site", type=Path, default=SITE, metavar="FOLDER", help=f"for the pages; default: {SITE}"
    )
    return made
