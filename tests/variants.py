"""Variants of a test that go the same way: a few run each time, and all of them at night."""

from collections.abc import Iterable
from typing import Any

import pytest


def nightly_after(count: int, variants: Iterable[Any]) -> list[Any]:
    """What `parametrize` takes: the first variants, values or tuples; the others for the night."""
    rows = [variant if isinstance(variant, tuple) else (variant,) for variant in variants]
    return [
        pytest.param(*row, marks=() if place < count else pytest.mark.nightly)
        for place, row in enumerate(rows)
    ]
