"""Section `evaluate.value`: what comes of decisions or predictions is worth, in a unit."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator

from truerun.base.settings import Section
from truerun.params.numbers import NotNegative

LARGEST = 1e12  # of a price, and of what a row is worth: sums of more lose their last digits


def _word(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be a word or a few on one line")
    return text


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise ValueError("must be a number, at most 1e12 either way")
    return float(value)


def _worth(value: Any) -> float | str:
    if isinstance(value, str) and value:
        return value
    try:
        return _amount(value)
    except ValueError as error:
        raise ValueError(f"{error}, or the name of a column") from error


Word = Annotated[str, Field(max_length=40), AfterValidator(_word)]
Amount = Annotated[float, PlainValidator(_amount)]
Worth = Annotated[float | str, PlainValidator(_worth)]
Cost = Annotated[NotNegative, Field(le=LARGEST)]


class PriceList(Section):
    """What outcomes are worth: costs are negative, but `over` and `under` are costs.

    A binary task has its four outcomes, each a number or the name of a column that has one for each
    row. Several classes have a `matrix`: of each class what it is worth to decide for each class.
    Numbers have the cost of each unit that a prediction is above (`over`) or below (`under`) what
    came of it. Rows with one value of the column `group` share a fold when a threshold is sought.
    """

    name: Word
    unit: Word
    true_positive: Worth | None = None
    false_positive: Worth | None = None
    false_negative: Worth | None = None
    true_negative: Worth | None = None
    matrix: dict[str, dict[str, Amount]] | None = None
    over: Cost | None = None
    under: Cost | None = None
    group: str | None = None
