"""Column names, from the header to params.yaml and schema.yaml."""

import re
import unicodedata
from collections.abc import Collection, Sequence

# What the stages add, as `contract.RESERVED` lists it, and the key of a table without one.
TAKEN = (
    *("partition", "split", "score", "failed_column", "failed_check", "failed_value"),
    *("row", "copy"),
)
SCORES = "score:"  # the stages' prefix for scores of classes
JOINERS = "\u200c\u200d"  # invisible, and part of words in some scripts


def clean(header: Sequence[str | None]) -> list[str]:
    """Name each column: no stray spaces or control characters, none empty, reserved or repeated."""
    names: list[str] = []
    for position, raw in enumerate(header, start=1):
        name = tidy(raw or "") or f"column {position}"
        if name in TAKEN:
            name += "_"
        elif name.startswith(SCORES):
            name = f"score_{name.removeprefix(SCORES).lstrip()}"
        names.append(unused(name, names))
    return names


def unused(name: str, names: Collection[str]) -> str:
    """The name, if necessary with the first number from 2 on that makes it unique."""
    candidate, number = name, 2
    while candidate in names:
        candidate, number = f"{name} {number}", number + 1
    return candidate


def tidy(text: str) -> str:
    """Composed characters (NFC), each run of spaces and control characters one space."""
    spaced = "".join(
        " " if unicodedata.category(char)[0] in "CZ" and char not in JOINERS else char
        for char in text
    )
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", spaced)).strip()
