"""A report as GitHub-flavoured Markdown: the comment of a pull request.

GitHub finds mentions, references, commits and addresses in the rendered text, so a backslash or an
entity does not stop it; in code it looks for nothing. A text is therefore taken word by word: what
is plainly a word or a number stays, everything else is shown as code.
"""

import html
import re
from collections.abc import Iterator

from truerun.report import mermaid, text_charts
from truerun.report.document import (
    MARKS,
    Block,
    Chart,
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
    reading,
)

LONGEST = 30_000  # characters of a comment, for a reader's sake; GitHub's limit is 65,536
NOTE = 3_000  # kept for the footer and the note on what is left out
ROWS = 12  # of a table
CLOSED_WITHIN = 40  # words after a bracket or a backtick
EDGES = re.compile(r'(["(]*)(.*?)([.,;:!?)"…]*)')
# A number, or letters and digits with single hyphens and apostrophes between them.
PLAIN = re.compile(r"[+-]?\d+(?:[.,-]\d+)*%?|[^\W_]+(?:['-][^\W_]+)*")
# What GitHub could take for an address, an issue (GH-12), or a commit.
REFERENCE = re.compile(r"www\.|[^\W\d_]-\d|(?<![^\W_])[0-9a-f]{7,40}(?![^\W_])", re.IGNORECASE)
QUOTED = re.compile("`[^`]+`")
SYMBOLS = ("%", "=", "→", *"○●├┤│")


def render(document: Document, run_url: str | None) -> str:
    """The whole comment; sections that would make it too long are left out, and named."""
    parts = [f"**{inline(document.answer)}.** {inline(document.reasons)}"]
    if document.change:
        parts.append(inline(document.change))
    left_out = []
    room = LONGEST - NOTE - sum(map(len, parts))
    for section in document.sections:
        text = _section(section)
        if len(text) + 2 <= room:
            parts.append(text)
            room -= len(text) + 2
        else:
            left_out.append(section.title)
    if left_out:
        parts.append(inline(f"Left out to keep the comment short: {'; '.join(left_out)}."))
    run = f" [Full report in this run]({run_url})" if run_url else ""
    parts.append(f"{inline(document.footer)}{run}")
    return "\n\n".join(parts) + "\n"


def inline(text: str) -> str:
    """A text in which nothing but code means anything to Markdown or to GitHub."""
    words = text.replace("|", "¦").split()  # renderers differ about bars in code in tables
    rendered = re.sub(r"^=(?= |$)", "`=`", " ".join(_runs(words)))  # or it could underline
    return re.sub(r"^(\d+)(?=[.)](\s|$))", r"\1\\", rendered)  # or it would begin a list


def fenced(text: str, language: str = "") -> str:
    """A block of code; its fence is longer than any run of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _runs(words: list[str]) -> Iterator[str]:
    """Words as they stand, and spans of code: each as long as nothing but spaces is between."""
    start = 0
    while start < len(words):
        end = start + 1
        if _is_plain(words[start]):
            yield words[start]
        else:
            end = _closed(words, start)
            while end < len(words) and _goes_on(words[end - 1], words[end]):
                end = _closed(words, end)
            yield _code(" ".join(words[start:end]))
        start = end


def _goes_on(word: str, following: str) -> bool:
    """Whether a word of code is in the span of the one before it."""
    apart = word.endswith("`") or following.startswith("`")
    return not (apart or _is_plain(following) or _edges(word)[2] or _edges(following)[0])


def _closed(words: list[str], start: int) -> int:
    """The place behind the word that closes the brackets and backticks of another, if any does."""
    depth = ticks = 0
    for place, word in enumerate(words[start : start + CLOSED_WITHIN], start):
        depth += len(re.findall(r"[\[{]", word)) - len(re.findall(r"[\]}]", word))
        ticks += word.count("`")
        if depth <= 0 and ticks % 2 == 0:
            return place + 1
    return start + 1


def _is_plain(word: str) -> bool:
    core = _edges(word)[1]
    return core in SYMBOLS or bool(PLAIN.fullmatch(core) and not REFERENCE.search(word))


def _code(text: str) -> str:
    before, core, after = _edges(text)
    if QUOTED.fullmatch(core):  # as code already
        return text
    fence = "`" * (_longest_run(core) + 1)
    pad = " " if core.startswith("`") or core.endswith("`") else ""
    return f"{before}{fence}{pad}{core}{pad}{fence}{after}"


def _edges(text: str) -> tuple[str, str, str]:
    """Marks before, the words themselves, marks behind."""
    match = EDGES.fullmatch(text)
    return (match[1], match[2], match[3]) if match and match[2] else ("", text, "")


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _section(section: ReportSection) -> str:
    rendered = (_block(block, captions=section.several_tables) for block in section.blocks)
    body = "\n\n".join(filter(None, rendered))
    if not section.folded:
        return f"### {inline(section.title)}\n\n{body}"
    summary = html.escape(section.title)
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def _block(block: Block, *, captions: bool) -> str:
    match block:
        case Paragraph(text):
            return inline(text)
        case Items(items):
            return "\n".join(f"- {inline(item)}" for item in items[:ROWS]) + _more(len(items))
        case Code(text):
            # Indented, so that no program that reads comments takes a line for a command.
            return fenced("\n".join(f"  {line}" for line in text.splitlines()))
        case Table():
            return (f"**{inline(block.caption)}**\n\n" if captions else "") + _table(block)
        case Histogram() | Curves() | Intervals() | Levels():
            return _chart(block)
        case Wide():
            return ""


def _chart(drawn: Chart) -> str:
    """A chart below its title and what to see in it."""
    match drawn:
        case Histogram() | Curves():
            legend, text = mermaid.legend(drawn), fenced(mermaid.chart(drawn), "mermaid")
        case Intervals() | Levels():
            legend, text = text_charts.legend(drawn), fenced(text_charts.chart(drawn))
    return f"**{inline(drawn.title)}** {inline(legend)}\n{inline(reading(drawn))}\n\n{text}"


def _table(table: Table) -> str:
    rule = ("---:" if letter == "r" else "---" for letter in table.align)
    rows = (map(_cell, row, table.align) for row in table.rows[:ROWS])
    lines = (map(inline, table.columns), rule, *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + _more(len(table.rows))


def _cell(text: str, letter: str) -> str:
    """A cell; a verdict, if there is one, with its sign."""
    return f"{MARKS[text]} {inline(text)}" if letter == "v" and text else inline(text)


def _more(number: int) -> str:
    return f"\n\n{number - ROWS:,} more are not shown here." if number > ROWS else ""
