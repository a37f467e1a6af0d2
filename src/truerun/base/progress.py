"""Progress bars on a terminal, for anything that takes more than two seconds."""

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

tqdm.monitor_interval = 0  # no thread that redraws bars: only a process of one thread may fork

SHOWN: dict[str, bool | None] = {"disable": None}  # on a terminal; not by a process beside others


def progress(
    items: Iterable[Any] | None = None, *, doing: str, unit: str, total: int | None = None
) -> "tqdm[Any]":
    """Iterate over items behind a bar; without items, a bar that `update` moves."""
    return tqdm(items, desc=doing, unit=unit, total=total, delay=2, disable=SHOWN["disable"])
