"""Whether training again would have paid so far, for a table in time that is small enough."""

import subprocess  # nosec B404
import sys
from pathlib import Path

from truerun.adopt.table_profile import TableProfile
from truerun.base.commands import capture

CELLS = 400_000  # of a table that is played again within seconds
SECONDS = 60.0  # after which it is left, on a machine that is slow
COMMAND = "`truerun backtest` shows whether training again would have paid so far"


def lines(folder: Path, profile: TableProfile) -> list[str]:
    """The table of `truerun backtest`, or how to get it; nothing where rows have no order in time.

    Parameters
    ----------
    folder : of the project, whose pipeline has run.
    """
    if profile.time is None:
        return []
    if profile.rows * len(profile.columns) > CELLS:
        return [f"{COMMAND}."]
    try:
        done = capture(folder, sys.executable, "-m", "truerun.backtest", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [f"{COMMAND}."]
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
        return [f"Whether training again would have paid cannot be said yet: {reason}"]
    return ["Would training again have paid so far?", "", *done.stdout.splitlines(), ""]
