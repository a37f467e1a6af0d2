"""What scores meant on test rows: the probability that rows with a score have.

Scores of several classes are calibrated one by one against all others, and divided by their sum
(Zadrozny and Elkan 2002, Transforming Classifier Scores into Accurate Multiclass Probability
Estimates; NannyML does the same).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

FEWEST = 200  # rows, for a calibration and for an expectation
Floats = npt.NDArray[np.float64]


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
    of_cluster = np.bincount(cluster, weights=target - probability).astype(np.float64)
    return Calibration(*chosen, _design_effect(of_cluster, probability))


@dataclass(frozen=True)
class ClassCalibration:
    """The same for several classes: the maps of their scores, in their order."""

    classes: tuple[Calibration, ...]
    design_effect: float

    def __call__(self, scores: Floats) -> Floats:
        """Probabilities that sum to 1 in each row, of the same shape (rows, classes)."""
        each = [of_class(column) for of_class, column in zip(self.classes, scores.T, strict=True)]
        columns = np.clip(np.column_stack(each), 0, 1)
        whole = columns.sum(axis=1, keepdims=True)
        even = np.full_like(columns, 1 / len(self.classes))
        made: Floats = np.divide(columns, whole, out=even, where=whole > 0)
        return made

    def facts(self) -> str:
        """A hash of all that probabilities depend on."""
        maps = [
            array.tobytes() for each in self.classes for array in (each.scores, each.probabilities)
        ]
        return hashlib.sha256(b" ".join(maps)).hexdigest()


def calibration_of_classes(
    target: npt.NDArray[np.int64], scores: Floats, cluster: npt.NDArray[np.intp]
) -> ClassCalibration:
    """What the scores of several classes meant on test rows.

    The design effect is that of all classes together: the ratio of the sums of their variances.
    """
    classes = range(scores.shape[1])
    maps = [calibration((target == k).astype(np.int8), scores[:, k], cluster) for k in classes]
    alone = ClassCalibration(tuple(maps), 1.0)
    probabilities = alone(scores)
    residuals = np.eye(len(classes))[target] - probabilities
    of_cluster = [np.bincount(cluster, weights=column) for column in residuals.T]
    effect = _design_effect(np.stack(of_cluster), probabilities)
    return ClassCalibration(alone.classes, effect)


def _design_effect(of_cluster: Floats, probability: Floats) -> float:
    """How many times the variance of residuals in clusters is that of rows that go alone; or 1."""
    alone = float((probability * (1 - probability)).sum())
    return max(1.0, float((of_cluster**2).sum()) / alone) if alone else 1.0


def _isotonic(target: npt.NDArray[np.int8], scores: Floats) -> tuple[Floats, Floats]:
    """The knots of a fit that never falls."""
    fit = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, target)
    return np.asarray(fit.X_thresholds_, np.float64), np.asarray(fit.y_thresholds_, np.float64)


def _loss(target: npt.NDArray[np.int8], probability: Floats) -> float:
    clipped = np.clip(probability, 1e-3, 1 - 1e-3)  # a fit of few rows is sure of too much
    return -float(np.where(target == 1, np.log(clipped), np.log1p(-clipped)).sum())
