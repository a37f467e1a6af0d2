"""The profile of a table as plain text of 100 columns: what each column is seen as, and why."""

import textwrap
import unicodedata
from collections.abc import Iterable

from truerun.adopt.columns.decisions import Decision
from truerun.adopt.profile import Profile
from truerun.base.errors import listed

WIDTH = 100
NAME, KIND = 24, 11  # characters
LEAST = 0.001  # a share that is told


def lines(found: Profile) -> Iterable[str]:
    """All that was seen and decided."""
    files = len(found.files)
    of = f"{files} files" if files > 1 else visible(next(iter(found.files.values())).name)
    yield f"{of}: {found.rows:,} rows, {len(found.decisions)} columns; {_format(found)}"
    yield f"key: {', '.join(map(visible, found.key))}"
    yield ""
    yield f"{'column':<{NAME}} {'seen as':<{KIND}} why [and how to have it otherwise]"
    for decision in found.decisions:
        yield from _row(decision)
    yield "Any other column: --drop NAME, or --as NAME=KIND, as in --as grade=category."
    yield ""
    for warning in found.warnings:
        yield from textwrap.wrap(f"! {visible(warning)}", WIDTH, subsequent_indent="  ")


def visible(text: str) -> str:
    """A text in which control characters, and those that turn the writing, are written out."""
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else char
        for char in text
    )


def _format(found: Profile) -> str:
    """How the files are written."""
    how = found.options.format
    if how.kind != "csv":
        return f"{how.kind}, sheet {visible(how.sheet)}" if how.sheet else how.kind
    mark = {"\t": "a tab", " ": "a space"}.get(how.delimiter, visible(how.delimiter))
    told = f"cells separated by {mark}, {how.encoding}"
    told += ", decimal comma" if how.decimal == "," else ""
    told += "" if how.header else ", no header"
    return told + (f", {how.skip} lines before the table" if how.skip else "")


def _row(decision: Decision) -> Iterable[str]:
    """A line or two: the column, what it is seen as, why, and how to override it."""
    name, kind = visible(decision.column), decision.kind
    seen = decision.seen
    missing = f"; {_missing(decision)}" if seen.missing else ""
    hint = f" [{decision.override}]" if decision.override and not decision.is_feature else ""
    why = visible(f"{decision.reason}{missing}{hint}")
    indent = NAME + KIND + 2
    first, *rest = _wrap(why, WIDTH - indent)
    if wide(name) > NAME:
        yield from _wrap(name, WIDTH)
        name = ""
    yield f"{name}{' ' * (NAME - wide(name))} {kind:<{KIND}} {first}"
    for line in rest:
        yield " " * indent + line


def _missing(decision: Decision) -> str:
    """How much of a column is missing, and how that is written where it is."""
    share = decision.seen.missing / decision.seen.rows
    words = [text for text in decision.spelled if text]
    told = f"{share:.1%} missing" if share >= LEAST else "hardly any missing"
    return f"{told} ({listed(words)})" if words else told


def _wrap(text: str, width: int) -> list[str]:
    """A text in lines that are no wider, with letters that take two places counted so."""
    found, line = [], ""
    for word in text.split(" "):
        for piece in _pieces(word, width):
            if line and wide(line) + 1 + wide(piece) > width:
                found.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    return [*found, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces that fit a line."""
    pieces = [""]
    for char in word:
        if wide(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces


def wide(text: str) -> int:
    """The places that a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
