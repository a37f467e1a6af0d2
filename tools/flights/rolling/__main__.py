"""Models of the flights, chosen by rolling months; then the newest months, beside AutoGluon.

Candidates are held against today's settings: each month from March to October is scored by models
of all rows before it. Then November and December, which no candidate has seen, are scored once by
today's settings and by AutoGluon (medium quality), which gets the same rows and raw columns. All is
done in a temporary clone, to which the two months are added. AutoGluon is installed into
.venv/autogluon, which takes 8 GB; if it cannot be, the page says why. Takes about half an hour.

Usage: python -m tools.flights.rolling [--seconds 300] [--keep FOLDER]
"""

import argparse
import contextlib
import functools
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from tools.clones import clone_into
from tools.flights.rolling import candidates, figures, page, peer
from tools.flights.rolling.candidates import CANDIDATES, NOW
from tools.flights.rolling.figures import Figures
from tools.flights.rolling.page import Shown
from tools.flights.rolling.peer import Fit
from tools.machine import machine
from truerun.base import paths, text_files
from truerun.base.commands import run
from truerun.base.errors import TruerunError, exit_with
from truerun.contract import contract as contracts
from truerun.project import params
from truerun.tune import rounds
from truerun.tune.rounds import History

OUTPUT = Path("docs/rolling.md")
CHOSEN_BY = "2013-03", "2013-10"  # the first month, and the last
NEWEST = "2013-11", "2013-12"  # shown once
T = TypeVar("T")


def main() -> None:
    """Score all months, print the page and write it."""
    parser = argparse.ArgumentParser(
        prog="make rolling-months",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--seconds", type=int, default=300, help="AutoGluon's for a month; default: 300"
    )
    parser.add_argument("--keep", type=Path, help="folder of figures; what is there is not redone")
    parser.add_argument("--output", type=Path, default=OUTPUT, help=f"default: {OUTPUT}")
    given = parser.parse_args()
    keep, output = (path and path.absolute() for path in (given.keep, given.output))
    with tempfile.TemporaryDirectory(prefix="rolling-") as temporary:
        folder = Path(temporary)
        year = functools.cache(lambda: whole_year(folder / "clone"))
        chosen = kept(keep, "chosen", list[Figures], lambda: choice(year()))
        shown = kept(keep, "shown", Shown, lambda: beside(year(), given.seconds, folder))
    text = page.page(chosen, CHOSEN_BY, shown, machine())
    text_files.write_text(output, text)
    print(text)


def whole_year(clone: Path) -> History:
    """All months, the newest among them, from a clone in which they are made."""
    clone_into(clone)
    run(clone, sys.executable, "-m", "truerun.ingest", *NEWEST)
    run(clone, "dvc", "repro", "--quiet", "validate")
    with contextlib.chdir(clone):
        contract = contracts.load(paths.SCHEMA)
        return rounds.read(params.load(), contract, CHOSEN_BY[0], NEWEST[-1])


def choice(history: History) -> list[Figures]:
    """The figures of today's settings and of all candidates, by the months before the newest."""
    rolled = replace(history, scored=history.scored[: -len(NEWEST)])
    scores = candidates.scores(rolled, [NOW, *CANDIDATES])
    return figures.compared(rolled, scores, rolled.scored)


def beside(history: History, seconds: int, folder: Path) -> Shown:
    """The figures of AutoGluon and of today's settings, by newest month and for all of them."""
    newest = replace(history, scored=history.scored[-len(NEWEST) :])
    scores = candidates.scores(newest, [NOW])
    fits: list[Fit] = []
    missing = ""
    try:
        theirs, fits = peer.fitted(newest, seconds, folder)
        scores = {peer.NAME: theirs, **scores}
    except (TruerunError, OSError) as error:
        missing = str(error)
        print(f"{peer.NAME}: {error}", file=sys.stderr, flush=True)
    groups = {newest.names[number]: [number] for number in newest.scored}
    groups["all"] = list(newest.scored)
    by_month = {name: figures.compared(newest, scores, group) for name, group in groups.items()}
    return Shown(by_month, fits, missing)


def kept(folder: Path | None, name: str, kind: type[T], ask: Callable[[], T]) -> T:
    """What a measurement gave, from a folder if it is there; else it is made, and kept there."""
    if folder is None:
        return ask()
    path, form = folder / f"{name}.json", TypeAdapter(kind)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text_files.write_text(path, form.dump_json(ask()).decode())
    return form.validate_json(path.read_bytes())


if __name__ == "__main__":
    exit_with(main)
