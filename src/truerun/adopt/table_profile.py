"""A user's table, from its files to everything that the pipeline needs to know about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from truerun.adopt.columns import (
    alike,
    expectations,
    questions,
    second_header,
    user_warnings,
)
from truerun.adopt.columns.column_decisions import Decision, check_features, decide, key_of
from truerun.adopt.columns.column_profiles import ColumnProfile, TableColumns, profile_columns
from truerun.adopt.columns.questions import Question
from truerun.adopt.columns.target import Target, check_classes, infer_target, merge_spellings
from truerun.adopt.columns.value_counts import ValueCounts
from truerun.adopt.leaks import decisions as decisions_of_leaks
from truerun.adopt.leaks import search
from truerun.adopt.leaks.search import Leaks
from truerun.adopt.reading import detect
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError
from truerun.base.tasks import Task
from truerun.sources.table import rows
from truerun.sources.table.cells import read
from truerun.sources.table.options import Format, Options

FEWEST = 5  # rows of a class: a fifth of them is one row to test on


@dataclass(frozen=True)
class TableProfile:
    """All that is known and decided about a table.

    `files` are keyed by partition; `columns` and `key` are those of schema.yaml;
    `rows` counts all that were read, and `repeated` is the share of them that repeat another in all
    but the target; `questions` are what the table does not tell.
    """

    files: dict[str, Path]
    options: Options
    task: Task
    decisions: tuple[Decision, ...]
    columns: dict[str, dict[str, Any]]
    key: tuple[str, ...]
    time: str | None
    group: str | None
    rows: int
    repeated: float
    warnings: tuple[str, ...]
    leaks: Leaks
    questions: tuple[Question, ...]


def profile_table(path: Path, request: Request) -> TableProfile:
    """Read a file, or the files of a folder, and decide what each column is.

    Raises
    ------
    TruerunError
        If no table can be read there, or if it does not fit the request.
    """
    files = detect.files(path)
    file_format = detect.formats(files, request.target)
    table = _read_all(files, file_format)
    if second_header.is_there(table, request.target, path):
        file_format = file_format.model_copy(update={"skip": file_format.skip + 1})
        table = _read_all(files, file_format)
    if not table.num_rows:
        raise AdoptError(f"{path} has a header, and no rows below it")
    request = request.within(table.column_names)
    request.check(table.column_names, path, has_header=file_format.header)
    table_columns = profile_columns(table, file_format.decimal, request)
    profiles = table_columns.columns
    target_summary = profiles[request.target].summary
    target_counts = merge_spellings(table_columns.target)
    target = infer_target(
        request.target, target_counts, target_summary, request.task, request.positive
    )
    similar = alike.spellings(target_counts)
    asked = tuple(questions.of_classes(request.target, target, similar, request))
    least = 2 if request.time or request.group else FEWEST
    if not asked:  # else the answers make other classes
        check_classes(request.target, target_counts, target, least=least)
    key = key_of(profiles.values(), request)
    decisions = decide(profiles, target, key, request)
    options = Options(
        format=file_format,
        missing=table_columns.missing,
        target=request.target,
        task=target.task,
        positive=target.positive,
        negative=target.negative,
        key=key,
        columns={decision.column: decision.option for decision in decisions},
    )
    _check_time(profiles, options, request)
    leaks = search.search(table, options, {*request.keep, request.time or ""})
    if leaks.left_out:
        decisions = decisions_of_leaks.excluded(decisions, leaks)
        options = decisions_of_leaks.without(options, leaks.left_out)
        check_features(decisions)
    columns = _columns(profiles, options, target)
    for name in leaks.known & set(columns):
        columns[name]["known_in_time"] = True  # the user keeps it, or is asked about it
    return TableProfile(
        files=files,
        options=options,
        task=target.task,
        decisions=decisions,
        columns=columns,
        key=key or (rows.ROW, rows.COPY),
        time=request.time,
        group=request.group,
        rows=table.num_rows,
        repeated=table_columns.copies[0] / table.num_rows,
        warnings=(
            *user_warnings.of_sheets(files.values(), file_format),
            *user_warnings.of_encoding(table, options),
            *_warnings(table_columns, target_counts, decisions, target, request),
            *decisions_of_leaks.warnings(decisions, leaks, options),
        ),
        leaks=leaks,
        questions=(*asked, *questions.of_columns(decisions, request)),
    )


def _read_all(files: Mapping[str, Path], file_format: Format) -> pa.Table:
    """The rows of all files, which must have the same columns."""
    tables: list[pa.Table] = []
    for path in files.values():
        table = read(path, file_format)
        if tables:
            rows.check_columns(table.column_names, tables[0].column_names, path)
            table = table.select(tables[0].column_names)
        tables.append(table)
    return pa.concat_tables(tables)


def _check_time(profiles: Mapping[str, ColumnProfile], options: Options, request: Request) -> None:
    """Refuse a time column that is not a date in every row."""
    if request.time is None:
        return
    summary = profiles[request.time].summary
    if options.columns[request.time].as_ != "date":
        raise AdoptError(f"--time {request.time}: the column is not a date ({summary.reason})")
    if summary.missing:
        raise AdoptError(f"--time {request.time}: {summary.missing:,} rows have no date in it")


def _columns(
    profiles: Mapping[str, ColumnProfile], options: Options, target: Target
) -> dict[str, dict[str, Any]]:
    """The columns of schema.yaml."""
    columns: dict[str, dict[str, Any]] = {}
    if not options.key:
        columns[rows.ROW] = {"type": "text", "pattern": "[0-9a-f]{16}", "feature": False}
        columns[rows.COPY] = {"type": "text", "feature": False}
    for name, option in options.columns.items():
        if name == options.target:
            columns |= expectations.target_column(name, profiles[name].summary, target)
        elif option.as_ != "drop":
            parts = rows.part_names(name, options)
            made = expectations.contract_columns(name, profiles[name].summary, option, parts)
            if profiles[name].personal:  # the user keeps it
                made = {part: {**column, "personal": True} for part, column in made.items()}
            columns |= made
    return columns


def _warnings(
    table_columns: TableColumns,
    target_counts: ValueCounts,
    decisions: tuple[Decision, ...],
    target: Target,
    request: Request,
) -> tuple[str, ...]:
    """All warnings that need no prepared rows."""
    repeated = [name for name, profile in table_columns.columns.items() if profile.repeated]
    return (
        *user_warnings.of_target(request.target, target_counts, target),
        *user_warnings.of_personal(decisions),
        *user_warnings.of_groups(decisions, repeated),
        *user_warnings.of_time(decisions, request.time),
        *user_warnings.of_outlier(
            request.target, table_columns.columns[request.target].summary, target.task
        ),
        *user_warnings.of_damage(decisions),
        *user_warnings.of_unread_numbers(decisions),
        *user_warnings.of_spellings(decisions),
        *user_warnings.of_missing_words(decisions),
        *user_warnings.of_copies(
            *table_columns.copies, table_columns.target.rows + table_columns.target.missing
        ),
    )
