"""Values out of JSON or YAML that may hold anything."""

from collections.abc import Mapping
from typing import Any


def value_at(content: Any, *keys: str) -> Any:
    """What lies below some keys; None if anything is missing on the way.

    >>> value_at({"head": {"rows": 3}}, "head", "rows"), value_at({"head": [1]}, "head", "rows")
    (3, None)
    """
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content
