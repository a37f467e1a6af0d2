"""What the contract demands of each column: what was observed, with slack for new data."""

import math
from typing import Any

from truerun.adopt.columns.column_summary import ColumnSummary
from truerun.adopt.columns.target import Target, is_number
from truerun.base import rounding
from truerun.limits.parts import slack
from truerun.sources.table.options import ColumnOptions

MORE_MISSING, SOME_MISSING = 1.5, 0.05  # times the observed share, plus so much
MOST = 0.99  # share of missing values beyond which there is no limit
DIGITS = 2  # of a bound
PARTS = {"month": (1, 12), "weekday": (0, 6), "hour": (0, 23)}


def contract_columns(
    name: str, summary: ColumnSummary, option: ColumnOptions, parts: dict[str, str]
) -> dict[str, Any]:
    """The columns of the contract that a column of the table becomes.

    Parameters
    ----------
    parts : names of the columns that are derived from a date, by part.
    """
    nullable = {"nullable": True} if summary.missing else {}
    if option.as_ == "identifier":
        return {name: {"type": "text", **nullable, "feature": False}}
    if option.as_ == "date":
        part_columns = {
            parts[part]: {"type": "float", **nullable, **_part(part), "seasonal": True}
            for part in option.parts
        }
        return {name: {"type": "time", **nullable, "feature": False}, **part_columns}
    if option.as_ == "words":
        return {name: {"type": "text", **nullable, "words": True}}
    if option.as_ == "category":
        categories = {"categories": summary.categories} if summary.categories else {}
        return {name: {"type": "text", **nullable, **categories}}
    if option.as_ == "boolean":
        return {name: {"type": "float", **nullable, "min": 0.0, "max": 1.0}}
    return {name: {"type": "float", **nullable, **bounds(summary)}}


def target_column(name: str, summary: ColumnSummary, target: Target) -> dict[str, Any]:
    """The target's column."""
    if target.task == "binary":
        called = {} if any(map(is_number, target.classes)) else {"names": target.classes}
        return {name: {"type": "int", "categories": (0, 1), **called}}
    if target.task == "multiclass":
        return {name: {"type": "text", "categories": target.classes}}
    if target.task == "counts":
        return {name: {"type": "int", "min": 0}}
    return {name: {"type": "float", **bounds(summary)}}


def partition_limits(
    column: dict[str, Any], missing: float, *, is_constant: bool
) -> dict[str, Any]:
    """A column of the contract, with its limits for a whole partition.

    Parameters
    ----------
    missing : the largest share of a partition's rows in which it is missing.
    is_constant : whether it has a single value in some partition, which is then allowed again.
    """
    limits: dict[str, Any] = {}
    share = MORE_MISSING * missing + SOME_MISSING
    if column.get("nullable") and share < MOST:  # else it may be missing in any
        limits["max_missing"] = round(share, 2)
    if is_constant:
        limits["seasonal"] = True
    return {**column, **limits}


def bounds(summary: ColumnSummary) -> dict[str, Any]:
    """The observed range and half of it either way; what is never negative stays so."""
    if summary.low is None or summary.high is None:
        return {}
    return widened(summary.low, summary.high)


def widened(lowest: float, highest: float) -> dict[str, Any]:
    """A range and half of it either way; what is never negative stays so.

    >>> widened(2.0, 10.0)
    {'min': 0.0, 'max': 14.0}
    """
    beyond = slack(lowest, highest)
    low = rounding.outwards(lowest - beyond, math.floor, DIGITS)
    high = rounding.outwards(highest + beyond, math.ceil, DIGITS)
    limits = {
        "min": 0.0 if lowest >= 0 > low else low,
        "max": 0.0 if lowest < 0 and highest <= 0 < high else high,
    }
    return {name: limit for name, limit in limits.items() if math.isfinite(limit)}


def _part(part: str) -> dict[str, float]:
    """The range of a part of a date, if it has one."""
    if part not in PARTS:
        return {}
    low, high = PARTS[part]
    return {"min": float(low), "max": float(high)}
