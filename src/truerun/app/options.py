"""Open a page that tries out the model which a service answers by: a client of its API.

It has a form made of the contract, what moved the score, the score by another value of a column, a
file to drop for many rows, and the model card with the slices where the model is weak. It is
reached from this machine alone, and sends nothing elsewhere.

Examples
--------
  truerun app                       beside `truerun serve` in another terminal
  truerun app --url https://scores.example.org --port 8600
  TRUERUN_API_KEY=... truerun app   of a service that asks for a key
"""

import argparse

URL = "http://127.0.0.1:8000"


def parser() -> argparse.ArgumentParser:
    """The options of `truerun app`."""
    made = argparse.ArgumentParser(
        prog="truerun app",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--url", default=URL, help=f"where the service answers; default: {URL}")
    made.add_argument("--port", type=int, default=8501, help="of the page; default: 8501")
    return made
