"""How the text of a file is encoded: what its bytes say, and a guess where they do not."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from truerun.base.errors import SourceError
from truerun.sources.table.scan import Scan

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WESTERN = re.compile(r"[À-ÖØ-öø-ÿŒœŠšŽžŸßªº]")
SIGNS = re.compile("[€£¥§°²³µ·«»¿¡\u2013\u2014\u2018\u2019“”„…™®©½¼¾±\u00d7\u00a0]")
OTHERS = (  # what spreadsheets and databases write; from a few words alone many more would do
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("cp874", "cp932", "cp949", "big5", "gb18030", "euc_jp", "koi8_r", "cp866", "iso8859_2"),
)
FEW = 3  # letters, too few to detect an encoding
MOST_WESTERN = 0.5  # accented letters of a word's: French has two in five at most


def encoding(path: Path, scanned: Scan) -> str:
    """The encoding of a file; raise `SourceError` if there is none in which it is text."""
    for mark, name in MARKS.items():
        if scanned.head.startswith(mark):
            return name
    if scanned.line_of_nul is not None:
        wide = _without_mark(scanned.head)
        if wide:
            return wide
        raise SourceError(
            f"{path}: line {scanned.line_of_nul} holds a NUL byte, which text never has:"
            " is the file damaged, or not a table?"
        )
    if scanned.utf8:
        return "utf-8"
    if _is_western(scanned.awkward):
        return "cp1252"
    best = from_bytes(scanned.awkward, cp_isolation=list(OTHERS)).best()
    if best is None:
        raise SourceError(
            f"{path} is not UTF-8, and its encoding cannot be detected: save it as UTF-8"
        )
    return best.encoding


def _without_mark(head: bytes) -> str | None:
    """UTF-16 that does not say so: every other byte of ASCII is NUL."""
    half = max(1, len(head) // 2)
    low, high = head[1::2].count(0) / half, head[0::2].count(0) / half
    if max(low, high) < 0.5 or min(low, high) > 0.05:  # noqa: PLR2004
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _is_western(awkward: bytes) -> bool:
    """Whether it is Windows' text of western Europe, as far as its letters tell."""
    try:
        text = awkward.decode("cp1252")
    except UnicodeDecodeError:
        return False
    odd = [char for char in text if not char.isascii()]
    if not all(WESTERN.match(char) or SIGNS.match(char) for char in odd):
        return False
    words = [word for word in re.findall(r"\w+", text) if not word.isascii()]
    letters = [char for word in words for char in word if char.isalpha()]
    accented = sum(not char.isascii() for char in letters)
    return accented <= max(MOST_WESTERN * len(letters), FEW)
