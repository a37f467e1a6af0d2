"""A user's table, from its files to all that the pipeline needs to be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from truerun.adopt.columns import advice, expect, leaks
from truerun.adopt.columns import task as tasks
from truerun.adopt.columns.decisions import Decision, check_features, decide, key_of
from truerun.adopt.columns.infer import Known
from truerun.adopt.columns.looks import Look, Looks, look_at
from truerun.adopt.reading import detect
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError
from truerun.base.tasks import Task
from truerun.contract.data_checks import COMBINATION
from truerun.sources.table import rows
from truerun.sources.table.cells import read
from truerun.sources.table.options import Format, Options

FEWEST = 5  # rows of a class, of which a fifth is a row to test by


@dataclass(frozen=True)
class Profile:
    """All that is known and decided of a table.

    `files` are by the name of their partition; `columns` and `key` are those of schema.yaml;
    `rows` counts all that were read, and `repeated` is the share of them that repeat another in all
    but the target; `combined` says how well a sum of features ranks the target, on the scale of
    ROC AUC.
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
    combined: float


def profile(path: Path, request: Request) -> Profile:
    """Read a file, or the files of a folder, and decide what each column is.

    Raises
    ------
    TruerunError
        If no table can be read there, or if it cannot be what the request says.
    """
    files = detect.files(path)
    how = detect.formats(files, request.target)
    table = _read_all(files, how)
    if not table.num_rows:
        raise AdoptError(f"{path} names columns, and holds no row below them")
    request = request.within(table.column_names)
    request.check(table.column_names, path)
    seen = look_at(table, how.decimal, request)
    looks = seen.columns
    about = looks[request.target].seen
    answers = tasks.merged(seen.target)
    target = tasks.infer(request.target, answers, about, request.task)
    least = 2 if request.time or request.group else FEWEST
    tasks.check_classes(request.target, answers, target, least=least)
    key = key_of(looks.values(), request)
    decisions = decide(looks, target, key, request)
    options = Options(
        format=how,
        missing=seen.missing,
        target=request.target,
        task=target.task,
        positive=target.positive,
        negative=target.negative,
        key=key,
        columns={decision.column: decision.option for decision in decisions},
    )
    _check_time(looks, options, request)
    ranked = leaks.rankings(table, options)
    found = leaks.suspects(ranked, options, leaks.LIMIT)
    kept = {*request.keep, request.time}  # the newest rows are told by the time
    leaking = {name: value for name, value in found.items() if name not in kept}
    if leaking:
        decisions = tuple(
            leaks.left_out(each, leaking[each.column], options) if each.column in leaking else each
            for each in decisions
        )
        options = leaks.without(options, leaking)
        check_features(decisions)
    columns = _columns(looks, options, target)
    for name in columns:
        if ranked.get(name, 0.0) >= leaks.NEAR:
            columns[name]["known_in_time"] = True  # the user keeps it, or is told of it
    near = [n for n in leaks.suspects(ranked, options, leaks.NEAR) if n not in leaking]
    if leaking or near:  # a sum is of the others
        ranked = leaks.rankings(table, leaks.without(options, near))
    combined = ranked.get(COMBINATION, 0.0)
    return Profile(
        files=files,
        options=options,
        task=target.task,
        decisions=decisions,
        columns=columns,
        key=key or (rows.ROW, rows.COPY),
        time=request.time,
        group=request.group,
        rows=table.num_rows,
        repeated=seen.copies[0] / table.num_rows,
        warnings=(
            *advice.of_sheets(files.values(), how),
            *advice.of_encoding(table, options),
            *_warnings(seen, answers, decisions, target, request),
            *advice.of_leaks(decisions, [name for name in near if name not in kept], combined),
        ),
        combined=combined,
    )


def _read_all(files: Mapping[str, Path], how: Format) -> pa.Table:
    """The rows of all files, which have the same columns."""
    tables: list[pa.Table] = []
    for path in files.values():
        table = read(path, how)
        if tables:
            rows.check_columns(table.column_names, tables[0].column_names, path)
            table = table.select(tables[0].column_names)
        tables.append(table)
    return pa.concat_tables(tables)


def _check_time(looks: Mapping[str, Look], options: Options, request: Request) -> None:
    """What rows are split by in time must be a date in each of them."""
    if request.time is None:
        return
    seen = looks[request.time].seen
    if options.columns[request.time].as_ != "date":
        raise AdoptError(f"--time {request.time}: the column is no date ({seen.reason})")
    if seen.missing:
        raise AdoptError(f"--time {request.time}: {seen.missing:,} rows have no date in it")


def _columns(
    looks: Mapping[str, Look], options: Options, target: tasks.Target
) -> dict[str, dict[str, Any]]:
    """The columns of schema.yaml."""
    made: dict[str, dict[str, Any]] = {}
    if not options.key:
        made[rows.ROW] = {"type": "text", "pattern": "[0-9a-f]{16}", "feature": False}
        made[rows.COPY] = {"type": "text", "feature": False}
    for name, option in options.columns.items():
        if name == options.target:
            made |= expect.target(name, looks[name].seen, target)
        elif option.as_ != "drop":
            parts = rows.part_names(name, options)
            made |= expect.columns(name, looks[name].seen, option, parts)
    return made


def _warnings(
    seen: Looks,
    answers: Known,
    decisions: tuple[Decision, ...],
    target: tasks.Target,
    request: Request,
) -> tuple[str, ...]:
    """All that the user should know before the first model, but for what rows must be made for."""
    repeated = [name for name, look in seen.columns.items() if look.repeated]
    return (
        *advice.of_target(request.target, answers, target),
        *advice.of_personal(decisions),
        *advice.of_groups(decisions, repeated),
        *advice.of_time(decisions, request.time),
        *advice.of_sentinels(decisions),
        *advice.of_missing_words(decisions),
        *advice.of_copies(*seen.copies, seen.target.rows + seen.target.missing),
    )
