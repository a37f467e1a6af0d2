"""What the contract asks of each column: what was seen, with slack for what may come."""

import math
from typing import Any

from truerun.adopt.columns.infer import Seen
from truerun.adopt.columns.task import Target
from truerun.sources.table.options import Column

SLACK = 0.5  # of the range that was seen, allowed beyond it either way
MORE_MISSING, SOME_MISSING = 1.5, 0.05  # times the share that was seen, and so much more
MOST = 0.99  # missing, beyond which there is no limit
DIGITS = 2  # of a bound
PARTS = {"month": (1, 12), "weekday": (0, 6), "hour": (0, 23)}


def columns(name: str, seen: Seen, option: Column, parts: dict[str, str]) -> dict[str, Any]:
    """The columns of the contract that a column of the table becomes.

    Parameters
    ----------
    parts : names of the columns that are made of a date, by part.
    """
    nullable = {"nullable": True} if seen.missing else {}
    if option.as_ == "identifier":
        return {name: {"type": "text", **nullable, "feature": False}}
    if option.as_ == "date":
        made = {
            parts[part]: {"type": "float", **nullable, **_part(part), "seasonal": True}
            for part in option.parts
        }
        return {name: {"type": "time", **nullable, "feature": False}, **made}
    if option.as_ == "words":
        return {name: {"type": "text", **nullable, "words": True}}
    if option.as_ == "category":
        known = {"categories": seen.categories} if seen.categories else {}
        return {name: {"type": "text", **nullable, **known}}
    if option.as_ == "boolean":
        return {name: {"type": "float", **nullable, "min": 0.0, "max": 1.0}}
    return {name: {"type": "float", **nullable, **bounds(seen)}}


def target(name: str, seen: Seen, found: Target) -> dict[str, Any]:
    """The target's column."""
    if found.task == "binary":
        return {name: {"type": "int", "categories": (0, 1)}}
    if found.task == "multiclass":
        return {name: {"type": "text", "categories": found.classes}}
    if found.task == "counts":
        return {name: {"type": "int", "min": 0}}
    return {name: {"type": "float", **bounds(seen)}}


def limited(column: dict[str, Any], missing: float, *, still: bool) -> dict[str, Any]:
    """A column of the contract, with what is asked of all rows of a partition.

    Parameters
    ----------
    missing : the largest share of a partition's rows in which it is missing.
    still : whether it has one value in all of a partition, which it may have again then.
    """
    asked: dict[str, Any] = {}
    share = MORE_MISSING * missing + SOME_MISSING
    if column.get("nullable") and share < MOST:  # else it may be missing in any
        asked["max_missing"] = round(share, 2)
    if still:
        asked["seasonal"] = True
    return {**column, **asked}


def bounds(seen: Seen) -> dict[str, Any]:
    """The range that was seen and half of it either way; what is never negative stays so."""
    if seen.low is None or seen.high is None:
        return {}
    slack = SLACK * (seen.high - seen.low) or SLACK * abs(seen.low) or 1.0
    low = rounded(seen.low - slack, math.floor)
    high = rounded(seen.high + slack, math.ceil)
    limits = {
        "min": 0.0 if seen.low >= 0 > low else low,
        "max": 0.0 if seen.low < 0 and seen.high <= 0 < high else high,
    }
    return {name: limit for name, limit in limits.items() if math.isfinite(limit)}


def rounded(value: float, way: Any) -> float:
    """A number of two digits, rounded outwards."""
    if not value or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
    return float(f"{way(value / unit) * unit:.{DIGITS}g}")


def _part(part: str) -> dict[str, float]:
    """The range of a part of a date, if it has one."""
    if part not in PARTS:
        return {}
    low, high = PARTS[part]
    return {"min": float(low), "max": float(high)}
