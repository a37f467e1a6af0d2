"""What changed of the settings that data and intervals are judged by.

The rules under `gate:` are not among them: those of the base count, and another rule names them.
"""

from collections.abc import Mapping
from typing import Any

from truerun.compare import causes
from truerun.comparison.comparison import Change

# Of params.yaml: sections, and keys of one whose others are the model's. A rule goes by the slices.
SECTIONS = ("validate", "compare")
KEYS = {"evaluate": ("slices", "min_slice_rows", "value")}
COLUMNS = "columns"  # of schema.yaml


def changes(
    base: Mapping[str, Any],
    head: Mapping[str, Any],
    base_contract: Mapping[str, Any],
    head_contract: Mapping[str, Any],
) -> list[Change]:
    """Settings that differ, beside columns that the base's contract does not have.

    >>> limit = {"validate": {"leakage_auc": 0.85}}
    >>> wider = {"validate": {"leakage_auc": 0.99}}
    >>> old = {"columns": {"a": {"min": 0, "max": 1}}}
    >>> new = {"columns": {"a": {"min": 0}, "b": {"type": "text"}}}
    >>> [change.name for change in changes(limit, wider, old, new)]
    ['validate.leakage_auc', 'columns.a.max']
    """
    sides = [_judging(content) for content in (base, head)]
    base_columns = base_contract.get(COLUMNS)
    columns = head_contract.get(COLUMNS)
    if isinstance(base_columns, Mapping) and isinstance(columns, Mapping):
        kept = {name: column for name, column in columns.items() if name in base_columns}
        head_contract = {**head_contract, COLUMNS: kept}
    return [*causes.settings(*sides), *causes.settings(base_contract, head_contract)]


def _judging(content: Mapping[str, Any]) -> dict[str, Any]:
    """What of params.yaml judges."""
    kept = {name: content[name] for name in SECTIONS if name in content}
    for name, keys in KEYS.items():
        section = content.get(name)
        if isinstance(section, Mapping):
            kept[name] = {key: section[key] for key in keys if key in section}
    return kept
