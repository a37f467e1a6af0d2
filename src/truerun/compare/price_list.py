"""By whose price list both sides are valued, and what their rows are worth by it.

A change cannot judge itself by new prices: those of the base count, where it has any.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy.typing as npt
import pandas as pd

from truerun.base import paths, settings
from truerun.base.errors import TruerunError
from truerun.compare.pairs import RowValues
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Missing, Side
from truerun.contract.contract import Contract
from truerun.model import value
from truerun.model.value import Floats
from truerun.params.value import PriceList

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SidePrices:
    """The price list of one side, by which both are valued."""

    price_list: PriceList
    by: Side


@dataclass(frozen=True)
class ValuedRows:
    """Rows with the columns of a price list, their target, and the scores and decisions of a side.

    `labels` are the classes that decisions are numbers of.
    """

    rows: pd.DataFrame
    target: Array
    score: Array
    decision: Array
    labels: tuple[str, ...]


def of_sides(
    base: Revision, chosen: PriceList | None, contract: Contract
) -> SidePrices | Missing | None:
    """The base's price list, or the head's if it has none; None if neither has one.

    Parameters
    ----------
    chosen, contract : the head's.
    """
    section = base.settings(paths.PARAMS).get("evaluate")
    content = section.get("value") if isinstance(section, dict) else None
    try:
        if content is not None:
            theirs = settings.checked(PriceList, content, paths.PARAMS, "evaluate.value")
            own = base.contract()
            value.check(theirs, contract if isinstance(own, Missing) else own)
            return SidePrices(theirs, "base")
        if chosen is None:
            return None
        value.check(chosen, contract)
    except TruerunError as error:
        side = "head" if content is None else base.name
        return Missing(missing=f"the value of outcomes at {side}: {error}")
    return SidePrices(chosen, "head")


def row_values(
    prices: SidePrices | Missing | None, contract: Contract, base: ValuedRows, head: ValuedRows
) -> RowValues | Missing | None:
    """What each row is worth at base and head; or why that is not known."""
    if prices is None or isinstance(prices, Missing):
        return prices
    try:
        sides = (of_rows(prices, contract, side) for side in (base, head))
        return RowValues(value.label(prices.price_list), *sides)
    except TruerunError as error:
        return Missing(missing=str(error))


def of_rows(prices: SidePrices, contract: Contract, judged: ValuedRows) -> Floats:
    """What each row is worth at one side."""
    given = (getattr(judged, field.name) for field in fields(judged))
    return value.of_rows(prices.price_list, contract.task, *given)
