"""What metrics are to be expected of scores alone, before any outcome is known.

Confidence-based performance estimation, after NannyML (Białek, Kuberski, Perrakis and Bifet 2024,
Estimating Model Performance Under Covariate Shift Without Labels, arXiv:2401.08348): a row with a
calibrated probability p is of class 1 in p of all cases, so that each metric has an expectation. It
assumes that what a score means is still what it meant on the test rows: a change of what the
outcomes hang on (concept drift) it cannot see.

The interval is that of the metric that the outcomes will show, if the assumption holds: outcomes
are drawn by the probabilities. Outcomes of a day go together, so its width is multiplied by the
root of the design effect (Kish 1965, Survey Sampling, section 5.4) of days on the test rows.

Of several classes, a row that is decided for one is of each class in so many cases as its
calibrated probability says: so there is an expected confusion matrix, and with it all metrics of
decisions; ROC AUC is that of each class against the others (NannyML's documentation, How it works,
Confidence-based Performance Estimation, multiclass classification).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from truerun.model.metrics.metric import EPSILON
from truerun.model.value import PER
from truerun.monitor import class_sums
from truerun.monitor.calibrated import FEWEST, Calibration, ClassCalibration, Floats
from truerun.monitor.class_sums import SCALE, Ints
from truerun.params.value import PriceList

DRAWS = 400
SEED = 20130101
TAIL = 0.025
TINY = 1e-12  # of rows


@dataclass(frozen=True)
class Expectation:
    """A metric that is to be expected, with its 95 % interval."""

    value: float
    low: float
    high: float


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

    def drawn(generator: np.random.Generator) -> dict[str, float]:
        ones = generator.binomial(histogram[0][kept], probability).astype(np.float64)
        return metrics(rows, ones, scores, positive, prices)

    return _with_intervals(central, central, drawn, calibrated.design_effect)


def of_classes(
    sums: Ints,
    sample: Ints,
    calibrated: ClassCalibration,
    prices: PriceList | None = None,
    labels: Sequence[str] = (),
) -> dict[str, Expectation]:
    """Each metric that is to be expected of the scores of several classes.

    The interval is that of the rows of the sample, as if each stood for as many as there are of it.

    Parameters
    ----------
    sums, sample : as `class_sums` keeps them of the rows.
    labels : the classes, as the price list names them.
    """
    classes = len(calibrated.classes)
    rows = round(float(class_sums.parts(sums, classes)[0].sum()))
    if rows < FEWEST:
        return {}
    central = metrics_of_classes(sums, classes, prices, labels)
    scores = sample[:, 1:] / SCALE
    probabilities = calibrated(scores)
    stand_for = rows // len(sample) + (np.arange(len(sample)) < rows % len(sample))

    def of_rows(outcomes: Floats) -> dict[str, float]:
        drawn_sums = class_sums.sums(scores, class_sums.billionths(outcomes))
        return metrics_of_classes(drawn_sums, classes, prices, labels)

    def drawn(generator: np.random.Generator) -> dict[str, float]:
        return of_rows(generator.multinomial(stand_for, probabilities).astype(np.float64))

    middle = of_rows(stand_for[:, None] * probabilities)
    return _with_intervals(central, middle, drawn, calibrated.design_effect)


def _with_intervals(
    central: dict[str, float],
    middle: dict[str, float],
    drawn: Callable[[np.random.Generator], dict[str, float]],
    design_effect: float,
) -> dict[str, Expectation]:
    """Metrics with the intervals of draws about their own middle, widened by a design effect.

    One that most draws do not define is not to be expected.
    """
    generator = np.random.default_rng(SEED)
    widened = design_effect**0.5
    values: dict[str, list[float]] = {name: [] for name in central}
    for _ in range(DRAWS):
        for name, value in drawn(generator).items():
            if name in values:
                values[name].append(value)
    made = {}
    for name, value in central.items():
        if len(values[name]) < DRAWS / 2:
            continue
        low, high = np.quantile(values[name], [TAIL, 1 - TAIL]) - middle[name]
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
        made["roc_auc"] = _area(ones, zeros)
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


def metrics_of_classes(
    sums: Ints, classes: int, prices: PriceList | None = None, labels: Sequence[str] = ()
) -> dict[str, float]:
    """Metrics of rows of several classes by their sums; those that are not defined not.

    Means of classes are plain ones, as those of the task's metrics.

    >>> scores, of_class = np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([[1.0, 0.0], [0.5, 0.5]])
    >>> two = metrics_of_classes(class_sums.sums(scores, class_sums.billionths(of_class)), 2)
    >>> round(two["accuracy"], 3), round(two["brier"], 3), round(two["roc_auc_macro"], 3)
    (0.75, 0.3, 0.833)
    """
    decided, losses, of_bins = class_sums.parts(sums, classes)
    count, right = decided.sum(), decided.diagonal()
    actual, called = decided.sum(axis=0), decided.sum(axis=1)
    made = {
        "log_loss": float(losses[0] / count),
        "brier": float(losses[1] / count),
        "accuracy": float(right.sum() / count),
        "f1_macro": float((2 * right / np.maximum(actual + called, TINY)).mean()),
    }
    if (actual > 0).all():
        made["balanced_accuracy"] = float((right / actual).mean())
        if (actual < count).all():
            ones, zeros = of_bins[1], of_bins[0] - of_bins[1]
            areas = [_area(*of_class) for of_class in zip(ones, zeros, strict=True)]
            made["roc_auc_macro"] = float(np.mean(areas))
    if prices is not None and prices.matrix is not None:
        worth = [[prices.matrix[of][for_] for of in labels] for for_ in labels]
        made["value"] = float(PER * (np.array(worth) * decided).sum() / count)
    return made


def _area(ones: Floats, zeros: Floats) -> float:
    """How often a row of 1 has a higher score than one of 0, of bins by ascending scores."""
    below = np.cumsum(zeros) - zeros
    return float((ones * (below + zeros / 2)).sum() / (ones.sum() * zeros.sum()))


def _worth(prices: PriceList | None) -> list[float] | None:
    if prices is None:
        return None
    given = (
        prices.true_positive, prices.false_positive, prices.false_negative, prices.true_negative
    )  # fmt: skip
    worth = [each for each in given if isinstance(each, float | int)]
    return worth if len(worth) == len(given) else None
