"""Reasons of refusals without what is of one table alone, so that they can be counted."""

import re
from collections.abc import Iterable

LONGEST = 170
FIGURE = re.compile(r"(?<![A-Za-z])[-+]?\d[\d,._:e+-]*(?<=\d)%?")


def kind(message: str, columns: Iterable[str]) -> str:
    """A message with COLUMN, FILE, TEXT and N for names of columns, files, texts and figures.

    Of the lines below the first, which are each of a column, the kinds follow, each once.
    """
    names = sorted({*columns}, key=len, reverse=True)
    first, *others = [_general(line, names) for line in message.splitlines() if line.strip()]
    kinds = list(dict.fromkeys(line for line in others if "COLUMN" in line))
    text = "; ".join([first.removesuffix(":"), *kinds])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _general(line: str, names: list[str]) -> str:
    """A line of a message, without names and figures."""
    # Options to paste, examples, and the values that a list allows, are each table's own.
    line = re.sub(r",? such as .*|: --.*", "", line.strip())
    line = re.sub(r"isin\(.*\)", "isin(TEXT)", line)
    line = re.sub(r"(?<= is ).*(?= in fewer than )", "TEXT", line)
    line = re.sub(r"(?:\.\./)?\b(?:table|newer)\.[a-z.]+\b", "FILE", line)
    if names:
        alternatives = "|".join(map(re.escape, names))
        line = re.sub(rf"(?<![\w.])(?:{alternatives})(?![\w(])", "COLUMN", line)
    line = re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", line)
    line = FIGURE.sub("N", line)
    # However many there are.
    line = re.sub(r"\bCOLUMN\b(?:(?:, | and )COLUMN\b)+", "COLUMN", line)
    line = re.sub(
        r"\bCOLUMN \([^()]*\)(?:(?:, | and )(?:COLUMN \([^()]*\)|N more))*", "COLUMN", line
    )
    return re.sub(r"\b1 row\b|\bN rows?\b", "N rows", line)
