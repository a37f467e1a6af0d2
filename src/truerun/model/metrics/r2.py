"""R²: the share of the target's variance that the scores explain."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import EPSILON, Array, Contributions, Metric, Side, evenly


def _value(y: Array, s: Array, _: Array) -> float:
    return float(sk.r2_score(y, s))


def _paired(y: Array, base: Side, head: Side) -> Contributions:
    spread = (y - y.mean()) ** 2
    whole = max(float(spread.mean()), EPSILON)
    gained = (base.score - y) ** 2 - (head.score - y) ** 2
    return evenly((gained - gained.mean() * (spread / whole - 1)) / whole)


METRIC = Metric(
    label="R²",
    tasks=("regression", "counts"),
    higher_is_better=True,
    value=_value,
    paired=_paired,
    in_slices=True,
    needs_all_classes=True,
)
