"""Answer rows over HTTP by models/bundle, the bundle of the model that evaluate tested.

POST /v1/predict takes a row as an object of JSON, or several as an array of them, with the names
that the table has. GET /v1/model says which model answers, /openapi.json what a row may hold, and
/healthz, /readyz and /metrics are for what watches the service.

Keys of clients come from the environment (TRUERUN_API_KEYS, with blanks between them) or a file, a
key a line. Without any, only clients of this machine are answered. SIGHUP has the bundle read anew,
and no request is dropped; a bundle that is broken, or takes other columns, is refused, and the one
before it goes on. SIGTERM and SIGINT end the service once every request is answered.

Exit status: 0 if it was ended by a signal, 1 if it cannot start, 2 if an option is wrong.

Examples
--------
  truerun serve
  truerun serve --port 9000 --workers 2
  TRUERUN_API_KEYS=$(openssl rand -hex 24) truerun serve --host 0.0.0.0
  truerun serve --host 0.0.0.0 --keys /run/secrets/api-keys
  truerun serve --batch coming.jsonl --batch-hours 3      scores of a source of one's own, by key
  truerun serve --log requests --shadow next/models/bundle
  truerun serve --log requests --canary next/models/bundle --canary-share 0.1
"""

import argparse
from pathlib import Path

BUNDLE = Path("models/bundle")
KEYS = "TRUERUN_API_KEYS"
BATCHES = (".jsonl", ".parquet")


def parser() -> argparse.ArgumentParser:
    """The options of `truerun serve`."""
    made = argparse.ArgumentParser(
        prog="truerun serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    made.add_argument("--port", type=int, default=8000, help="default: 8000; 0 takes a free one")
    made.add_argument(
        "--workers", type=int, metavar="N", help="processes that answer; default: one a core"
    )
    made.add_argument(
        "--bundle", type=Path, default=BUNDLE, metavar="FOLDER", help=f"default: {BUNDLE}"
    )
    made.add_argument(
        "--keys", type=Path, metavar="FILE", help=f"keys of clients; default: those of {KEYS}"
    )
    made.add_argument(
        "--rows", type=int, default=1000, metavar="N", help="most rows of a request; default: 1000"
    )
    made.add_argument(
        "--bytes",
        type=int,
        default=2**20,
        metavar="N",
        help="most bytes of a request; default: 1048576",
    )
    made.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        metavar="S",
        help="longest time to receive a request, and to answer it; default: 10",
    )
    made.add_argument(
        "--waiting",
        type=int,
        default=128,
        metavar="N",
        help="requests that a worker has at a time, before it answers 429; default: 128",
    )
    made.add_argument(
        "--batch",
        type=Path,
        metavar="FILE",
        help="what `truerun predict` wrote, for GET /v1/predictions/KEY: .jsonl or .parquet",
    )
    made.add_argument(
        "--batch-hours",
        type=float,
        default=24.0,
        metavar="H",
        help="age at which the batch is stale; default: 24",
    )
    made.add_argument(
        "--log", type=Path, metavar="FOLDER", help="keep a line for each row; default: none are"
    )
    made.add_argument(
        "--log-days", type=float, default=30.0, metavar="N", help="for so many days; default: 30"
    )
    made.add_argument(
        "--log-megabytes",
        type=float,
        default=10_000.0,
        metavar="N",
        help="of so much in all, the newest; default: 10000",
    )
    made.add_argument(
        "--shadow",
        type=Path,
        metavar="FOLDER",
        help="a bundle that answers the same rows for the log, and for nobody else",
    )
    made.add_argument(
        "--canary",
        type=Path,
        metavar="FOLDER",
        help="a bundle that answers a share of the keys in place of --bundle",
    )
    made.add_argument(
        "--canary-share", type=float, default=0.05, metavar="SHARE", help="default: 0.05"
    )
    return made
