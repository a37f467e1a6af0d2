"""A report for a terminal: plain text of at most 100 columns."""

import unicodedata
from itertools import chain, zip_longest

from truerun.report.document import Block, Code, Document, Items, Paragraph, ReportSection, Table

WIDTH = 100
GAP = "  "
ROWS = 12  # of a table
NARROW = 8  # a column is not made narrower than this


def render(document: Document, run_url: str | None) -> str:
    """The whole report, all sections unfolded."""
    parts = [f"{document.answer}.", *wrapped(document.reasons)]
    if document.change:
        parts += ["", *wrapped(document.change)]
    for section in document.sections:
        parts += ["", *_section(section)]
    parts += ["", *wrapped(document.footer), *([run_url] if run_url else [])]
    return "\n".join(line.rstrip() for line in parts) + "\n"


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Lines of at most so many columns; a word that is longer is cut."""
    lines = [""]
    for word in text.split():
        for piece in _pieces(word, width):
            line = f"{lines[-1]} {piece}" if lines[-1] else piece
            if columns(line) <= width:
                lines[-1] = line
            else:
                lines.append(piece)
    return lines


def columns(text: str) -> int:
    """How many columns a text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces that fit."""
    pieces, taken = [""], 0
    for character in word:
        taken += _columns(character)
        if taken > width:
            pieces.append("")
            taken = _columns(character)
        pieces[-1] += character
    return pieces


def _section(section: ReportSection) -> list[str]:
    title = wrapped(section.title)
    rendered = (_block(block, captions=section.several_tables) for block in section.blocks)
    blocks = [lines for lines in rendered if lines]
    rule = "-" * max(map(columns, title))
    return [*title, rule, *chain.from_iterable([*lines, ""] for lines in blocks)][:-1]


def _block(block: Block, *, captions: bool) -> list[str]:
    match block:
        case Paragraph(text):
            return wrapped(text)
        case Items(items):
            shown = [wrapped(item, WIDTH - 2) for item in items[:ROWS]]
            lines = [
                f"{'  ' if n else '- '}{line}" for item in shown for n, line in enumerate(item)
            ]
            return lines + _more(len(items))
        case Code(text):
            lines = text.splitlines()
            return [f"  {piece}" for line in lines for piece in _pieces(line, WIDTH - 2)]
        case Table():
            return (wrapped(block.caption) if captions else []) + _table(block)
        case _:  # charts are for the comment and the page
            return []


def _table(table: Table) -> list[str]:
    shown = [table.columns, *table.rows[:ROWS]]
    widths = [max(map(columns, column)) for column in zip(*shown, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        widest = widths.index(max(widths))
        widths[widest] = max(NARROW, widths[widest] - 1)
    lines = [line for row in shown for line in _row(row, widths, table.align)]
    return [*lines, *_more(len(table.rows))]


def _row(row: tuple[str, ...], widths: list[int], align: str) -> list[str]:
    """A row of a table; its cells may take several lines."""
    cells = [wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [
        GAP.join(
            _padded(text, width, letter)
            for text, width, letter in zip(line, widths, align, strict=True)
        )
        for line in zip_longest(*cells, fillvalue="")
    ]


def _padded(text: str, width: int, letter: str) -> str:
    space = " " * (width - columns(text))
    return f"{space}{text}" if letter == "r" else f"{text}{space}"


def _more(number: int) -> list[str]:
    return [f"{number - ROWS:,} more are not shown here."] if number > ROWS else []
