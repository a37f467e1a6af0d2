"""Columns that look like personal data: by their names, in many languages, and by their values.

A file for each kind has all that is known of it. It misses some and suspects others wrongly:
docs/personal-data.md counts both on a labelled list.
"""

import re
from collections.abc import Sequence
from importlib import import_module

from truerun.adopt.columns import spellings
from truerun.adopt.columns.personal.kind import MOST, SOME, TEXTS, Candidate, Kind, share

# Of two kinds that a column may be, it is the first; numbers of states before those of phones.
CERTIFIED = ("ip_addresses", "social_security_numbers", "phone_numbers")
NAMES = (
    "email_addresses",
    "phone_numbers",
    "person_names",
    "street_addresses",
    "birth_dates",
    "social_security_numbers",
    "card_numbers",
    "bank_accounts",
    "ip_addresses",
)
FIRST = 20  # texts that show whether any may be such a number
FEWEST_DIGITS = 8  # of a number that may identify a person
FRACTION = re.compile(r"[.,]\d*[1-9]")


def _kind(name: str) -> Kind:
    kind: Kind = import_module(f"{__name__}.{name}").KIND
    return kind


KINDS = tuple(map(_kind, NAMES))


def suspect(column: Candidate) -> str | None:
    """The kind of personal data that a column looks like, if any."""
    texts = column.texts
    amounts = column.type == "number" and (
        not any(len(text) >= FEWEST_DIGITS for text in texts)
        or share(texts, FRACTION.search) >= MOST
    )
    if column.type in ("boolean", "empty") or amounts or not texts:
        return None
    named = _named(column.name)
    named = named if named and named.fits and named.fits(column) else None
    if column.type != "date":
        certain = _certified(texts)
        if certain:  # a name knows better which of two kinds of numbers it is
            return (named or certain).label
        if kind := _by_values(texts):
            return kind.label
    if named:
        return named.label
    return _among_words(column) if column.type in TEXTS else None


def may_be(name: str, texts: Sequence[str]) -> bool:
    """Whether numbers might be personal data, so that all of them must be looked at."""
    return (
        bool(_named(name))
        or bool(_certified(texts))
        or any(kind.holds and any(map(kind.holds, texts)) for kind in KINDS)
    )


def _certified(texts: Sequence[str]) -> Kind | None:
    """The kind that values are of beyond doubt, by what is known of such numbers."""
    if not any(sum(map(str.isdigit, text)) >= FEWEST_DIGITS - 1 for text in texts[:FIRST]):
        return None
    kinds = map(_kind, CERTIFIED)
    return next((each for each in kinds if each.certified and each.certified(texts)), None)


def _by_values(texts: Sequence[str]) -> Kind | None:
    """The kind that most values are of."""
    matching = (kind for kind in KINDS if kind.holds and share(texts, kind.holds) >= kind.least)
    return next(matching, None)


def _named(name: str) -> Kind | None:
    """The kind of personal data that a column's name suggests."""
    words = spellings.words(name)
    for kind in KINDS:
        if any(set(pair) <= set(words) for pair in kind.pairs):
            return kind
    for kind in KINDS:
        foreign = (each for each in kind.headers if not each.isascii() and len(each) > 1)
        if kind.headers & {*words, "".join(words)} or any(each in name.lower() for each in foreign):
            return kind
    return None


def _among_words(column: Candidate) -> str | None:
    """The kind of data that texts are, or hold here and there."""
    for kind in KINDS:
        if kind.recognized and kind.recognized(column):
            return kind.label
    for kind in KINDS:
        if kind.in_text and share(column.texts, kind.in_text) >= SOME:
            return f"texts with {kind.label}"
    return None
