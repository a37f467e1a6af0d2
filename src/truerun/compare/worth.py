"""What decisions are worth at other thresholds: at each, and at the one training rows prefer."""

from dataclasses import replace

import numpy as np

from truerun.base.errors import ModelError
from truerun.compare import pairs
from truerun.compare.pairing import Pairing
from truerun.compare.pairs import RowValues
from truerun.compare.price_list import SidePrices
from truerun.compare.revision import Revision
from truerun.comparison.comparison import BestThreshold, Missing, Value, ValueCurve
from truerun.evaluation import threshold
from truerun.model import targets, value
from truerun.model.value import VALUE, Floats

POINTS = 60  # of a curve, beside those marked

OfDecisions = tuple[Floats, Floats]  # what each row is worth if it is decided for 0, and for 1
Thresholds = tuple[float | None, float | None]  # of base and head


def compare(
    prices: SidePrices, main: Pairing, head: Revision, thresholds: Thresholds
) -> Value | Missing:
    """The price list that counts; of a binary task what other thresholds would be worth."""
    worth = main.scored.worth
    if not isinstance(worth, RowValues):
        return worth or Missing(missing="the rows were not valued")
    best: BestThreshold | Missing | None = None
    curve = None
    _, present = thresholds
    if present is not None:
        of_decisions = value.of_decisions(prices.price_list, main.columns, main.scored.target)
        best = _best(main, worth, of_decisions, head, present)
        marked = [*thresholds, None if isinstance(best, Missing) else best.threshold]
        curve = _curve(main, of_decisions, [at for at in marked if at is not None])
    return Value(
        name=prices.price_list.name,
        unit=prices.price_list.unit,
        prices=value.prices(prices.price_list),
        by=prices.by,
        best=best,
        curve=curve,
    )


def _best(
    main: Pairing, worth: RowValues, of_decisions: OfDecisions, head: Revision, present: float
) -> BestThreshold | Missing:
    """The head at the threshold that it claims to be best, against the head as it is."""
    try:
        best = threshold.read(head.folder)
    except ModelError as error:
        return Missing(missing=f"{head.name}: {error}")
    if best is None:
        return Missing(missing=f"{head.name}: {threshold.PATH} says that there is none")
    scored = main.scored
    decision = targets.decisions(scored.head, best)
    negative, positive = of_decisions
    then = np.where(decision == 1, positive, negative)
    both = replace(
        scored,
        base=scored.head,
        base_decision=scored.head_decision,
        head_decision=decision,
        worth=RowValues(worth.label, worth.head, then),
    )
    (difference,) = pairs.differences(both, [VALUE])
    return BestThreshold(threshold=best, present=present, difference=difference)


def _curve(main: Pairing, of_decisions: OfDecisions, marked: list[float]) -> ValueCurve:
    scores = main.scored.base, main.scored.head
    thresholds = value.thresholds(scores, marked, POINTS)
    base, head = (value.by_threshold(of_decisions, score, thresholds) for score in scores)
    return ValueCurve(
        thresholds=tuple(map(float, thresholds)),
        base=tuple(map(float, base)),
        head=tuple(map(float, head)),
    )
