"""Lists cut to what a comparison may hold."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Shortener:
    """Cuts lists to what a comparison may hold, and keeps what was left out of them."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def first(self, items: Sequence[T], most: int, what: str) -> tuple[T, ...]:
        """At most so many items."""
        if len(items) > most:
            self.told.append(f"{what}: {most:,} of {len(items):,} are listed")
        return tuple(items[:most])

    def lists(self, most: int) -> tuple[str, ...]:
        """The lists that were cut; of too many, the rest in one line."""
        if len(self.told) <= most:
            return tuple(self.told)
        shown = self.told[: most - 1]
        return (*shown, f"{len(self.told) - len(shown):,} more lists")
