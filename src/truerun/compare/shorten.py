"""Lists as long as a comparison may hold."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Shortener:
    """Cuts lists to what a comparison may hold, and keeps what was left out of them.

    >>> shortener = Shortener()
    >>> shortener.first(["a", "b", "c"], 2, "columns")
    ('a', 'b')
    >>> shortener.lists(50)
    ('columns: 2 of 3 are listed',)
    """

    def __init__(self) -> None:
        self.notes: list[str] = []

    def first(self, items: Sequence[T], most: int, what: str) -> tuple[T, ...]:
        """At most so many items."""
        if len(items) > most:
            self.notes.append(f"{what}: {most:,} of {len(items):,} are listed")
        return tuple(items[:most])

    def lists(self, most: int) -> tuple[str, ...]:
        """The lists that were cut; of too many, the rest in one line."""
        if len(self.notes) <= most:
            return tuple(self.notes)
        shown = self.notes[: most - 1]
        return (*shown, f"{len(self.notes) - len(shown):,} more lists")
