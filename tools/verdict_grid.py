"""How often a comparison is wrong, on made-up rows of many kinds.

A fixed fractional design. Clusters: 2, 3, 5, 10, 20 and 60, of equal sizes, of lognormal ones, and
one with half of the rows; or none. Rows: 60 to 50,000. Positives: 1 to 50 %, with ties and without.
Scores that know nothing (ROC AUC 0.5) and nearly all (0.98). Classes, numbers with heavy tails,
counts. Of each cell, two models that are equally good, and a head that is better.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats
from threadpoolctl import threadpool_limits

from truerun.base.progress import progress
from truerun.base.tasks import Task
from truerun.compare import pairs, slices
from truerun.compare.assemble import METRICS_SHARE
from truerun.compare.pairs import Scored
from truerun.compare.swaps import Floats, Judged
from truerun.model import metrics, targets
from truerun.model.tasks import TASKS

REPLICATIONS = 800
GAIN = 0.3  # of the better head, in standard deviations of what there is to know
SLICES = 8
CLASSES = 3
Sizes = Literal["none", "equal", "lognormal", "one has half"]


@dataclass(frozen=True)
class Cell:
    """A kind of rows; without clusters (`sizes` none), `clusters` says nothing."""

    task: Task = "binary"
    clusters: int = 0
    sizes: Sizes = "none"
    rows: int = 2000
    positives: float = 0.2
    signal: float = 1.0
    ties: bool = False

    def __str__(self) -> str:
        grouped = (
            "no clusters" if self.sizes == "none" else f"{self.clusters} clusters, {self.sizes}"
        )
        kind = f"{self.positives:.0%} positive, signal {self.signal:g}"
        ties = ", ties" if self.ties else ""
        return f"{self.task}, {grouped}, {self.rows:,} rows" + (
            f", {kind}{ties}" if self.task == "binary" else ""
        )


@dataclass(frozen=True)
class Rates:
    """Shares of a cell's comparisons; of a metric those in the order of the task's metrics.

    `alone` are false verdicts of a metric that is judged by itself, `beside` of one beside all
    others; `headline` those with any false verdict of a metric or a slice. `abstained` have no
    interval. `covered` are the intervals, where the head is better, that hold the mean difference.
    """

    cell: Cell
    alone: tuple[float, ...]
    beside: tuple[float, ...]
    headline: float
    abstained: tuple[float, ...]
    covered: tuple[float, ...]
    power: tuple[float, ...]


GROUPED = [(n, s) for n in (2, 3, 5, 10, 20, 60) for s in ("equal", "lognormal", "one has half")]
OTHER_TASKS: tuple[Task, ...] = ("multiclass", "regression", "counts")
CELLS = (
    *(Cell(clusters=n, sizes=s) for n, s in GROUPED),
    *(
        Cell(rows=rows, positives=positives, signal=signal, ties=ties)
        for rows, positives, signal, ties in (
            (60, 0.5, 0.0, True),
            (60, 0.5, 4.0, False),
            (60, 0.2, 1.0, False),
            (500, 0.01, 1.0, False),
            (2000, 0.01, 4.0, True),
            (2000, 0.5, 4.0, True),
            (2000, 0.5, 0.0, False),
            (50_000, 0.01, 0.0, True),
            (50_000, 0.5, 4.0, False),
        )
    ),
    *(
        Cell(clusters=n, sizes=s, rows=rows, positives=positives, signal=signal, ties=ties)
        for n, s, rows, positives, signal, ties in (
            (10, "lognormal", 60, 0.5, 0.0, True),
            (10, "one has half", 50_000, 0.01, 4.0, False),
            (60, "lognormal", 50_000, 0.5, 0.0, True),
            (60, "one has half", 2000, 0.01, 0.0, False),
        )
    ),
    *(
        Cell(task, clusters=n, sizes=s, rows=rows)
        for task in OTHER_TASKS
        for n, s, rows in (
            (0, "none", 60),
            (0, "none", 2000),
            (10, "equal", 2000),
            (10, "lognormal", 2000),
            (20, "one has half", 2000),
        )
    ),
)


def measure(cells: Sequence[Cell] = CELLS, replications: int = REPLICATIONS) -> list[Rates]:
    """The rates of each cell, in two processes."""
    with ProcessPoolExecutor(2) as pool:
        results = pool.map(partial(rates, replications=replications), cells)
        return list(progress(results, doing="grid", unit="cell", total=len(cells)))


def rates(cell: Cell, replications: int) -> Rates:
    """Draw a cell's rows again and again, with a head that is as good and one that is better."""
    names = tuple(metrics.METRICS[cell.task])
    alone, headline = np.zeros(len(names)), 0
    equal: list[list[Judged | None]] = []
    better: list[list[Judged | None]] = []
    with threadpool_limits(1):
        for number in range(replications):
            rows = draw(cell, number, 0.0)
            equal.append(judged(rows, names, METRICS_SHARE))
            alone += [_apart(one) for name in names for one in judged(rows, [name])]
            headline += any(map(_apart, equal[-1])) or _slice_apart(rows)
            better.append(judged(draw(cell, number, GAIN), names, METRICS_SHARE))
    upward = [metrics.METRICS[cell.task][name].higher_is_better for name in names]
    return Rates(
        cell,
        tuple(map(float, alone / replications)),
        tuple(np.mean([[_apart(one) for one in each] for each in equal], axis=0)),
        headline / replications,
        tuple(
            np.mean([[one is None or one.low is None for one in each] for each in equal], axis=0)
        ),
        tuple(_covered([each[n] for each in better]) for n in range(len(names))),
        tuple(
            float(np.mean([_apart(each[n]) and (each[n].value > 0) == up for each in better]))
            for n, up in enumerate(upward)
        ),
    )


def judged(
    rows: Scored, names: Sequence[str], share: float = pairs.FALSE_VERDICTS
) -> list[Judged | None]:
    """The differences of metrics, or None, without their values, which take most of the time."""
    by_name = pairs.judge(rows, names, share)
    return [by_name.get(name) for name in names]


def draw(cell: Cell, seed: int, gain: float) -> Scored:
    """Rows of clusters that share their luck, and two models.

    The head's sees `gain` more; of numbers it errs by that share less.
    """
    random = np.random.default_rng(seed)
    cluster = _clusters(cell, random)
    count = int(cluster.max()) + 1
    shared = 0.0 if cell.sizes == "none" else 1.0
    own = random.normal(size=len(cluster)) + shared * random.normal(size=count)[cluster]
    mood = 0.5 * shared * random.normal(size=(2, count))[:, cluster]
    noise = random.normal(size=(2, len(cluster))) + mood
    sees = np.array([[cell.signal], [cell.signal + gain]])
    errors = noise * np.array([[1.0], [1 - gain]])  # of numbers
    if cell.task == "multiclass":
        target = np.digitize(own, [-0.5, 0.9]).astype(np.int16)
        odds = sees[:, :, None] * np.eye(CLASSES)[target]
        odds = odds + random.normal(size=(2, len(cluster), CLASSES))
        odds[:, :, 0] += mood
        return _scored("multiclass", target, special.softmax(odds, axis=2), cluster)
    if cell.task == "regression":
        heavy = random.standard_t(2.5, size=len(cluster))
        return _scored("regression", own + heavy, own + errors, cluster)
    if cell.task == "counts":
        mean = np.exp(0.5 + 0.7 * own)
        scores = mean * np.exp(0.4 * errors)
        return _scored("counts", random.poisson(mean), scores, cluster)
    threshold = float(stats.norm.isf(cell.positives, scale=np.sqrt(1 + shared)))
    scores = special.expit(sees * (own - threshold) + noise + special.logit(cell.positives))
    scores = np.round(scores, 1) if cell.ties else scores
    return _scored("binary", (own > threshold).astype(np.int8), scores, cluster)


def page(measured: Sequence[Rates]) -> str:
    """The worst cell, and a table of all."""
    limit = int(stats.binom.ppf(0.999, REPLICATIONS, 0.05)) / REPLICATIONS
    worst = max(measured, key=lambda rates: rates.headline)
    single = max(measured, key=lambda rates: max(rates.alone))
    name = list(metrics.METRICS[single.cell.task])[int(np.argmax(single.alone))]
    lines = [
        "",
        "## Rows of every kind",
        "",
        f"{len(measured)} kinds of made-up rows, each drawn {REPLICATIONS} times: two equally good",
        f"models, and a better head. At 5 %, chance gives at most {limit:.1%} but once in a",
        "thousand kinds.",
        "",
        f"- Any false verdict, of a metric or a slice, is most frequent in *{worst.cell}*:",
        f"  {worst.headline:.1%}.",
        f"- A metric that is judged by itself is wrong most often in *{single.cell}*: {name},",
        f"  {max(single.alone):.1%}.",
        "",
        "Of the main metric: how often it is found better, whether its interval holds the truth,",
        "and how often it has none because clusters are too few.",
        "",
        "| rows | any false verdict | main metric, false | found | interval holds | no interval |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in measured:
        main = list(metrics.METRICS[each.cell.task]).index(TASKS[each.cell.task].main_metric)
        covered = each.covered[main]
        lines.append(
            f"| {each.cell} | {each.headline:.1%} | {each.beside[main]:.1%} | "
            f"{each.power[main]:.1%} | {'' if np.isnan(covered) else f'{covered:.1%}'} | "
            f"{each.abstained[main]:.1%} |"
        )
    return "\n".join(lines) + "\n"


def too_often(measured: Sequence[Rates]) -> list[str]:
    """The cells in which a false verdict is more frequent than chance explains, over all cells."""
    sure = 1 - 0.001 / len(measured)
    limit = stats.binom.ppf(sure, REPLICATIONS, 0.05) / REPLICATIONS
    return [f"{each.cell}: {each.headline:.1%}" for each in measured if each.headline > limit]


def _clusters(cell: Cell, random: np.random.Generator) -> npt.NDArray[np.intp]:
    match cell.sizes:
        case "none":
            return np.arange(cell.rows)
        case "equal":
            sizes = np.ones(cell.clusters)
        case "lognormal":
            sizes = random.lognormal(0, 1.2, cell.clusters)
        case "one has half":
            sizes = np.array([cell.clusters - 1.0, *np.ones(cell.clusters - 1)])
    counts = np.maximum(1, np.round(sizes / sizes.sum() * cell.rows)).astype(int)
    return np.repeat(np.arange(cell.clusters), counts)


def _scored(
    task: Task, target: npt.NDArray[np.generic], scores: Floats, cluster: npt.NDArray[np.intp]
) -> Scored:
    threshold = 0.4 if task == "binary" else None
    decided = [targets.decisions(side, threshold) for side in scores]
    return Scored(task, target, scores[0], scores[1], *decided, cluster)


def _slice_apart(rows: Scored) -> bool:
    """Whether a slice has a verdict, of some that have nothing to do with the models."""
    table = pd.DataFrame({"slice": (np.arange(len(rows)) % SLICES).astype(str)})
    parts = slices.parts(table, ["slice"], 1)
    main = TASKS[rows.task].main_metric
    few = [(part, rows.where(part.rows)) for part in parts]
    defined = [(part, own) for part, own in few if pairs.defined(own, [main])]
    return any(map(_apart, slices.judge(rows, defined, main).values()))


def _apart(judged: Judged | None) -> TypeGuard[Judged]:
    """Whether the interval leaves out 0: a verdict of better or worse."""
    if judged is None or judged.low is None or judged.high is None:
        return False
    return not judged.low <= 0 <= judged.high


def _covered(drawn: Sequence[Judged | None]) -> float:
    """The share of intervals that hold the mean of all differences; NaN where there are none."""
    defined = [one for one in drawn if one is not None]
    truth = np.mean([one.value for one in defined]) if defined else 0
    held = [o.low <= truth <= o.high for o in defined if o.low is not None and o.high is not None]
    return float(np.mean(held)) if held else float("nan")
