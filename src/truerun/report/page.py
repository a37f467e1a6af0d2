"""A report as one HTML page that needs nothing else: no script, no other file, no network."""

import html
from collections.abc import Sequence
from importlib import resources
from itertools import groupby

from truerun.report import svg
from truerun.report.document import (
    MARKS,
    Block,
    Code,
    Curves,
    Document,
    Histogram,
    Intervals,
    Items,
    Levels,
    Paragraph,
    ReportSection,
    Table,
    Wide,
)

STYLE = resources.files(__package__) / "page.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MANY = 5  # columns from which on a row becomes a card on a narrow screen
TOLD = {"better", "worse", "pass", "warn", "fail"}  # words that have a colour in a table


def render(document: Document, run_url: str | None) -> str:
    """The whole page."""
    run = f' <a href="{html.escape(run_url)}">The run that made this page</a>.' if run_url else ""
    bands = ([one for one in document.sections if one.folded == folded] for folded in (False, True))
    main = "\n".join(_band(sections) for sections in bands if sections)
    change = f'<p class="lead">{escaped(document.change)}</p>\n' if document.change else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escaped(document.answer)}</title>
<style>
{STYLE.read_text(encoding="utf-8").strip()}
</style>
</head>
<body>
<header class="{document.outcome}">
<h1>{MARKS[document.outcome]} {escaped(document.answer)}</h1>
<p class="lead">{escaped(document.reasons)}</p>
{change}</header>
<main>
{main}
</main>
<footer><p>{escaped(document.footer)}{run}</p></footer>
</body>
</html>
"""


def escaped(text: str) -> str:
    """A text that no tag of its own can leave; a number and its percent sign stay together."""
    return html.escape(text).replace(" %", "&nbsp;%")


def _band(sections: Sequence[ReportSection]) -> str:
    """Sections that share two columns where there is room: what matters first, then the rest."""
    body = "\n".join(map(_section, sections))
    return f'<div class="band">\n{body}\n</div>'


def _section(section: ReportSection) -> str:
    """A section; charts that follow each other stand side by side."""
    parts = []
    for drawn, blocks in groupby(section.blocks, key=_is_chart):
        rendered = "\n".join(map(_block, blocks))
        parts.append(f'<div class="charts">\n{rendered}\n</div>' if drawn else rendered)
    body = "\n".join(parts)
    return f"<section>\n<h2>{escaped(section.title)}</h2>\n{body}\n</section>"


def _is_chart(block: Block) -> bool:
    return isinstance(block, Histogram | Curves | Intervals | Levels | Wide)


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escaped(text)}</p>"
        case Items(items, links):
            return "<ul>\n" + "\n".join(map(_item, items, links or [""] * len(items))) + "\n</ul>"
        case Code(text):
            return f'<pre tabindex="0">{escaped(text)}</pre>'
        case Table():
            return _table(block)
        case Wide(chart):
            return svg.figure(chart)
        case Histogram() | Curves() | Intervals() | Levels():
            return svg.figure(block)


def _item(text: str, link: str) -> str:
    shown = f'<a href="{escaped(link)}">{escaped(text)}</a>' if link else escaped(text)
    return f"<li>{shown}</li>"


def _table(table: Table) -> str:
    """A table in a box that scrolls by itself; the first cell of a row is its heading."""
    caption = escaped(table.caption)
    heads = "".join(
        f'<th scope="col"{_class("number" if letter == "r" else "")}>{escaped(name)}</th>'
        for name, letter in zip(table.columns, table.align, strict=True)
    )
    rows = "\n".join(f"<tr>{_cells(row, table)}</tr>" for row in table.rows)
    wide = len(table.columns) >= MANY or "v" in table.align[1:]  # a verdict is to be in view
    kind = "scroll cards" if wide else "scroll"
    return (
        f'<div class="{kind}" role="region" aria-label="{caption}" tabindex="0">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead>\n<tr>{heads}</tr>\n</thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _cells(row: tuple[str, ...], table: Table) -> str:
    cells: list[str] = []
    for text, letter, column in zip(row, table.align, table.columns, strict=True):
        shown = f"{MARKS[text]} {escaped(text)}" if letter == "v" and text else escaped(text)
        kind = _class(_kind(text, letter))
        cells.append(
            f'<td{kind} data-column="{escaped(column)}">{shown}</td>'
            if cells
            else f'<th scope="row"{kind}>{shown}</th>'
        )
    return "".join(cells)


def _kind(text: str, letter: str) -> str:
    """The classes of a cell."""
    if letter == "v":
        return f"verdict {text}" if text in TOLD else "verdict"
    return "number" if letter == "r" else ""


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
