"""Average precision: the precision at each recall, weighted by how far the recall rises there."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, ByBootstrap, Draw, Metric, Weighted


def _weighted(target: Array, score: Array, _: Array, cluster: Array) -> Weighted:
    order = np.argsort(-score, kind="stable")
    ordered, positive = cluster[order], target[order] == 1
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)

    def value(drawn: Draw) -> float:
        weight = drawn[ordered]
        hits = np.cumsum(weight * positive)[ends]
        called = np.cumsum(weight)[ends]
        if not hits[-1]:
            return float("nan")
        gained = np.diff(hits, prepend=0)
        return float(np.sum(gained * hits / np.maximum(called, 1)) / hits[-1])

    return value


METRIC = Metric(
    label="average precision",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, s, _: sk.average_precision_score(y, s),
    paired=ByBootstrap(_weighted),
    needs_all_classes=True,
)
