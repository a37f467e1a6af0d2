"""What is predicted: classes, amounts or counts, and which of two classes is the positive one."""

import math
import shlex
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truerun.adopt.columns import spellings
from truerun.adopt.columns.infer import Known, Seen
from truerun.base.errors import AdoptError, listed
from truerun.base.tasks import Task
from truerun.sources.table import values
from truerun.sources.table.options import Column

SPELLINGS = 20  # of two classes, at most
SHOWN = 4  # classes to leave out, in a message
MOST_CLASSES = 100
FEWEST_OF_A_CLASS = 2  # rows, on average
FEW_NUMBERS = 10  # whole numbers that are classes rather than amounts ...
ROWS_EACH = 20  # ... if each has so many rows
SMALL_COUNTS = 10  # the mean of whole numbers from 0 on that are counts
COUNTS = frozenset(
    "count counts cnt n num number visits claims children orders calls events".split()
)
POSITIVE = spellings.TRUE | frozenset(
    "+ churned churn default defaulted bad fraud fraudulent spam positive pos died dead left exited"
    " malignant sick ill diseased disease failed fail late cancelled canceled attrited attrition"
    " converted clicked bought subscribed event case infected pathologic abnormal anomaly >50k"
    " hospitalized readmitted".split()
)


@dataclass(frozen=True)
class Target:
    """The task, how the target is read for it, and why."""

    task: Task
    option: Column
    reason: str
    positive: str | None = None
    negative: str | None = None
    classes: tuple[str, ...] = ()


def merged(found: Known) -> Known:
    """The target's texts, two classes by one spelling each: 1 and 1.0 are one, Yes and yes too."""
    texts = [str(text) for text in found.texts.to_pylist()] if len(found.texts) <= SPELLINGS else []
    classes: dict[float | str, list[int]] = {}
    for place, text in enumerate(texts):
        classes.setdefault(float(text) if _is_number(text) else text.casefold(), []).append(place)
    if len(classes) != 2:  # noqa: PLR2004
        return found
    first = [max(places, key=lambda place: found.counts[place]) for places in classes.values()]
    counts = np.array([found.counts[places].sum() for places in classes.values()])
    return Known(found.texts.take(first), counts, found.missing)


def infer(name: str, found: Known, seen: Seen, asked: Task | None = None) -> Target:
    """Tell the task from the target, or check the one that is asked for.

    Raises
    ------
    AdoptError
        If nothing can be learned of such a target, or not by the task that is asked for.
    """
    distinct = len(found.texts)
    if distinct < 2:  # noqa: PLR2004
        value = f"the one value {found.texts[0].as_py()!r}" if distinct else "no value"
        raise AdoptError(f"the target {name} has {value} in all rows: there is nothing to predict")
    if asked in ("binary", "multiclass") or (asked is None and not _is_amount(name, found, seen)):
        return _classes(name, found, seen, asked)
    return _amounts(name, found, seen, asked)


def check_classes(name: str, found: Known, target: Target, *, least: int) -> None:
    """Refuse a class of so few rows that none could be on one side of the split."""
    if target.task not in ("binary", "multiclass"):
        return
    few = [str(text) for text in found.texts.filter(pa.array(found.counts < least)).to_pylist()]
    if not few:
        return
    told = f"the target {name} is {listed(few)} in fewer than {least} rows"
    without = " ".join(f"--missing {shlex.quote(f'{name}={text}')}" for text in few[:SHOWN])
    more = " ..." if len(few) > SHOWN else ""
    hint = f": {without}{more} leaves them out" if len(found.texts) - len(few) > 1 else ""
    raise AdoptError(f"{told}, too few to learn from and to test{hint}")


def _is_amount(name: str, found: Known, seen: Seen) -> bool:
    """Whether the target's values are more than names of classes."""
    distinct = len(found.texts)
    if seen.kind not in ("number", "mixed") or distinct == 2:  # noqa: PLR2004
        return False
    labels = seen.whole and seen.low in (0.0, 1.0) and distinct == (seen.high or 0) - seen.low + 1
    few = distinct <= FEW_NUMBERS and found.rows >= ROWS_EACH * distinct
    return not (few and labels) or _is_count(name, found, seen)


def _is_count(name: str, found: Known, seen: Seen) -> bool:
    """Whether whole numbers count something: they are called so, or mostly small."""
    if not seen.whole or seen.low is None or seen.low < 0:
        return False
    if set(spellings.words(name)) & COUNTS:
        return True
    if seen.kind != "number" or seen.low > 0 or len(found.texts) <= FEW_NUMBERS:
        return False
    if seen.option.thousands or seen.option.units:
        return False
    numbers = values.numbers(found.texts)
    if np.isnan(numbers).any():
        numbers = values.numbers(found.texts, ",")
    return bool(np.average(numbers, weights=found.counts) <= SMALL_COUNTS)


def _amounts(name: str, found: Known, seen: Seen, asked: Task | None) -> Target:
    """A target of numbers."""
    texts = [str(text) for text in found.texts.to_pylist()]
    numbers = seen.kind == "boolean" and all(_is_number(text.replace(",", ".")) for text in texts)
    if seen.kind not in ("number", "mixed") and not numbers:
        raise AdoptError(
            f"the target {name} holds no numbers ({seen.reason}), as {asked or 'regression'} asks for"
        )
    mark = "," if any("," in text for text in texts) else None
    plain = {"as": "number", "missing": seen.option.missing, "decimal": mark}
    option = Column.model_validate(plain) if numbers else seen.option
    if asked == "counts" or (asked is None and _is_count(name, found, seen)):
        if not seen.whole or (seen.low or 0) < 0:
            raise AdoptError(f"the target {name} is no count: it has fractions or is negative")
        return Target(
            "counts", option, f"whole numbers from {seen.low:g} to {seen.high:g}, as counts are"
        )
    return Target("regression", option, f"{seen.reason} from {seen.low:g} to {seen.high:g}")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _classes(name: str, found: Known, seen: Seen, asked: Task | None) -> Target:
    """A target of two or more classes."""
    texts = [str(text) for text in found.texts.to_pylist()]
    option = Column.model_validate({"as": "category", "missing": seen.option.missing})
    if len(texts) == 2:  # noqa: PLR2004
        if asked == "multiclass":
            raise AdoptError(
                f"the target {name} has two values ({listed(texts)}): its task is binary"
            )
        return _two(texts, found, option)
    if asked == "binary":
        raise AdoptError(
            f"the target {name} has {len(texts):,} values ({listed(texts, 4)}), not two as binary has"
        )
    if seen.kind == "date":
        raise AdoptError(
            f"the target {name} holds dates: predict the days until then, as a column of the table"
        )
    if len(texts) > MOST_CLASSES or found.rows < FEWEST_OF_A_CLASS * len(texts):
        raise AdoptError(
            f"the target {name} has {len(texts):,} different values in {found.rows:,} rows: too many"
            f" to be classes (at most {MOST_CLASSES}, of {FEWEST_OF_A_CLASS} rows each), and they are"
            f" no numbers ({seen.reason})"
        )
    reason = f"{len(texts)} classes: {listed(sorted(texts), 5)}"
    return Target("multiclass", option, reason, classes=tuple(sorted(texts)))


def _two(texts: list[str], found: Known, option: Column) -> Target:
    """A target of two classes: which is positive is told by its name, or else it is the rarer."""
    named = [text for text in texts if text.casefold() in POSITIVE]
    ordered = sorted(zip(found.counts.tolist(), texts, strict=True))
    positive = named[0] if len(named) == 1 else ordered[0][1]
    negative = next(text for text in texts if text != positive)
    why = "by its name" if len(named) == 1 else "the rarer one"
    rate = found.counts[texts.index(positive)] / found.rows
    reason = f"two values; {positive} is the positive one ({why}), {rate:.1%} of rows"
    return Target("binary", option, reason, positive, negative, (negative, positive))
