"""Checks of a table as a whole: each takes numbers and limits, and returns findings.

Findings that pass are left out, except for the quarantine's in `metrics/validate.json`.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from truerun.base.errors import listed
from truerun.contract.conformance import Verdict
from truerun.params.validate import RateRange

Status = Literal["pass", "warn", "fail"]
EXAMPLES = 3  # values of each broken check


@dataclass(frozen=True)
class Finding:
    """The outcome of one check of one thing, and why."""

    check: str
    status: Status
    detail: str


def quarantine_results(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """How many rows break the contract, and by which check, the worst first, with examples."""
    failures = pd.concat([verdict.failures for verdict in verdicts.values()], ignore_index=True)
    rows = sum(len(verdict.valid) for verdict in verdicts.values())
    broken = sum(int((~verdict.valid).sum()) for verdict in verdicts.values())
    worst: list[dict[str, Any]] = [
        {
            "column": column,
            "check": check,
            "rows": len(group),
            "examples": list(group["failed_value"].unique()[:EXAMPLES]),
        }
        for (column, check), group in failures.groupby(["failed_column", "failed_check"])
    ]
    worst.sort(key=lambda entry: (-entry["rows"], entry["column"], entry["check"]))
    return {
        "rows_in": rows,
        "rows_out": rows - broken,
        "quarantined": {"rows": broken, "share": broken / rows if rows else 0.0, "checks": worst},
    }


def quarantined_share(results: Mapping[str, Any], limit: float) -> Finding:
    """At most a share of the rows of `quarantine_results` may break the contract."""
    quarantined, share = results["quarantined"]["rows"], results["quarantined"]["share"]
    detail = f"{quarantined:,} of {results['rows_in']:,} rows ({share:.2%}) break schema.yaml"
    if share > limit:
        detail += f", more than validate.max_quarantined allows ({limit:.2%})"
    return Finding("quarantine", "fail" if share > limit else "pass", detail)


def enough_rows(rows: Mapping[str, int], limit: int) -> list[Finding]:
    """Every partition has at least `limit` valid rows."""
    return [
        Finding("rows", "fail", f"partition {name} has {count:,} valid rows, fewer than {limit:,}")
        for name, count in rows.items()
        if count < limit
    ]


def no_gaps(names: list[str]) -> list[Finding]:
    """If partitions are months, none is missing between the first and the last.

    >>> [finding] = no_gaps(["2024-11", "2025-01"])
    >>> finding.detail
    'missing between the others: 2024-12'
    """
    if not names or not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", name) for name in names):
        return []
    months = pd.period_range(names[0], names[-1], freq="M").astype(str)
    missing = [month for month in months if month not in names]
    if not missing:
        return []
    return [Finding("partitions", "fail", f"missing between the others: {listed(missing)}")]


def target_means(means: Mapping[str, float], limits: RateRange, target: str) -> list[Finding]:
    """The target's rate (mean) of every partition lies within its range."""
    return [
        Finding(
            "target rate",
            "fail",
            f"partition {name}: the mean of {target} is {mean:.4g}, outside {limits.min} to"
            f" {limits.max} (params.yaml: validate.target_rate)",
        )
        for name, mean in means.items()
        if not limits.min <= mean <= limits.max
    ]


def constants(rows: pd.DataFrame, columns: Collection[str]) -> dict[str, str]:
    """Columns with a single value in all rows of a partition, and that value as text."""
    values = {column: rows[column] for column in columns}
    return {
        column: str(of_column.iloc[0])
        for column, of_column in values.items()
        if is_constant(of_column)
    }


def constant_columns(
    constant: Mapping[str, Mapping[str, str]],
    usual: Callable[[str, list[str]], bool] | None = None,
) -> list[Finding]:
    """No column has one value in all rows, or in all of a partition where it varies in others.

    Parameters
    ----------
    constant : the `constants` of each partition, by its name.
    usual : whether a column may have one value in all rows of some partitions, since the rows of
        others show that it may.
    """
    findings = []
    for column in dict.fromkeys(column for columns in constant.values() for column in columns):
        names = [name for name, columns in constant.items() if column in columns]
        values = sorted({constant[name][column] for name in names})
        refused = len(names) < len(constant) or len(values) == 1
        if refused and not (usual and usual(column, names)):
            where = f"all rows of {listed(names)}"
            findings.append(
                Finding("constant", "fail", f"column {column} is {listed(values)} in {where}")
            )
    return findings


def unlearned_columns(names: Collection[str]) -> list[Finding]:
    """Columns without a value in any training row."""
    detail = "is missing in all training rows: nothing is learned from it"
    return [Finding("missing", "warn", f"column {name} {detail}") for name in names]


def most_missing(shares: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """The partition that lacks the most values of each column, and their share.

    Parameters
    ----------
    shares : the share of missing values of each column, by the partition's name.
    """
    worst: dict[str, dict[str, Any]] = {}
    for name, columns in shares.items():
        for column, share in columns.items():
            if column not in worst or share >= worst[column]["share"]:
                worst[column] = {"partition": name, "share": share}
    return worst


def missing_values(
    worst: Mapping[str, Mapping[str, Any]], limits: Mapping[str, float]
) -> list[Finding]:
    """Where a column of `most_missing` is missing in more rows than its limit allows."""
    return [
        Finding(
            "missing",
            "fail",
            f"column {column} is missing in {worst[column]['share']:.1%} of the rows of partition "
            f"{worst[column]['partition']}, more than its max_missing in schema.yaml ({limit:.0%})",
        )
        for column, limit in limits.items()
        if column in worst and worst[column]["share"] > limit
    ]


def varied_target(
    values: Mapping[str, pd.Series], target: str, classes: Sequence[str | int]
) -> list[Finding]:
    """Each side has rows of every class, or of two numbers, to learn from and to measure.

    Parameters
    ----------
    values : the target's on each side of the split, by its name.
    """
    findings = []
    for side, target_values in values.items():
        present_classes = set(target_values.unique())
        absent = [str(name) for name in classes if name not in present_classes]
        if len(present_classes) == 1:
            detail = f"all {len(target_values):,} {side} rows have {target} {present_classes.pop()}"
            findings.append(Finding("classes" if classes else "target", "fail", detail))
        elif absent:
            detail = f"no {side} row has {target} {listed(absent)}"
            findings.append(Finding("classes", "fail", detail))
    return findings


def repeated_keys(table: pd.DataFrame, key: tuple[str, ...]) -> list[Finding]:
    """No key occurs twice, not even in two partitions or on both sides of the split."""
    repeated = table.loc[table.duplicated(list(key)), list(key)]
    if repeated.empty:
        return []
    example = ", ".join(f"{name} {value}" for name, value in repeated.iloc[0].items())
    return [
        Finding(
            "keys", "fail", f"{len(repeated):,} rows repeat the key of another, such as {example}"
        )
    ]


def is_constant(values: pd.Series) -> bool:
    """Whether all values are one, or all are missing."""
    if values.empty:
        return False
    first, last = values.array[0], values.array[-1]
    if pd.isna(first):
        return bool(values.isna().all())
    if not pd.isna(last) and first != last:
        return False  # as most columns are not, which only two of their values need tell
    return bool((values == first).all())
