"""Warnings of what would embarrass the user later, before the first model."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa

from truerun.adopt.columns import spellings
from truerun.adopt.columns.advice import option
from truerun.adopt.columns.column_decisions import Decision
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.target import Target
from truerun.adopt.columns.value_counts import ValueCounts
from truerun.base.errors import listed
from truerun.base.tasks import Task
from truerun.sources.table import typed
from truerun.sources.table.options import Format, Options

FEW_ROWS = 200  # below it, a test set of a fifth measures next to nothing
FEW_OF_A_CLASS = 30  # rows: a fifth of them is a handful
RARE = 0.02  # share of a class
EVIDENT = frozenset(["date", "time", "timestamp", "datum", "fecha", "data", "created", "day"])
EXAMPLES = 3


def of_encoding(table: pa.Table, options: Options) -> Iterable[str]:
    """An encoding that was guessed, with words to judge it by."""
    if options.format.encoding.startswith("utf"):
        return
    words: list[str] = list(table.column_names)
    for column in table.columns:
        words += column.slice(0, 10_000).unique().to_pylist()
    odd = [word.strip()[:30] for word in words if word and not word.isascii()]
    yield (
        f"the file is not UTF-8, and is read as {options.format.encoding}: are these right?"
        f" {listed(odd, EXAMPLES)}; if not, save it as UTF-8"
    )


def of_sheets(files: Iterable[Path], file_format: Format) -> Iterable[str]:
    """Sheets of a workbook beside the one that is read."""
    for path in files if file_format.kind == "excel" else ():
        names = typed.sheets(path)
        sheet = file_format.sheet or names[0]
        others = [name for name in names if name != sheet]
        if others:
            yield (
                f"{path.name}: sheet {sheet} is read, not {listed(others)}; to read another,"
                " save it as its own file"
            )


def of_target(name: str, value_counts: ValueCounts, target: Target) -> Iterable[str]:
    """A target that is missing, too rare, or of too few rows."""
    if value_counts.missing:
        share = value_counts.missing / (value_counts.rows + value_counts.missing)
        yield (
            f"the target {name} is missing in {value_counts.missing:,} rows ({share:.1%}), which"
            " are left out"
        )
    if value_counts.rows < FEW_ROWS:
        yield (
            f"{value_counts.rows:,} rows are few: results on a test set of a fifth of them are"
            " uncertain"
        )
    if target.task not in ("binary", "multiclass"):
        return
    counts = dict(zip(value_counts.texts.to_pylist(), value_counts.counts.tolist(), strict=True))
    rare = sorted(text for text in counts if counts[text] < FEW_OF_A_CLASS)
    share = min(counts.values()) / value_counts.rows
    if rare:
        classes = [f"{text} ({counts[text]:,})" for text in rare]
        yield f"too few rows to learn and test a class: {listed(classes, 5)}"
    elif share < RARE:
        text = min(counts, key=lambda each: counts[each])
        yield (
            f"extreme imbalance: {text} is {share:.2%} of rows; look at average precision and the"
            " threshold, not at accuracy"
        )


def of_personal(decisions: Iterable[Decision]) -> Iterable[str]:
    """Columns of persons, left out or kept."""
    columns = [f"{each.column} ({each.reason})" for each in decisions if each.kind == "personal"]
    if columns:
        yield f"left out as personal data: {listed(columns)}; --keep NAME if you may use it"


def of_groups(decisions: Iterable[Decision], repeated: Collection[str]) -> Iterable[str]:
    """Columns that several rows share, which must not be on both sides of the split."""
    for each in decisions:
        if each.kind in ("identifier", "category") and each.column in repeated:
            many = each.summary.rows / each.summary.distinct
            yield (
                f"{each.column} repeats, {many:.1f} rows each: if new rows will have new values,"
                f" {option('group', each.column)} keeps the rows of each value on one side of the"
                " split"
            )


def of_time(decisions: Iterable[Decision], chosen: str | None) -> Iterable[str]:
    """A column that orders the rows in time, where the split ignores it."""
    dates = [each for each in decisions if each.option.as_ == "date" and not each.summary.missing]
    named = [each for each in dates if EVIDENT & set(spellings.words(each.column))]
    evident = named or dates
    if chosen is None and len(evident) == 1:
        name = evident[0].column
        yield (
            f"rows are ordered in time by {name}: {option('time', name)} tests the model on the"
            " newest rows, as it will be used; a random split would flatter it"
        )


def of_damage(decisions: Iterable[Decision]) -> Iterable[str]:
    """Columns that a spreadsheet has damaged."""
    for each in decisions:
        if each.summary.damage:
            yield f"{each.column}: {each.summary.damage}; export the file anew, if you can"


def of_unread_numbers(decisions: Iterable[Decision]) -> Iterable[str]:
    """Categories that are numbers in a form of their own."""
    for each in decisions:
        if each.is_feature and each.summary.unread:
            yield (
                f"{each.column} has numbers in a form that is not read, such as"
                f" {each.summary.unread!r}: each text is a category of its own;"
                f" {option('drop', each.column)} leaves it out, and features of your own can take"
                " the numbers out of it"
            )


def of_spellings(decisions: Iterable[Decision]) -> Iterable[str]:
    """Categories that differ in capitals, blanks or marks alone."""
    for each in decisions:
        if each.is_feature and each.summary.alike:
            shown = listed(
                [f"{one!r} and {other!r}" for one, other in each.summary.alike], EXAMPLES
            )
            yield (
                f"{each.column}: {shown} differ in capitals, blanks or marks alone; if they are"
                f" one, {option('fold', each.column)}"
            )


def of_outlier(name: str, summary: ColumnSummary, task: Task) -> Iterable[str]:
    """A value of a number to predict that is far beyond all others, and may be a mistake."""
    if task in ("regression", "counts") and summary.outlier:
        yield f"the target {name} has {summary.outlier}: is that right?"


def of_missing_words(decisions: Iterable[Decision]) -> Iterable[str]:
    """Words among numbers or dates, which are read as missing."""
    for each in decisions:
        if each.is_feature and each.option.missing:
            words = listed([repr(text) for text in each.option.missing], EXAMPLES)
            yield f"{each.column}: {words} read as missing"


def of_copies(copies: int, disagree: int, rows: int) -> Iterable[str]:
    """Rows that agree in all columns but the target, and how many disagree in that."""
    if copies:
        warning = f"{copies:,} rows ({copies / rows:.1%}) repeat another row in all but the target"
        yield f"{warning}, {disagree:,} of them with another target" if disagree else warning
