"""AutoGluon, in an environment of its own, with the columns and rows that our models have.

Its packages are those of requirements/autogluon.txt, by their hashes, and lie in .venv/autogluon.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.environments import environment
from tools.flights.rolling.candidates import Scores
from truerun.base import text_files
from truerun.base.commands import run
from truerun.project import params
from truerun.tune.rounds import History

NAME = "AutoGluon"
CODE = Path(__file__).with_name("peer_code") / "of_autogluon.py"
PRESETS, CORES = "medium_quality", 2
SIDES = ("train", "test")


@dataclass(frozen=True)
class Fit:
    """What a fit took, in seconds of processors and on the wall, and what came of it.

    `models` are those that were fitted, `version` is the library's.
    """

    period: str
    processor: float
    wall: float
    models: list[str]
    version: str


def fitted(history: History, seconds: int, folder: Path) -> tuple[Scores, list[Fit]]:
    """What AutoGluon says of each period, fitted on all rows before it.

    Parameters
    ----------
    seconds : on the wall, that a fit may take.
    folder : for the rows.

    Raises
    ------
    TruerunError
        If it cannot be installed, or fails.
    """
    programs = environment("autogluon")
    contract = history.contract
    columns = [*contract.features(params.load().featurize.exclude)]
    rows = history.rows[columns].assign(**{contract.target: history.target})
    for number in history.scored:
        parts = (history.period < number, history.period == number)
        for side, part in zip(SIDES, parts, strict=True):
            table = rows[part] if side == "train" else rows.loc[part, columns]
            table.to_parquet(folder / f"{side}-{history.names[number]}.parquet", index=False)
    plan = {
        "target": contract.target,
        "periods": [history.names[number] for number in history.scored],
        "sides": SIDES,
        "presets": PRESETS,
        "seconds": seconds,
        "cores": CORES,
    }
    text_files.write_json(folder / "plan.json", plan)
    home = {"HOME": str(programs.parent), "OMP_NUM_THREADS": str(CORES)}
    run(folder, str(programs / "python"), "-I", str(CODE), ".", **home)
    return read(folder / "scores.json", history.names, history.scored)


def read(path: Path, names: Sequence[str], scored: Sequence[int]) -> tuple[Scores, list[Fit]]:
    """What the program left, of the periods that are scored."""
    left = json.loads(path.read_text(encoding="utf-8"))
    of_period = {number: np.asarray(left[names[number]].pop("scores")) for number in scored}
    fits = [Fit(names[number], **left[names[number]]) for number in scored]
    return Scores(of_period, max(fit.processor for fit in fits)), fits
