"""Each column of a table, taken apart once: what it holds, and how it stands to the others."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from truerun.adopt.columns import alike, duplicates, exclusions, personal, plain_numbers, summaries
from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.personal.kind import Candidate
from truerun.adopt.columns.spellings import MISSING
from truerun.adopt.columns.value_counts import ValueCounts, count_values
from truerun.adopt.request import Request
from truerun.sources.table import typed
from truerun.sources.table.cells import cells
from truerun.sources.table.options import NUMERIC_TASKS, Mark
from truerun.sources.table.rows import Hashes

THREADS = 2  # Arrow lets other threads work while it does
SAMPLE = 200  # values to detect personal data by
ACTING = ("-", "None")  # values rather than missing, beside one other value


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds and how it relates to other columns.

    `numbers_rows`, `unique`, `repeated` and `identifies` (a reason) say how it tells rows apart;
    `constant` and `personal` are reasons to leave it out: a column of amounts has none of these.
    `spelled` lists its spellings of missing values. Columns with the same `signature` hold the same
    information.
    """

    name: str
    summary: ColumnSummary
    signature: bytes
    spelled: tuple[str, ...]
    numbers_rows: bool = False
    unique: bool = False
    repeated: bool = False
    identifies: str | None = None
    constant: str | None = None
    personal: str | None = None


@dataclass(frozen=True)
class TableColumns:
    """All columns by name, the spellings of missing values, and how many rows are duplicates.

    `target` holds the target's texts; `copies` counts rows that repeat another in all columns but
    the target, and those among them with a different target.
    """

    columns: dict[str, ColumnProfile]
    missing: tuple[str, ...]
    target: ValueCounts
    copies: tuple[int, int]


def profile_columns(table: pa.Table, decimal: Mark, request: Request) -> TableColumns:
    """Profile each column."""
    table_columns = _profile_all(table, MISSING, decimal, request)
    meaningful = _meaningful(table_columns.columns.values())
    if not meaningful:
        return table_columns
    missing = tuple(text for text in MISSING if text not in meaningful)
    return _profile_all(table, missing, decimal, request)


def _profile_all(
    table: pa.Table, missing: tuple[str, ...], decimal: Mark, request: Request
) -> TableColumns:
    """Profile each column, two at a time, and keep no more of it than is needed."""
    requested = {request.target, request.time, *request.as_, *request.missing}
    weight = duplicates.weights(table.num_rows)

    def profile_column(name: str) -> tuple[ColumnProfile, Hashes | None, ValueCounts | None]:
        column, where = table[name], f"column {name}"
        more = request.missing.get(name, ())
        is_plain = decimal == "." and not typed.is_declared(table.schema.field(name))
        numbers = plain_numbers.read(column, (*missing, *more), where) if is_plain else None
        if numbers and name not in requested and plain_numbers.are_amounts(name, column, numbers):
            hashed = duplicates.number_hashes(numbers.numbers)
            signature = duplicates.signature(hashed, weight)
            amounts = ColumnProfile(name, numbers.summary(), signature, numbers.spelled)
            return amounts, duplicates.salted(hashed, name), None
        column_cells = cells(column, where)
        spelled = column_cells.spelled(missing)
        is_missing = spelled | column_cells.spelled(more) if more else spelled
        value_counts = count_values(column_cells, is_missing)
        folded = alike.spellings(value_counts) if name in request.fold else {}
        value_counts = alike.merge(value_counts, folded)
        declared = name not in requested and typed.is_declared(table.schema.field(name))
        summary = (
            summaries.summarize_declared(value_counts)
            if declared
            else _summary(name, value_counts, decimal, request)
        )
        if folded and summary.kind == "category":
            option = summary.option.model_copy(update={"spellings": folded})
            summary = replace(summary, option=option)
        if more:
            spelled_so = {"missing": tuple(sorted({*summary.option.missing, *more}))}
            summary = replace(summary, option=summary.option.model_copy(update=spelled_so))
        if numbers:
            hashed = duplicates.number_hashes(numbers.numbers)  # as those of other columns are
            signature = duplicates.signature(hashed, weight)
        else:
            hashed = duplicates.text_hashes(column_cells, is_missing)
            signature = duplicates.signature(hashed, weight, exclusions.own_words(value_counts))
        profile = ColumnProfile(
            name,
            summary,
            signature,
            tuple(map(str, column_cells.texts.filter(pa.array(spelled)).to_pylist())),
            exclusions.numbers_rows(name, value_counts, summary),
            exclusions.is_unique(value_counts),
            exclusions.is_group(name, value_counts),
            exclusions.identifier_reason(name, value_counts, summary),
            exclusions.constant_reason(value_counts),
            _personal(name, value_counts, summary),
        )
        if name == request.target:
            return profile, hashed, value_counts
        aside = profile.numbers_rows or profile.identifies
        return profile, None if aside else duplicates.salted(hashed, name), None

    profiles: dict[str, ColumnProfile] = {}
    rows = np.zeros(table.num_rows, np.uint64)
    with ThreadPoolExecutor(THREADS) as pool:
        largest = sorted(table.column_names, key=lambda name: -table[name].nbytes)
        for profile, hashed, value_counts in pool.map(profile_column, largest):
            profiles[profile.name] = profile
            if value_counts is not None and hashed is not None:
                target, of_target = value_counts, hashed
            elif hashed is not None:
                rows += hashed
    columns = {name: profiles[name] for name in table.column_names}
    return TableColumns(columns, missing, target, duplicates.count_duplicates(rows, of_target))


def _personal(name: str, value_counts: ValueCounts, summary: ColumnSummary) -> str | None:
    """What personal data a column looks like, if any."""
    texts = value_counts.texts
    step = max(1, len(texts) // SAMPLE)
    sample = [str(text) for text in texts.take(np.arange(0, len(texts), step)).to_pylist()]
    varied = len(texts) / max(value_counts.rows, 1)
    return personal.suspect(Candidate(name, sample, summary.kind, varied))


def _summary(
    name: str, value_counts: ValueCounts, decimal: Mark, request: Request
) -> ColumnSummary:
    """The summary of a column, as the user requests or as inferred."""
    if name in request.as_:
        return summaries.summarize_as(name, value_counts, decimal, request.as_[name])
    if name == request.target and request.task in NUMERIC_TASKS:
        return summaries.summarize_as(name, value_counts, decimal, "number")
    if name == request.time:
        return summaries.summarize_time(name, value_counts, decimal)
    return summaries.summarize(name, value_counts, decimal)


def _meaningful(profiles: Iterable[ColumnProfile]) -> set[str]:
    """Spellings of missing values that are one of the two values of a column, like - beside +."""
    meaningful = set()
    for profile in profiles:
        words = [text for text in profile.spelled if text]
        alone = profile.summary.distinct == len(words) == 1 and profile.summary.kind == "category"
        if alone and words[0] in ACTING:
            meaningful.add(words[0])
    return meaningful
