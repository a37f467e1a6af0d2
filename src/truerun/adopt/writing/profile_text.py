"""The profile of a table as text, 100 characters wide: what each column is taken for, and why."""

import unicodedata
from collections.abc import Iterable

from truerun.adopt.columns.advice import unbroken
from truerun.adopt.columns.column_decisions import Decision
from truerun.adopt.table_profile import TableProfile
from truerun.base.errors import listed

WIDTH = 100
NAME, KIND = 24, 11  # characters
BLANK = "\0"  # in an option while lines are made: no text that is shown has it
LEAST = 0.001  # the smallest share that is shown


def lines(profile: TableProfile) -> Iterable[str]:
    """The lines that show all that was inferred and decided."""
    files = len(profile.files)
    source = f"{files} files" if files > 1 else visible(next(iter(profile.files.values())).name)
    yield f"{source}: {profile.rows:,} rows, {len(profile.decisions)} columns; {_format(profile)}"
    yield f"key: {', '.join(map(visible, profile.key))}"
    yield ""
    yield f"{'column':<{NAME}} {'read as':<{KIND}} why [and how to change it]"
    for decision in profile.decisions:
        yield from _row(decision)
    yield "Any other column: --drop NAME, or --as NAME=KIND, as in --as grade=category."
    yield ""
    for warning in profile.warnings:
        first, *rest = _wrap(visible(warning), WIDTH - 2)
        yield from [f"! {first}", *(f"  {line}" for line in rest)]


def visible(text: str) -> str:
    """A text with its control characters, and those that reverse the writing, escaped."""
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else char
        for char in text
    )


def _format(profile: TableProfile) -> str:
    """How the files are written."""
    file_format = profile.options.format
    if file_format.kind != "csv":
        return (
            f"{file_format.kind}, sheet {visible(file_format.sheet)}"
            if file_format.sheet
            else file_format.kind
        )
    mark = {"\t": "a tab", " ": "a space"}.get(
        file_format.delimiter, visible(file_format.delimiter)
    )
    text = f"cells separated by {mark}, {file_format.encoding}"
    text += ", decimal comma" if file_format.decimal == "," else ""
    if not file_format.header:
        columns = [decision.column for decision in profile.decisions]
        text += f", no header: columns are {columns[0]} to {columns[-1]}"
    return text + (f", {file_format.skip} lines before the table" if file_format.skip else "")


def _row(decision: Decision) -> Iterable[str]:
    """A line or two: the column, what it is taken for, why, and how to override it."""
    name, kind = visible(decision.column), decision.kind
    summary = decision.summary
    missing = f"; {_missing(decision)}" if summary.missing else ""
    hint = f" [{decision.override}]" if decision.override and not decision.is_feature else ""
    reason = visible(f"{decision.reason}{missing}{hint}")
    indent = NAME + KIND + 2
    first, *rest = _wrap(reason, WIDTH - indent)
    if wide(name) > NAME:
        yield from _wrap(name, WIDTH)
        name = ""
    yield f"{name}{' ' * (NAME - wide(name))} {kind:<{KIND}} {first}"
    for line in rest:
        yield " " * indent + line


def _missing(decision: Decision) -> str:
    """How much of a column is missing, and how missing values are spelled."""
    share = decision.summary.missing / decision.summary.rows
    words = [text for text in decision.spelled if text]
    text = f"{share:.1%} missing" if share >= LEAST else "hardly any missing"
    return f"{text} ({listed(words)})" if words else text


def _wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most this width, but for an option that is to be pasted whole.

    A wide letter counts as two characters.
    """
    lines, line = [], ""
    for word in unbroken(text, BLANK).split(" "):
        pieces = [word.replace(BLANK, " ")] if BLANK in word else _pieces(word, width)
        for piece in pieces:
            if line and wide(line) + 1 + wide(piece) > width:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces that fit a line."""
    pieces = [""]
    for char in word:
        if wide(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces


def wide(text: str) -> int:
    """The width of a text on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
