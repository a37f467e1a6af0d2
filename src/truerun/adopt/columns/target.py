"""What is predicted: classes, amounts or counts, and which of two classes is the positive one."""

import math
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truerun.adopt.columns import advice, spellings
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.value_counts import ValueCounts
from truerun.base.errors import AdoptError, listed
from truerun.base.tasks import Task
from truerun.sources.table import values
from truerun.sources.table.options import ColumnOptions

SPELLINGS = 20  # of two classes, at most
MOST_CLASSES = 100
FEWEST_OF_A_CLASS = 2  # rows, on average
FEW_NUMBERS = 10  # whole numbers that are classes rather than amounts ...
ROWS_EACH = 20  # ... if each has so many rows
LARGEST = float(np.finfo(np.float32).max)  # of scores, which are of single precision
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
# What a class begins with that denies the other one, in several languages.
DENIAL = re.compile(
    r"(?:not|non|no|without|un|kein|keine|nicht|ohne|sans|pas|sin|sem|senza|geen|niet|zonder|bez|нет"
    r"|не|без)[\s_-]*"
)


@dataclass(frozen=True)
class Target:
    """The task, how the target is read for it, and the reason."""

    task: Task
    option: ColumnOptions
    reason: str
    positive: str | None = None
    negative: str | None = None
    classes: tuple[str, ...] = ()


def merge_spellings(value_counts: ValueCounts) -> ValueCounts:
    """The target's texts, with one spelling for each of two classes: 1 and 1.0 are one, Yes and yes too."""
    texts = (
        [str(text) for text in value_counts.texts.to_pylist()]
        if len(value_counts.texts) <= SPELLINGS
        else []
    )
    classes: dict[float | str, list[int]] = {}
    for position, text in enumerate(texts):
        classes.setdefault(float(text) if is_number(text) else text.casefold(), []).append(position)
    if len(classes) != 2:  # noqa: PLR2004
        return value_counts
    representatives = [
        max(positions, key=lambda position: value_counts.counts[position])
        for positions in classes.values()
    ]
    counts = np.array([value_counts.counts[positions].sum() for positions in classes.values()])
    return ValueCounts(value_counts.texts.take(representatives), counts, value_counts.missing)


def infer_target(
    name: str,
    value_counts: ValueCounts,
    summary: ColumnSummary,
    task: Task | None = None,
    positive: str | None = None,
) -> Target:
    """Infer the task from the target, or check the one that the user asks for.

    Parameters
    ----------
    positive : which of two classes the user wants to be the positive one.

    Raises
    ------
    AdoptError
        If nothing can be learned from such a target, or not by that task.
    """
    distinct = len(value_counts.texts)
    if distinct < 2:  # noqa: PLR2004
        value = (
            f"the same value {value_counts.texts[0].as_py()!r} in all rows"
            if distinct
            else "no value in any row"
        )
        raise AdoptError(f"the target {name} has {value}: there is nothing to predict")
    if task in ("binary", "multiclass") or (
        task is None and not _is_amount(name, value_counts, summary)
    ):
        return _class_target(name, value_counts, summary, task, positive)
    if positive is not None:
        raise AdoptError(f"--positive {positive}: the target {name} does not have two classes")
    return _amount_target(name, value_counts, summary, task)


def check_classes(name: str, value_counts: ValueCounts, target: Target, *, least: int) -> None:
    """Refuse a class with so few rows that one side of the split might have none."""
    if target.task not in ("binary", "multiclass"):
        return
    rare = [
        str(text)
        for text in value_counts.texts.filter(pa.array(value_counts.counts < least)).to_pylist()
    ]
    if not rare:
        return
    problem = f"the target {name} is {listed(rare)} in fewer than {least} rows"
    options = " ".join(advice.option("missing", name, text) for text in rare)
    hint = f": {options} leaves them out" if len(value_counts.texts) - len(rare) > 1 else ""
    raise AdoptError(f"{problem}, too few to learn from and to test{hint}")


def _is_amount(name: str, value_counts: ValueCounts, summary: ColumnSummary) -> bool:
    """Whether the target's values are amounts rather than names of classes."""
    distinct = len(value_counts.texts)
    if summary.kind not in ("number", "mixed") or distinct == 2:  # noqa: PLR2004
        return False
    are_labels = (
        summary.whole
        and summary.low in (0.0, 1.0)
        and distinct == (summary.high or 0) - summary.low + 1
    )
    are_few = distinct <= FEW_NUMBERS and value_counts.rows >= ROWS_EACH * distinct
    return not (are_few and are_labels) or _is_count(name, value_counts, summary)


def _is_count(name: str, value_counts: ValueCounts, summary: ColumnSummary) -> bool:
    """Whether whole numbers count something: the name says so, or they are mostly small."""
    if not summary.whole or summary.low is None or summary.low < 0:
        return False
    if set(spellings.words(name)) & COUNTS:
        return True
    if summary.kind != "number" or summary.low > 0 or len(value_counts.texts) <= FEW_NUMBERS:
        return False
    if summary.option.thousands or summary.option.units:
        return False
    numbers = values.numbers(value_counts.texts)
    if np.isnan(numbers).any():
        numbers = values.numbers(value_counts.texts, ",")
    return bool(np.average(numbers, weights=value_counts.counts) <= SMALL_COUNTS)


def _amount_target(
    name: str, value_counts: ValueCounts, summary: ColumnSummary, task: Task | None
) -> Target:
    """A target of numbers."""
    texts = [str(text) for text in value_counts.texts.to_pylist()]
    are_numbers = summary.kind == "boolean" and all(
        is_number(text.replace(",", ".")) for text in texts
    )
    if summary.kind not in ("number", "mixed") and not are_numbers:
        raise AdoptError(
            f"the target {name} does not hold numbers ({summary.reason}), which {task or 'regression'} needs"
        )
    mark = "," if any("," in text for text in texts) else None
    plain = {"as": "number", "missing": summary.option.missing, "decimal": mark}
    option = ColumnOptions.model_validate(plain) if are_numbers else summary.option
    largest = max(abs(summary.low or 0), abs(summary.high or 0))
    if largest > LARGEST:
        raise AdoptError(
            f"the target {name} reaches {largest:.4g}, and a score at most {LARGEST:.2g}: write it"
            " in a larger unit"
        )
    if task == "counts" or (task is None and _is_count(name, value_counts, summary)):
        if not summary.whole or (summary.low or 0) < 0:
            raise AdoptError(
                f"the target {name} is not a count: it has fractions or negative values"
            )
        return Target(
            "counts",
            option,
            f"whole numbers from {summary.low:g} to {summary.high:g}, as counts are",
        )
    return Target(
        "regression", option, f"{summary.reason} from {summary.low:g} to {summary.high:g}"
    )


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _class_target(
    name: str,
    value_counts: ValueCounts,
    summary: ColumnSummary,
    task: Task | None,
    positive: str | None,
) -> Target:
    """A target of two or more classes."""
    texts = [str(text) for text in value_counts.texts.to_pylist()]
    if positive is not None and (positive not in texts or len(texts) != 2):  # noqa: PLR2004
        raise AdoptError(
            f"--positive {positive}: the target {name} has the classes {listed(texts)}; it must be"
            " one of two"
        )
    option = ColumnOptions.model_validate(
        {
            "as": "category",
            "missing": summary.option.missing,
            "spellings": summary.option.spellings if summary.kind == "category" else {},
        }
    )
    if len(texts) == 2:  # noqa: PLR2004
        if task == "multiclass":
            raise AdoptError(
                f"the target {name} has two values ({listed(texts)}): its task is binary"
            )
        return _binary_target(texts, value_counts, option, positive)
    if task == "binary":
        raise AdoptError(
            f"the target {name} has {len(texts):,} values ({listed(texts, 4)}), where binary needs two"
        )
    if summary.kind == "date":
        raise AdoptError(
            f"the target {name} holds dates: add a column with the days until then, and predict that"
        )
    if len(texts) > MOST_CLASSES or value_counts.rows < FEWEST_OF_A_CLASS * len(texts):
        raise AdoptError(
            f"the target {name} has {len(texts):,} different values in {value_counts.rows:,} rows: too many"
            f" to be classes (at most {MOST_CLASSES}, of {FEWEST_OF_A_CLASS} rows each), and they are"
            f" not numbers ({summary.reason})"
        )
    reason = f"{len(texts)} classes: {listed(sorted(texts), 5)}"
    return Target("multiclass", option, reason, classes=tuple(sorted(texts)))


def _binary_target(
    texts: list[str], value_counts: ValueCounts, option: ColumnOptions, requested: str | None
) -> Target:
    """A target of two classes: the positive one is known by its name, or else is the rarer."""
    by_name = [text for text in texts if text.casefold() in POSITIVE]
    affirmed = _affirmed(*texts)
    rarer = min(zip(value_counts.counts.tolist(), texts, strict=True))[1]
    if requested is not None:
        positive, criterion = requested, "as requested"
    elif affirmed is not None:
        positive, criterion = affirmed, "the other denies it"
    elif len(by_name) == 1:
        positive, criterion = by_name[0], "by its name"
    else:
        positive, criterion = rarer, "the rarer one"
    negative = next(text for text in texts if text != positive)
    rate = value_counts.counts[texts.index(positive)] / value_counts.rows
    change = "" if requested else f"; {advice.option('positive', negative)} turns it"
    reason = f"two values; {positive} is the positive one ({criterion}), {rate:.1%} of rows{change}"
    return Target("binary", option, reason, positive, negative, (negative, positive))


def _affirmed(first: str, second: str) -> str | None:
    """The class of two that the other one denies, as notckd, no churn and without pain do.

    >>> _affirmed("notckd", "ckd"), _affirmed("no_leak", "leak 2"), _affirmed("north", "south")
    ('ckd', 'leak 2', None)
    """
    for denied, other in ((first, second), (second, first)):
        rest = DENIAL.sub("", denied.casefold(), count=1)
        if rest == denied.casefold() or DENIAL.match(other.casefold()):
            continue
        is_word = bool(re.match(r"[\W_]", denied.casefold()[len(denied) - len(rest) - 1 :]))
        if is_word or rest.strip(" _-") == other.casefold().strip(" _-"):
            return other
    return None
