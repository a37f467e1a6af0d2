"""Which columns of the test rows are not spread as in the training rows."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from truerun.base import paths

PLACE = re.compile(rf"\({re.escape(str(paths.LIMITS))}: (.+)\)$")  # ends a finding's detail


def by_column(validation: Mapping[str, Any]) -> pd.DataFrame:
    """Of each column the stability index and its p-value, the furthest first.

    `beyond_limits` names the limits of limits.yaml that some window of rows passes in the column,
    such as a week: these say what is not usual, where an index only says how far.

    Parameters
    ----------
    validation : the content of metrics/validate.json.
    """
    drifts = validation["drift"]
    passed = _passed(beyond_limits(validation)["limit"], drifts)
    table = pd.DataFrame(
        {
            "psi": {name: moved["psi"] for name, moved in drifts.items()},
            "p_value": {name: moved["p_value"] for name, moved in drifts.items()},
            "beyond_limits": {name: ", ".join(passed[name]) for name in drifts},
        }
    )
    return table.rename_axis("column").sort_values("psi", ascending=False, kind="stable")


def _passed(places: Iterable[str], columns: Collection[str]) -> dict[str, list[str]]:
    """Of each column the limits that are passed, by their places in limits.yaml."""
    passed: dict[str, list[str]] = {name: [] for name in columns}
    for place in dict.fromkeys(places):
        # A name may begin with another one and a dot.
        fitting = [name for name in columns if place.startswith(f"columns.{name}.")]
        if fitting:
            name = max(fitting, key=len)
            passed[name].append(place.removeprefix(f"columns.{name}."))
    return passed


def beyond_limits(validation: Mapping[str, Any]) -> pd.DataFrame:
    """What the stage validate has found beyond limits.yaml: the limit, the status, and the detail.

    Parameters
    ----------
    validation : the content of metrics/validate.json.
    """
    rows = [
        {"limit": place[1], "status": finding["status"], "detail": finding["detail"]}
        for finding in validation["findings"]
        if (place := PLACE.search(finding["detail"]))
    ]
    return pd.DataFrame(rows, columns=["limit", "status", "detail"], dtype="str")
