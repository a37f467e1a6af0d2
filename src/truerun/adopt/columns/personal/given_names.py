"""Texts that are names of persons: by lists of names, by titles, and by how names are written.

The names are of some eighty languages: `tools/name_lists.py` says where they are from.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from truerun.adopt.columns.personal import fingerprints

WORD = re.compile(r"[^\W\d_]+(?:['’ʻ-][^\W\d_]+)*")
TITLE = re.compile(
    r"(?:^|[,;(]\s*|\s)(?:mr|mrs|ms|miss|mstr|master|dr|prof|rev|hon|sir|lady|capt|col|maj|sgt|lt|herr|frau"
    r"|mme|mlle|mgr|sr|sra|srta|don|doña|dña|sig|sig\.ra|dott|dott\.ssa|ing|hr|fr|fru|pan|pani|bay|bayan"
    r"|shri|smt|sheikh|hadji|г-н|г-жа|д-р|κ|κα|δρ|ông|bà)\b\.?\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
SUFFIX = re.compile(r"(?:様|さん|先生|女士|小姐|님|씨|Jr\.?|Sr\.?|PhD|M\.?D\.?|Esq\.?)$")
PATRONYMIC = re.compile(r"\b[А-ЯЁ][а-яё]+(?:ович|евич|ич|овна|евна|ична|инична)\b")
INITIALS = re.compile(
    r"(?:[A-Z]\.? ?){1,3}[A-Z][a-z][\w'’-]*|[A-ZÀ-Þ][\w'’-]+,? (?:[A-Z]\. ?){1,3}|[A-Z][\w'’-]+, ?[A-Z]\.?"
)
PARTICLES = frozenset(
    "de del della da das dos di du la le van der den von zu ten ter el al bin ibn ben bint abu y e i"
    " af av zur zum vom op o d st san mac mc ap ab and und et".split()
)
FIRMS = frozenset(
    "inc ltd llc gmbh corp co ag sa plc kg oy ab as bv nv spa srl pty company group bank university"
    " college school institute hospital church hotel restaurant cafe street road avenue park county"
    " city station center centre club team fc united society association foundation museum"
    " library theatre the of for in at on with".split()
)
LONGEST, MOST_WORDS, SHORTEST = 100, 9, 3  # characters, words, characters in lower case
CJK_LONGEST = 5  # characters of a name without a blank
HERE = Path(__file__).parent


@cache
def _first_names() -> fingerprints.Words:
    return fingerprints.unpacked((HERE / "first_names.bin").read_bytes())


@cache
def _surnames() -> fingerprints.Words:
    return fingerprints.unpacked((HERE / "surnames.bin").read_bytes())


def certainty(text: str) -> float:
    """How surely a text is a name: 1 with a first name where one belongs, less without.

    >>> [certainty(name) for name in ("Owen, Mr. John", "Femke", "Anna Schmidt", "Desk Lamp")]
    [1.0, 1.0, 1.0, 0.0]
    """
    text = unicodedata.normalize("NFC", text.strip())
    words = WORD.findall(text)
    if not words or not _is_plain(text, words):
        return 0.0
    marked = SUFFIX.search(text) and len(words) > 1
    if TITLE.search(text) or marked or PATRONYMIC.search(text):
        return 1.0
    if _is_han(text[0]):
        return _of_han(text)
    return _after_comma(text) if "," in text else _of_words(text, [w.casefold() for w in words])


def _of_words(text: str, words: list[str]) -> float:
    """Of first and family names side by side, in either order."""
    first = [word in _first_names() or _halves(word) for word in words]
    family = [word in _surnames() for word in words]
    if INITIALS.fullmatch(text):
        return 1.0 if any(first) or any(family) else 0.6
    if first[0] or (len(words) > 1 and family[0] and (first[-1] or first[1])):
        return 1.0
    if len(words) == 1:
        return 0.5 if family[0] else 0.0
    return 0.6 if family[-1] and family[0] else 0.3 if family[-1] else 0.0


def _is_plain(text: str, words: list[str]) -> bool:
    """Whether a text may be a name: short, without digits, each word with a capital if it can."""
    if len(text) > LONGEST or len(words) > MOST_WORDS or any(map(str.isdigit, text)):
        return False
    if re.search(r"[&/@#=:%$€+*!?]", text) or FIRMS & {word.casefold() for word in words}:
        return False
    if len(words) == 1 and text.islower():
        return len(text) >= SHORTEST
    return all(not word[0].islower() or word.casefold() in PARTICLES for word in words)


def _after_comma(text: str) -> float:
    """Of a surname and what follows it."""
    before, _, after = text.partition(",")
    first = WORD.findall(after.casefold())
    family = WORD.findall(before.casefold())
    if not first or not family:
        return 0.0
    if first[0] in _first_names() or _halves(first[0]):
        return 1.0
    initial = len(first[0]) == 1
    return 0.8 if initial and family[-1] in _surnames() else 0.6 if initial else 0.0


def _halves(word: str) -> bool:
    """Whether a word is two first names with a hyphen."""
    parts = word.split("-")
    return len(parts) > 1 and all(part in _first_names() for part in parts)


def _is_han(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE"))


def _of_han(text: str) -> float:
    """Of Chinese, Japanese and Korean names, which begin with one of not many family names."""
    plain = re.sub(r"[\s・·]", "", text)
    if not 2 <= len(plain) <= CJK_LONGEST:  # noqa: PLR2004
        return 0.0
    begins = any(plain[:size] in _surnames() for size in (1, 2, 3) if size < len(plain))
    alone = plain in _first_names() or plain in _surnames()
    return 1.0 if begins or alone else 0.0
