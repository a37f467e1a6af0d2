"""What our monitor says of streams with faults, beside what NannyML and evidently say of them.

A library that cannot be installed is named on the page with the reason.

Usage: python -m tools.bench_monitor [--quarters 200] [--peers NannyML] [--keep FOLDER]
"""

import argparse
import dataclasses
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.monitor import trials

from tools.bench_monitor import page
from tools.bench_monitor.page import OURS, Alarms
from tools.bench_monitor.peers import PEERS, alarms
from truerun.base import text_files
from truerun.base.errors import TruerunError, exit_with

OUTPUT = Path("docs/monitor-trials.md")


def main() -> None:
    """Play the streams, print the page and write it."""
    parser = argparse.ArgumentParser(prog="make bench-monitor", description=__doc__)
    parser.add_argument(
        "--quarters", type=int, default=200, help="quiet ones of our monitor; default: 200"
    )
    parser.add_argument(
        "--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="default: all"
    )
    parser.add_argument("--keep", type=Path, help="folder of alarms; a tool there is not asked")
    parser.add_argument("--output", type=Path, default=OUTPUT, help=f"default: {OUTPUT}")
    chosen = parser.parse_args()
    alarms_of = {OURS: kept(chosen.keep, OURS, lambda: Alarms(*trials.alarms(chosen.quarters)))}
    missing: dict[str, str] = {}
    for name in chosen.peers:
        try:
            alarms_of[name] = kept(chosen.keep, name, functools.partial(alarms, name))
        except (TruerunError, OSError) as error:
            missing[name] = str(error)
            print(f"{name}: {error}", file=sys.stderr, flush=True)
    text = page.page(alarms_of, missing)
    text_files.write_text(chosen.output, text)
    print(text)


def kept(folder: Path | None, name: str, ask: Callable[[], Alarms]) -> Alarms:
    """What a tool said, from a folder if it is there; else it is asked, and kept there."""
    if folder is None:
        return ask()
    path = folder / f"{name}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text_files.write_json(path, dataclasses.asdict(ask()))
    return Alarms(**json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    exit_with(main)
