"""What an answer over HTTP costs, beside MLflow, BentoML and MLServer; and minutes under load.

Each server answers the row of docs/flight.json on loopback to 1, 16 and 64 clients at a time, with
the same model. Processor time is that of its processes, from /proc, and hardly depends on what else
the machine does; latency and requests a second do. The page says how busy the machine was. A server
that cannot be installed or started is named there with the reason. Then the service answers for
some minutes, while its model changes and workers are killed. Ends with exit status 1 where a limit
is passed. wrk comes with the system (`apt-get install wrk`).

Usage: python -m tools.flights.bench_serve [--seconds 10] [--minutes 10] [--peers MLflow BentoML]
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.flights.bench_serve import endurance, page, services
from tools.flights.bench_serve.page import OURS
from tools.flights.bench_serve.peers import PEERS
from tools.flights.bench_serve.services import Cost, Service
from truerun.base import text_files
from truerun.base.errors import TruerunError, exit_with
from truerun.model.scoring import bundle
from truerun.release import sent_rows
from truerun.serve.answering import Answerer
from truerun.serve.client import PREDICT

OUTPUT = Path("docs/serve-benchmarks.md")
ROW = Path("docs/flight.json")
ROWS = 200  # under load


def main() -> None:
    """Measure all servers, print the page and write it; raise `TruerunError` for passed limits."""
    parser = argparse.ArgumentParser(prog="make bench-serve", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each load; default: 10")
    parser.add_argument("--minutes", type=float, default=10.0, help="of load; default: 10")
    parser.add_argument(
        "--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="default: all"
    )
    parser.add_argument("--output", type=Path, default=OUTPUT, help=f"default: {OUTPUT}")
    chosen = parser.parse_args()
    sent = json.loads(ROW.read_text("utf-8"))
    answerer = Answerer.load(bundle.FOLDER)
    row = {name: sent[name] for name in answerer.predictor.facts["features"]}
    costs: dict[str, Cost] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-serve-") as temporary:
        folder = Path(temporary)
        (score,) = endurance.scores(answerer, [sent])
        for service in ours(sent, folder):
            costs[service.name] = services.cost(service, score, chosen.seconds, folder)
        for name in chosen.peers:
            place = folder / name
            place.mkdir()
            try:
                service = PEERS[name](row, place)
                costs[name] = services.cost(service, score, chosen.seconds, place)
            except (TruerunError, OSError) as error:
                missing[name] = str(error)
                print(f"{name}: {error}", file=sys.stderr, flush=True)
        busy = os.getloadavg()[2]
        (folder / "endurance").mkdir()
        rows = sent_rows.first(ROWS).rows
        verdict = endurance.endure(folder / "endurance", bundle.FOLDER, rows, chosen.minutes)
    text = page.page(costs, missing, verdict, chosen.minutes, busy)
    text_files.write_text(chosen.output, text)
    print(text)
    if exceeded := page.problems(costs, verdict):
        raise TruerunError("\n  ".join(["limits are passed:", *exceeded]))


def ours(row: Mapping[str, Any], folder: Path) -> list[Service]:
    """The service of this repository, without a log and with one."""
    command = (sys.executable, "-m", "truerun.cli", "serve", "--port", "{port}", "--workers", "1")
    return [
        Service(
            name, (*command, *options), Path(), PREDICT, row, lambda reply: float(reply["score"])
        )
        for name, options in (
            (OURS, ()),
            (f"{OURS}, with a log", ("--log", str(folder / "requests"))),
        )
    ]


if __name__ == "__main__":
    exit_with(main)
