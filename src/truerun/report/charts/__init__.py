"""The charts of scores: a file for each, which says from a comparison what is drawn, if anything.

A chart is one of the forms of `truerun.report.document`, each of which the comment and the page can
draw; `Wide` keeps it to the page. Charts of slices, metrics and classes stand with their tables.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from truerun.report.document import Block
from truerun.report.words import Json

NAMES = (
    "errors",
    "distribution",
    "roc",
    "shift",
)
Blocks = Callable[[Json, tuple[str, str]], Iterator[Block]]


def drawn(comparison: Json, sides: tuple[str, str]) -> Iterator[Block]:
    """All charts of a comparison that has scores, in order."""
    for name in NAMES:
        blocks: Blocks = import_module(f"{__name__}.{name}").blocks
        yield from blocks(comparison, sides)
