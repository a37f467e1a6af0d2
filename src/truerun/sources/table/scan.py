"""What reading a file of text once tells of it: its beginning, and whether it is UTF-8."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from truerun.sources.table.files import CHUNK, unpacked

HEAD = 2**18  # bytes of the beginning that tell how the file is written
AWKWARD = 2**15  # bytes of lines that are not ASCII that tell the encoding
CLEAN = (b"", 0)  # state of a decoder between two letters


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
