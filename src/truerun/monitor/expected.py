"""What metrics are to be expected of scores alone, before any outcome is known.

Confidence-based performance estimation, after NannyML (Białek, Kuberski, Perrakis and Bifet 2024,
Estimating Model Performance Under Covariate Shift Without Labels, arXiv:2401.08348): a row with a
calibrated probability p is of class 1 in p of all cases, so that each metric has an expectation. It
assumes that what a score means is still what it meant on the test rows: a change of what the
outcomes hang on (concept drift) it cannot see.

The interval is that of the metric that the outcomes will show, if the assumption holds: outcomes
are drawn by the probabilities. Outcomes of a day go together, so its width is multiplied by the
root of the design effect (Kish 1965, Survey Sampling, section 5.4) of days on the test rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from truerun.model.metrics.metric import EPSILON
from truerun.model.value import PER
from truerun.monitor.counts import SCALE, Ints
from truerun.params.value import PriceList

FEWEST = 200  # rows, for a calibration and for an expectation
DRAWS = 400
SEED = 20130101
TAIL = 0.025
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Expectation:
    """A metric that is to be expected, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """The probability that rows with a score have, and how far outcomes of a day go together.

    `scores` ascend; between two of them the probability is on the line that joins theirs.
    """

    scores: Floats
    probabilities: Floats
    design_effect: float

    def __call__(self, scores: Floats) -> Floats:
        """Probabilities of scores, of the same shape."""
        return np.interp(scores, self.scores, self.probabilities)


def calibration(
    target: npt.NDArray[np.int8], scores: Floats, cluster: npt.NDArray[np.intp]
) -> Calibration:
    """What scores meant on test rows: the scores themselves, if a fit does not say it better.

    The fit is isotonic (Zadrozny and Elkan 2002). It is tried on clusters of rows that it does not
    have, and kept if their log loss falls.
    """
    as_it_is = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    chosen = as_it_is
    odd = cluster % 2 == 1
    if min(odd.sum(), (~odd).sum()) >= FEWEST and len(np.unique(target)) > 1:
        gain = 0.0
        for fitted in (odd, ~odd):
            map_ = _isotonic(target[fitted], scores[fitted])
            gain += _loss(target[~fitted], scores[~fitted])
            gain -= _loss(target[~fitted], np.interp(scores[~fitted], *map_))
        if gain > 0:
            chosen = _isotonic(target, scores)
    probability = np.interp(scores, *chosen)
    residuals = target - probability
    of_cluster = np.bincount(cluster, weights=residuals)
    alone = float((probability * (1 - probability)).sum())
    effect = float((of_cluster**2).sum()) / alone if alone else 1.0
    return Calibration(*chosen, max(1.0, effect))


def of_histogram(
    histogram: Ints,
    calibrated: Calibration,
    positive: npt.NDArray[np.bool_],
    prices: PriceList | None = None,
) -> dict[str, Expectation]:
    """Each metric that is to be expected of scores that are counted in narrow bins.

    Parameters
    ----------
    histogram : rows of each bin, and sums of their scores in billionths, of shape (2, bins).
    positive : the bins of rows that are decided for.
    prices : what outcomes are worth; a value of columns is not to be expected.
    """
    kept = histogram[0] > 0
    rows = histogram[0][kept].astype(np.float64)
    if rows.sum() < FEWEST:
        return {}
    scores = histogram[1][kept] / SCALE / rows
    probability = np.clip(calibrated(scores), 0, 1)
    positive = positive[kept]
    central = metrics(rows, rows * probability, scores, positive, prices)
    generator = np.random.default_rng(SEED)
    widened = calibrated.design_effect**0.5
    drawn: dict[str, list[float]] = {name: [] for name in central}
    for _ in range(DRAWS):
        ones = generator.binomial(histogram[0][kept], probability).astype(np.float64)
        for name, value in metrics(rows, ones, scores, positive, prices).items():
            if name in drawn:
                drawn[name].append(value)
    made = {}
    for name, value in central.items():
        low, high = np.quantile(drawn[name], [TAIL, 1 - TAIL]) - value
        made[name] = Expectation(value, value + float(low) * widened, value + float(high) * widened)
    return made


def metrics(
    rows: Floats,
    ones: Floats,
    scores: Floats,
    positive: npt.NDArray[np.bool_],
    prices: PriceList | None = None,
) -> dict[str, float]:
    """Metrics of bins of rows, of which so many are of class 1; those that are not defined not.

    Parameters
    ----------
    rows, ones, scores : of shape (bins,), by ascending scores.
    positive : the bins that are decided for.

    >>> two = metrics(np.array([1.0, 1.0]), np.array([0.2, 0.8]), np.array([0.2, 0.8]),
    ...               np.array([False, True]))
    >>> round(two["roc_auc"], 3), round(two["accuracy"], 3), round(two["brier"], 3)
    (0.8, 0.8, 0.16)
    """
    zeros, count = rows - ones, rows.sum()
    true_positive, false_positive = ones[positive].sum(), zeros[positive].sum()
    false_negative, true_negative = ones[~positive].sum(), zeros[~positive].sum()
    clipped = np.clip(scores, EPSILON, 1 - EPSILON)
    made = {
        "log_loss": -float((ones * np.log(clipped) + zeros * np.log1p(-clipped)).sum() / count),
        "brier": float((ones * (1 - scores) ** 2 + zeros * scores**2).sum() / count),
        "accuracy": float((true_positive + true_negative) / count),
    }
    if ones.sum() > 0 and zeros.sum() > 0:
        below = np.cumsum(zeros) - zeros
        made["roc_auc"] = float((ones * (below + zeros / 2)).sum() / (ones.sum() * zeros.sum()))
        made["recall"] = float(true_positive / ones.sum())
    if true_positive + false_positive > 0:
        made["precision"] = float(true_positive / (true_positive + false_positive))
        made["f1"] = float(
            2 * true_positive / (2 * true_positive + false_positive + false_negative)
        )
    worth = _worth(prices)
    if worth is not None:
        outcomes = (true_positive, false_positive, false_negative, true_negative)
        made["value"] = float(PER * np.dot(worth, outcomes) / count)
    return made


def _worth(prices: PriceList | None) -> list[float] | None:
    if prices is None:
        return None
    given = (
        prices.true_positive, prices.false_positive, prices.false_negative, prices.true_negative
    )  # fmt: skip
    worth = [each for each in given if isinstance(each, float | int)]
    return worth if len(worth) == len(given) else None


def _isotonic(target: npt.NDArray[np.int8], scores: Floats) -> tuple[Floats, Floats]:
    """The knots of a fit that never falls."""
    fit = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, target)
    return np.asarray(fit.X_thresholds_, np.float64), np.asarray(fit.y_thresholds_, np.float64)


def _loss(target: npt.NDArray[np.int8], probability: Floats) -> float:
    clipped = np.clip(probability, 1e-3, 1 - 1e-3)  # a fit of few rows is sure of too much
    return -float(np.where(target == 1, np.log(clipped), np.log1p(-clipped)).sum())
