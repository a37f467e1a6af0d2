"""Whether the files of the stage `validate` are what its checks give on the prepared rows.

Whoever judges a change need not believe what was found of its data: the rows of the head are held
against its contract and limits once more, with the code that judges, and against the base's.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from truerun.base import locks, paths, settings, tables
from truerun.base.errors import TruerunError
from truerun.base.settings import SettingsError
from truerun.compare import made_again
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference, Missing
from truerun.contract.contract import Column, Contract
from truerun.contract.data_checks import Finding
from truerun.limits import limits_file
from truerun.limits.limits_file import Limits
from truerun.params.validate import Validate
from truerun.project.params import Params
from truerun.validation import validation
from truerun.validation.validation import RESULTS, Validation, ValidationTerms

T = TypeVar("T")

STAGE = "validate"
TABLES = (paths.VALIDATED, paths.QUARANTINE)
# What of a column in schema.yaml its values are held against; the rest is the model's.
JUDGING = ("nullable", "max_missing", "min", "max", "categories", "pattern", "seasonal")


def differences(
    head: Revision, chosen: Params, contract: Contract, *, exact: bool
) -> list[LockDifference] | Missing:
    """Where rows, quarantine and findings of the head are not those of its prepared rows.

    Parameters
    ----------
    exact : False where the packages are not the same: then figures may differ by rounding, and of
        findings the words count no longer.
    """
    try:
        terms = ValidationTerms(contract, chosen.validate_, chosen.split, _limits_of(head))
    except SettingsError as error:
        return Missing(missing=f"the limits of {head.name}: {made_again.plain(error, head.folder)}")
    named = _named if exact else _roughly_named

    def held(_: Validation, made: Path) -> list[LockDifference]:
        sides = made, head.folder
        return [
            *(difference for table in TABLES for difference in _rows(*sides, table, contract)),
            *made_again.figures(sides, RESULTS, STAGE, exact=exact, named=named),
        ]

    outcome = _validated(head, terms, held)
    return [outcome] if isinstance(outcome, LockDifference) else outcome


def findings_by_base(
    base: Revision, head: Revision, chosen: Params, contract: Contract
) -> list[Finding] | Missing | None:
    """What the limits and the contract of the base find in the head's rows; None if all are its."""
    try:
        own = ValidationTerms(contract, chosen.validate_, chosen.split, _limits_of(head))
        terms = _terms_of(base, own)
    except (SettingsError, ValidationError) as error:
        return Missing(
            missing=f"what {base.name} holds data against does not fit the head: {error}"
        )
    if terms == own:
        return None
    findings = _validated(head, terms, lambda done, _: done.findings)
    return Missing(missing=findings.found) if isinstance(findings, LockDifference) else findings


def _validated(
    head: Revision, terms: ValidationTerms, result: Callable[[Validation, Path], T]
) -> T | LockDifference | Missing:
    """Something of a validation of the head's rows; a difference if they cannot be validated."""
    try:
        tables.partition_names(head.folder / paths.PREPARED)
    except TruerunError as error:
        message = made_again.plain(error, head.folder)
        return Missing(missing=f"the prepared rows of {head.name}: {message}")
    with tempfile.TemporaryDirectory(prefix="validation-") as temporary:
        made = Path(temporary)
        try:
            return result(validation.validate(head.folder, terms, made), made)
        # The rows may be anything that a file of tables can hold.
        except Exception as error:  # noqa: BLE001 - each library raises what it likes
            message = made_again.plain(error, head.folder).replace(f"{made}/", "")
            rows = "rows that can be validated"
            return _difference("file", str(paths.PREPARED), rows, message)


def _terms_of(base: Revision, own: ValidationTerms) -> ValidationTerms:
    """The head's terms, with the base's limits, ranges and checks for the columns of both."""
    content = base.settings(paths.PARAMS).get("validate")
    judging = (
        own.settings
        if content is None
        else settings.checked(Validate, content, paths.PARAMS, STAGE)
    )
    limits = _limits_of(base) if (base.folder / paths.LIMITS).is_file() else own.limits
    before, after = base.contract(), own.contract
    if isinstance(before, Missing) or (before.task, before.target) != (after.task, after.target):
        return ValidationTerms(after, judging, own.split, limits)
    columns = {
        name: _judged_as(before.columns.get(name, column), column)
        for name, column in after.columns.items()
    }
    names = {check.name for check in before.checks}
    checks = [check for check in before.checks if {check.left, check.right} <= set(columns)]
    checks += [check for check in after.checks if check.name not in names]
    merged = dict(after) | {"columns": columns, "checks": tuple(checks)}
    return ValidationTerms(Contract.model_validate(merged), judging, own.split, limits)


def _limits_of(side: Revision) -> Limits:
    """The limits of a side; none where it has no such file, as before there was one."""
    file = side.folder / paths.LIMITS
    return limits_file.load(file) if file.is_file() else Limits(windows=None)


def _judged_as(before: Column, after: Column) -> Column:
    """A column of the head whose values are held against what the base says of them."""
    if before.type != after.type:
        return after
    kept = {name: getattr(before, name) for name in JUDGING}
    vouched = after.feature and before.known_in_time
    return Column.model_validate(dict(after) | kept | {"known_in_time": vouched})


def _rows(made: Path, head: Path, table: Path, contract: Contract) -> Iterator[LockDifference]:
    """The first partition, and its first column, whose values are others than those made again."""
    sides = [folder / table for folder in (made, head)]
    try:
        names = [tables.partition_names(side) for side in sides]
        if names[0] != names[1]:
            yield _difference("file", str(table), *(", ".join(side) for side in names))
            return
        for name in names[0]:
            before, after = (tables.partition(side, name) for side in sides)
            difference = _of_partition(before, after, contract)
            if difference:
                where, expected, actual = difference
                yield _difference("rows", f"{table}/{name}: {where}", expected, actual)
                return
    except (TruerunError, ValueError, TypeError) as error:
        message = made_again.plain(error, head).replace(f"{made}/", "")
        yield _difference("file", str(table), "rows that the checks give", message)


def _of_partition(made: Path, head: Path, contract: Contract) -> tuple[str, str, str] | None:
    """Where the rows of a partition first differ, and both values there."""
    if made.read_bytes() == head.read_bytes():
        return None
    expected, actual = tables.read_table(made), tables.read_table(head).reset_index(drop=True)
    shapes = [f"{len(rows):,} rows of {', '.join(map(str, rows))}" for rows in (expected, actual)]
    if shapes[0] != shapes[1]:
        return "shape", shapes[0], shapes[1]
    for column in expected:
        sides = expected[column], actual[column]
        same = made_again.equal(*sides)
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            key = ", ".join(f"{name} {expected[name].iloc[row]}" for name in contract.key)
            count = int((~same).sum())
            before, after = (repr(side.iloc[row]) for side in sides)
            return f"{column} of {count:,} row{'s'[: count > 1]}, first {key}", before, after
    return None


def _named(content: Any) -> dict[str, Any]:
    """The single values of the results by their names; of findings, their outcomes by their words.

    >>> finding = {"check": "rows", "status": "fail", "detail": "none"}
    >>> _named({"rows_in": 7, "findings": [finding], "quarantined": {"checks": [{"rows": 1}]}})
    {'rows_in': 7, 'quarantined.checks.0.rows': 1, 'rows, none': 'fail'}
    """
    findings = content.get("findings")
    others = {name: value for name, value in content.items() if name != "findings"}
    return locks.leaves(_numbered(others)) | {
        f"{each.get('check')}, {each.get('detail')}": each.get("status")
        for each in (findings if isinstance(findings, list) else ())
        if isinstance(each, Mapping)
    }


def _roughly_named(content: Any) -> dict[str, Any]:
    """Likewise; of findings, how many there are of a check and an outcome."""
    findings = content.get("findings")
    counts: dict[str, int] = {}
    for each in findings if isinstance(findings, list) else ():
        if isinstance(each, Mapping):
            name = f"findings of {each.get('check')}, {each.get('status')}"
            counts[name] = counts.get(name, 0) + 1
    return _named({**content, "findings": []}) | counts


def _numbered(value: Any) -> Any:
    """Lists as mappings from their places."""
    if isinstance(value, list):
        value = {str(place): item for place, item in enumerate(value)}
    if isinstance(value, Mapping):
        return {str(key): _numbered(item) for key, item in value.items()}
    return value


def _difference(kind: str, name: str, expected: str, actual: str) -> LockDifference:
    return LockDifference(stage=STAGE, kind=kind, name=name, expected=expected, found=actual)
