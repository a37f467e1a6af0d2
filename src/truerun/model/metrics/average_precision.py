"""Average precision: the precision at each recall, weighted by how far the recall rises there."""

import numpy as np
from sklearn import metrics as sk

from truerun.model.metrics.metric import Array, Contributions, Metric, Side, share_of


def _influence(positive: Array, score: Array) -> Array:
    """What the metric gains by a row more, over the rows; sums to 0."""
    order = np.argsort(-score, kind="stable")
    hit = positive[order].astype(np.float64)
    # Of rows with equal scores, all are called at once: each takes the counts at the last of them.
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    group = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))
    hits, called = np.cumsum(hit)[ends], ends + 1.0
    here = np.diff(hits, prepend=0)
    precision = hits / called
    whole = hits[-1]
    # A row is among those called at its own score and at all lower ones.
    by_hit, by_call = (
        np.cumsum(part[::-1])[::-1] for part in (here / called, here * hits / called**2)
    )
    own = hit * (precision[group] + by_hit[group] - np.sum(here * precision) / whole)
    influence = np.empty(len(score))
    influence[order] = (own - by_call[group]) / whole
    return influence


def _paired(target: Array, base: Side, head: Side) -> Contributions:
    positive = target == 1
    weight = (share_of(positive) + share_of(~positive)) / 2
    apart = sk.average_precision_score(target, head.score) - sk.average_precision_score(
        target, base.score
    )
    gained = _influence(positive, head.score) - _influence(positive, base.score)
    return Contributions(gained + apart * weight, weight)


METRIC = Metric(
    label="average precision",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, s, _: sk.average_precision_score(y, s),
    paired=_paired,
    needs_all_classes=True,
)
