"""Streams of a town that go on for months, some of them with a fault: rows, and no verdict."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.limits import stations
from tests.monitor import town

FAULTY, LABELLED = 10, 3  # streams of a kind
WARM, QUARTER = 28, 91  # days before the first that is judged, and of a quiet stream from then on
FAULT, AFTER = 56, 49  # the day on which a fault begins, and days from then on
DAY = pd.Timedelta(days=1)
FIRST = pd.Timestamp(town.FIRST, tz="UTC")
Change = Callable[[pd.DataFrame, "pd.Series[float]", np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Trial:
    """A kind of stream: what is changed of it, which checks should tell, and how soon labels are.

    `change` takes rows, weeks since the fault began (negative before it) and a generator.
    """

    name: str
    change: Change
    expected: Collection[str]
    labelled: bool = False
    biased: bool = False
    shadow: bool = False


def nothing(rows: pd.DataFrame, _weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows


def drift(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    """A column moves by half of its noise a week; scores and outcomes do not."""
    return rows.assign(load=rows["load"] + 4 * weeks.clip(lower=0))


def drift_with_loss(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    """The same, and week by week a tenth more of the outcomes are by chance."""
    by_chance = random.random(len(rows)) < (0.1 * weeks.clip(lower=0)).clip(upper=0.6)
    bad = np.where(by_chance, random.random(len(rows)) < 0.4, rows["bad"])
    return drift(rows, weeks, random).assign(bad=bad.astype("int8"))


def loss(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    """From one day on half of the outcomes are by chance."""
    by_chance = (random.random(len(rows)) < 0.5) & (weeks >= 0)
    bad = np.where(by_chance, random.random(len(rows)) < 0.4, rows["bad"])
    return rows.assign(bad=bad.astype("int8"))


def empty(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows.assign(heat=rows["heat"].where(weeks < 0))


def units(rows: pd.DataFrame, weeks: "pd.Series[float]", _: np.random.Generator) -> pd.DataFrame:
    return rows.assign(heat=np.where(weeks < 0, rows["heat"], rows["heat"] * 1.8 + 32))


def halved(
    rows: pd.DataFrame, weeks: "pd.Series[float]", random: np.random.Generator
) -> pd.DataFrame:
    return rows[(weeks < 0) | (random.random(len(rows)) < 0.5)]


INPUTS = {"drift", "range", "missing", "relation", "volume", "refused"}
TRIALS = (
    Trial("a column drifts, the model does not lose", drift, INPUTS),
    Trial("a column drifts, and the model loses", drift_with_loss, INPUTS),
    Trial("a column drifts, and the model loses: by outcomes", drift_with_loss,
          {"performance"}, labelled=True),
    Trial("half of the outcomes are by chance: by outcomes", loss, {"performance"},
          labelled=True),
    Trial("half of the outcomes are by chance: without them", loss, INPUTS),
    Trial("a column is empty", empty, {"missing"}),
    Trial("a column changes its unit", units, INPUTS),
    Trial("half of the rows come", halved, {"volume"}),
    Trial("bad outcomes come at once, good ones after ten days", nothing, {"labels"},
          labelled=True, biased=True),
    Trial("a shadow is better", nothing, {"shadow"}, labelled=True, shadow=True),
)  # fmt: skip


def stream(seed: int, change: Change, days: int) -> pd.DataFrame:
    """Rows of so many days after the training rows, at the same time of the year as they were."""
    random = np.random.default_rng(seed + 10_000)
    rows = town.rows(seed)
    rows = rows[rows["at"] < stations.FIRST + days * DAY].reset_index(drop=True)
    rows["at"] += FIRST - stations.FIRST
    weeks = (rows["at"] - FIRST) / DAY // 1 - FAULT
    return change(rows, weeks / 7, random)


def seeds(trial: Trial) -> range:
    """Those of the streams of a kind."""
    return range(3, 3 + (LABELLED if trial.labelled else FAULTY))


def quiet_seeds(quarters: int) -> range:
    """Those of so many streams without a fault."""
    return range(1000, 1000 + quarters)


def quiet(seed: int) -> pd.DataFrame:
    """A stream without a fault."""
    return stream(seed, nothing, WARM + QUARTER)
