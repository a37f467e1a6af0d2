"""What is held against today's settings: other settings and rows, and means of several models."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.pipeline import Pipeline

from truerun.base import paths
from truerun.base.partitions import map_partitions
from truerun.model import estimators
from truerun.tune import rolling, rounds
from truerun.tune.rounds import Array, History

HGB = "train.hist_gradient_boosting"
LIGHTGBM = "train.model=lightgbm"
SLOW_LIGHTGBM = f"{LIGHTGBM} train.lightgbm.n_estimators=250 train.lightgbm.learning_rate=0.05"


@dataclass(frozen=True)
class Member:
    """A model: its settings, and which rows it learns from.

    Parameters
    ----------
    change : of the settings in section train, as `truerun tune --rolling --with` takes it.
    months : it learns from so many before the one that it scores; None for all.
    half : months after which a row counts half; None if all rows count alike.
    directed : whether its trees keep to the directions in schema.yaml.
    """

    change: str = ""
    months: int | None = None
    half: float | None = None
    directed: bool = True


@dataclass(frozen=True)
class Candidate:
    """The mean of the scores of some models."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Scores:
    """The scores of the rows of each period, and what the longest of its fits took.

    Seconds are those of a processor, of all members.
    """

    of_period: Mapping[int, Array]
    seconds: float


def seeds(count: int) -> tuple[Member, ...]:
    """Today's model with its seed, and with the first few others."""
    return (Member(), *(Member(f"train.seed={seed}") for seed in range(1, count)))


NOW = Candidate("today's settings", (Member(),))
CANDIDATES = (
    Candidate("LightGBM", (Member(LIGHTGBM),)),
    Candidate("LightGBM, 250 trees, rate 0.05", (Member(SLOW_LIGHTGBM),)),
    Candidate("blend of today's and LightGBM", (Member(), Member(LIGHTGBM))),
    Candidate("blend of today's and LightGBM, 250, 0.05", (Member(), Member(SLOW_LIGHTGBM))),
    Candidate("3 seeds", seeds(3)),
    Candidate("blend of 2 seeds and LightGBM, 250, 0.05", (*seeds(2), Member(SLOW_LIGHTGBM))),
    Candidate("200 trees, rate 0.05", (Member(f"{HGB}.max_iter=200 {HGB}.learning_rate=0.05"),)),
    Candidate("0.3 of the features at a node", (Member(f"{HGB}.max_features=0.3"),)),
    Candidate("the newest 4 months", (Member(months=4),)),
    Candidate("a row counts half after 3 months", (Member(half=3),)),
    Candidate("no directions", (Member(directed=False),)),
)


def scores(history: History, candidates: Sequence[Candidate]) -> dict[str, Scores]:
    """The scores of each candidate by its name; a model that several share is fitted once.

    Raises
    ------
    TruerunError
        If a change is none of params.yaml, or a model cannot be fitted.
    """
    text = paths.PARAMS.read_text(encoding="utf-8")
    members = list(dict.fromkeys(member for each in candidates for member in each.members))

    def of_period(number: str) -> dict[Member, tuple[Array, float]]:
        return _fits(history, text, members, int(number))

    numbers = [str(number) for number in history.scored]
    sizes = [int(history.rows.memory_usage().sum())] * len(numbers)
    made = map_partitions(of_period, numbers, "fit", sizes, unit="period")
    return {
        each.name: Scores(
            {
                int(number): np.mean([fits[member][0] for member in each.members], axis=0)
                for number, fits in made.items()
            },
            max(sum(fits[member][1] for member in each.members) for fits in made.values()),
        )
        for each in candidates
    }


def _fits(
    history: History, text: str, members: Sequence[Member], period: int
) -> dict[Member, tuple[Array, float]]:
    """Scores of a period and seconds of the fit; features are made once for each window."""
    made: dict[Member, tuple[Array, float]] = {}
    now = rolling.changed(text, "")
    for months in dict.fromkeys(member.months for member in members):
        windowed = history if months is None else since(history, period - months)
        train = rounds.training_rows(windowed, now, period)
        age = period - 1 - windowed.period[train.places]
        for member in (each for each in members if each.months == months):
            settings = rolling.changed(text, member.change).train
            directions = train.directions if member.directed else None
            built = estimators.build(settings, history.contract.task, directions)
            estimator = estimators.one_threaded(built)  # threads that wait burn time
            weight = None if member.half is None else 0.5 ** (age / member.half)
            begin = time.process_time()
            estimator.fit(train.matrix, train.target, sample_weight=weight)
            seconds = time.process_time() - begin
            model = Pipeline([("featurizer", train.featurizer), ("estimator", estimator)])
            made[member] = rounds.scores_of(model, history, period), seconds
    return made


def since(history: History, first: int) -> History:
    """The history without the periods before one."""
    kept = history.period >= first
    return replace(
        history,
        rows=history.rows[kept],
        target=history.target[kept],
        period=history.period[kept],
        cluster=history.cluster[kept],
    )
