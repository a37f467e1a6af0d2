"""Whether training again would have paid so far, for a table in time that is small enough."""

import subprocess  # nosec B404
import sys
from pathlib import Path

from truerun.base.commands import capture

CELLS, PARTS = 200_000, 12  # of a table that is played again within seconds
SECONDS = 60.0  # after which it is left, on a machine that is slow
COMMAND = "`truerun backtest` shows whether training again would have paid so far."


def lines(folder: Path, cells: int, parts: int) -> list[str]:
    """The table of `truerun backtest`, or how to get it.

    Parameters
    ----------
    folder : of a project in time, whose pipeline has run.
    cells : rows times columns.
    parts : files that the table is in.
    """
    if cells > CELLS or parts > PARTS:
        return [COMMAND]
    try:
        done = capture(folder, sys.executable, "-m", "truerun.backtest", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [COMMAND]
    if done.returncode:
        reason = " ".join(done.stderr.partition("error: ")[2].split())
        return [f"Whether training again would have paid cannot be said yet: {reason}"]
    return ["Would training again have paid so far?", "", *done.stdout.splitlines(), ""]
