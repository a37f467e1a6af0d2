"""What would embarrass the user later, said before the first model."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from truerun.adopt.columns import leaks, spellings
from truerun.adopt.columns.decisions import Decision
from truerun.adopt.columns.infer import Known
from truerun.adopt.columns.task import Target
from truerun.base.errors import listed
from truerun.sources.table import typed
from truerun.sources.table.options import Format, Options

FEW_ROWS = 200  # of which a test set of a fifth measures next to nothing
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


def of_sheets(files: Iterable[Path], how: Format) -> Iterable[str]:
    """Sheets of a workbook beside the one that is read."""
    for path in files if how.kind == "excel" else ():
        names = typed.sheets(path)
        read = how.sheet or names[0]
        others = [name for name in names if name != read]
        if others:
            yield (
                f"{path.name}: the sheet {read} is read, and not {listed(others)}; to have another,"
                " save it as a file of its own"
            )


def of_target(name: str, found: Known, target: Target) -> Iterable[str]:
    """A target that is missing, too rare, or of too few rows."""
    if found.missing:
        share = found.missing / (found.rows + found.missing)
        yield f"the target {name} is missing in {found.missing:,} rows ({share:.1%}): left out"
    if found.rows < FEW_ROWS:
        yield f"{found.rows:,} rows are few: what a fifth of them, as a test, shows is uncertain"
    if target.task not in ("binary", "multiclass"):
        return
    counts = dict(zip(found.texts.to_pylist(), found.counts.tolist(), strict=True))
    rare = sorted(text for text in counts if counts[text] < FEW_OF_A_CLASS)
    share = min(counts.values()) / found.rows
    if rare:
        told = [f"{text} ({counts[text]:,})" for text in rare]
        yield f"too few rows to learn a class from, and test it: {listed(told, 5)}"
    elif share < RARE:
        text = min(counts, key=lambda each: counts[each])
        yield (
            f"extreme imbalance: {text} is {share:.2%} of rows; look at average precision and the"
            " threshold, not at accuracy"
        )


def of_personal(decisions: Iterable[Decision]) -> Iterable[str]:
    """Columns of persons, left out or kept."""
    out = [f"{each.column} ({each.reason})" for each in decisions if each.kind == "personal"]
    if out:
        yield f"left out as data of persons: {listed(out)}; --keep NAME if you may use it"


def of_groups(decisions: Iterable[Decision], repeated: Collection[str]) -> Iterable[str]:
    """Columns that several rows share, which must not be on both sides of the split."""
    for each in decisions:
        if each.kind == "identifier" and each.column in repeated:
            many = each.seen.rows / each.seen.distinct
            yield (
                f"{each.column} repeats, {many:.1f} rows each: if new rows will be of new ones,"
                f" --group {each.column} keeps each on one side of the split"
            )


def of_time(decisions: Iterable[Decision], chosen: str | None) -> Iterable[str]:
    """A column by which rows are in time, where the split does not look at it."""
    dates = [each for each in decisions if each.option.as_ == "date" and not each.seen.missing]
    named = [each for each in dates if EVIDENT & set(spellings.words(each.column))]
    evident = named or dates
    if chosen is None and len(evident) == 1:
        name = evident[0].column
        yield (
            f"rows are in time by {name}: --time {name} tests the model on the newest, as it will"
            " be used, where a random split flatters it"
        )


def of_sentinels(decisions: Iterable[Decision]) -> Iterable[str]:
    """Numbers that may mean missing: a question, for they are taken as they are."""
    for each in decisions:
        for text in each.seen.sentinels if each.is_feature else ():
            yield (
                f"{each.column} is {text} in several rows, far from all others: does it mean"
                f" missing? then --missing {each.column}={text}"
            )


def of_missing_words(decisions: Iterable[Decision]) -> Iterable[str]:
    """Words among numbers or dates, which are read as missing."""
    for each in decisions:
        if each.is_feature and each.option.missing:
            words = listed([repr(text) for text in each.option.missing], EXAMPLES)
            yield f"{each.column}: {words} read as missing"


def of_copies(copies: int, disagree: int, rows: int) -> Iterable[str]:
    """Rows that are alike in all columns, and those of them that disagree in the target."""
    if copies:
        told = f"{copies:,} rows ({copies / rows:.1%}) repeat another in all but the target"
        yield f"{told}, {disagree:,} of them with another target" if disagree else told


def of_leaks(decisions: Iterable[Decision], near: Sequence[str], combined: float) -> Iterable[str]:
    """Columns left out as leaks, or nearly, and a sum of the others that knows the target too."""
    for each in decisions:
        if each.kind == "leak":
            yield f"left out: {each.column} {each.reason} If not, --keep it"
    if near:
        told = "near to telling the target, and taken to be known before it"
        yield f"{told}: {listed(near)}; if not, --drop"
    if combined >= leaks.NEAR:
        yield (
            f"a sum of columns tells the target almost surely ({combined:.3f}): if they are all"
            " known before it, good; the sentinel for leaks is off (validate.leakage_auc: 1.0)"
        )
