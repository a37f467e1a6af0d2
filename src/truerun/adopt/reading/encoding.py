"""How the text of a file is encoded: what its bytes say, and a guess where they do not."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from truerun.base.errors import SourceError
from truerun.sources.table.files import CHUNK, unpacked

HEAD = 2**18  # bytes of the beginning that tell how the file is written
AWKWARD = 2**15  # bytes of lines that are not ASCII that tell the encoding
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
CLEAN = (b"", 0)  # state of a decoder between two letters
FEW = 3  # letters, from which nothing can be told
MOST_WESTERN = 0.5  # accented letters of a word's: French has two in five at most


@dataclass(frozen=True)
class Scan:
    """What reading a whole file once tells of its text."""

    head: bytes
    whole: bool  # whether the head is all of it
    awkward: bytes  # lines that are not ASCII
    utf8: bool
    line_of_nul: int | None


def scan(path: Path) -> Scan:
    """Read a file once, in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, awkward, utf8 = b"", b"", True
    size, nul = 0, False
    with unpacked(path) as stream:
        while chunk := stream.read(CHUNK):
            head = head or chunk[:HEAD]
            size += len(chunk)
            nul = nul or b"\0" in chunk
            plain = chunk.isascii()
            if utf8 and not (plain and decoder.getstate() == CLEAN):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
            if len(awkward) < AWKWARD and not plain:
                odd = [line for line in chunk.splitlines(keepends=True) if not line.isascii()]
                awkward = (awkward + b"".join(odd))[:AWKWARD]
    if utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            utf8 = False
    return Scan(head, size <= len(head), awkward, utf8, _line_of_nul(path) if nul else None)


def _line_of_nul(path: Path) -> int:
    """The first line that holds a NUL, of a file in which there is one."""
    number = 1
    with unpacked(path) as stream:
        while b"\0" not in (chunk := stream.read(CHUNK)):
            number += chunk.count(b"\n")
    return number + chunk[: chunk.index(b"\0")].count(b"\n")


def encoding(path: Path, found: Scan) -> str:
    """The encoding of a file; raise `SourceError` if there is none in which it is text."""
    for mark, name in MARKS.items():
        if found.head.startswith(mark):
            return name
    if found.line_of_nul is not None:
        wide = _without_mark(found.head)
        if wide:
            return wide
        raise SourceError(
            f"{path}: line {found.line_of_nul} holds a NUL byte, which no text has:"
            " is the file damaged, or no table?"
        )
    if found.utf8:
        return "utf-8"
    if _is_western(found.awkward):
        return "cp1252"
    best = from_bytes(found.awkward, cp_isolation=list(OTHERS)).best()
    if best is None:
        raise SourceError(
            f"{path} is not UTF-8, and in no other encoding that can be told: save it as UTF-8"
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
