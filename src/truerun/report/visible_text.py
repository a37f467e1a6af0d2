"""Text that someone else wrote, with every character of it to be seen."""

import unicodedata
from typing import Any

# Categories of characters that cannot be seen: controls, formats (zero width, bidirectional),
# surrogates, private and unassigned ones, separators of lines and paragraphs.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols that are blank or change only how the one before them looks.
BLANK = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def visible(value: Any) -> Any:
    """A value out of JSON with all of its texts, keys too, as `visible_text` gives them."""
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, dict):
        return {visible_text(key): visible(item) for key, item in value.items()}
    return [visible(item) for item in value] if isinstance(value, list) else value


def visible_text(text: str) -> str:
    r"""A text in which a character that cannot be seen is shown by its number.

    >>> visible_text("pay\u200bpal")
    'pay[U+200B]pal'
    """
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    return lines.translate(_SHOWN)


def short(text: str, most: int) -> str:
    """A text in one line, of at most `most` characters.

    >>> short("a name  that is long", 10)
    'a name th…'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


class _Shown(dict[int, str]):
    """What each character is shown as, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = _visible(chr(code))
        return self[code]


_SHOWN = _Shown()


def _visible(character: str) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category in HIDDEN or character in BLANK:
        return f"[U+{ord(character):04X}]"
    return " " if category == "Zs" else character
