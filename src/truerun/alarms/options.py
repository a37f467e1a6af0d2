"""Hear the alarms of Alertmanager, and have `retrain.yml` train anew for some of them.

It answers POST /alerts on this machine, as a receiver of Alertmanager's with `webhook_configs`
sends it, with the secret of --secret as its bearer. For an alarm of --alarm that fires it sends
GitHub an event `retrain`; whether there is a training is for `retrain` of params.yaml to say. It
needs GITHUB_REPOSITORY and a GITHUB_TOKEN that may write contents, which repository_dispatch asks.

Examples
--------
  truerun alarms --secret /etc/alertmanager/secrets/webhook
  truerun alarms --secret webhook --alarm TruerunMonitorActs --alarm TruerunScoresChanged
"""

import argparse
from pathlib import Path

ALARMS = ("TruerunModelStale", "TruerunMonitorActs")
PORT = 9094


def parser() -> argparse.ArgumentParser:
    """The options of `truerun alarms`."""
    made = argparse.ArgumentParser(
        prog="truerun alarms",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--secret", type=Path, required=True, metavar="FILE", help="the credentials of Alertmanager"
    )
    made.add_argument("--port", type=int, default=PORT, metavar="N", help=f"default: {PORT}")
    made.add_argument(
        "--alarm",
        dest="alarms",
        action="append",
        metavar="NAME",
        help=f"one to train for, may be repeated; default: {' and '.join(ALARMS)}",
    )
    return made
