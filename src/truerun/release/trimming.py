"""Takes out of the packages of an image what no service reads: `python -m ... packages`.

These are tests, sources for compilers, Arrow's clients of other services, and what only debuggers
read of libraries. The image of a table is two fifths smaller by it, and answers as before.
"""

import shutil
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# As `Path.glob` takes them, in the folder of the packages.
UNREAD = (
    "bin",
    "**/tests",
    *(f"**/*.{ending}" for ending in ("a", "c", "cc", "h", "hpp", "pxd", "pxi", "pyi", "pyx")),
    "numpy/_core/_simd.*",  # which tests load
    "numpy/f2py",
    "pyarrow/src",
    *(f"pyarrow/*{part}*" for part in ("_flight", "_s3", "_gcsfs", "_azurefs", "_hdfs", "_orc")),
    "pyarrow/*_encryption.*",
    "pyarrow/_substrait.*",
    "pyarrow/libarrow*.so",  # the loader asks for lib*.so.NUMBER
    "pyarrow/lib*.so.*.*.*",
)
LIBRARIES = "**/*.so*"
# Of ELF with 64 bits, little-endian: magic, offsets in the head of the file, and in a segment's.
MAGIC = b"\x7fELF\x02\x01"
SEGMENTS_AT, SECTIONS_AT, SEGMENT_SIZE_AT, SECTION_COUNT_AT = 0x20, 0x28, 0x36, 0x3C
OFFSET_AT, SIZE_AT = 0x08, 0x20


def main(words: Sequence[str]) -> None:
    """Trim a folder of packages, and say how much that is."""
    (folder,) = map(Path, words)
    before = size(folder)
    trim(folder)
    after = size(folder)
    print(f"{folder}: {before / 1e6:.0f} MB, of which a service reads {after / 1e6:.0f} MB")


def trim(folder: Path) -> None:
    """Remove what no service reads from a folder of packages."""
    for path in unread(folder):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in sorted(folder.glob(LIBRARIES)):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(without_symbols(path.read_bytes()))


def unread(folder: Path) -> Iterator[Path]:
    """Files and folders that no service reads, the outer ones first."""
    for pattern in UNREAD:
        yield from sorted(folder.glob(pattern))


def without_symbols(library: bytes) -> bytes:
    """A library without what lies behind all of its segments: symbols and sections.

    The loader reads segments alone (System V ABI, chapter 5). What is no ELF file of 64 bits stays.
    """
    if not library.startswith(MAGIC):
        return library
    (start,) = struct.unpack_from("<Q", library, SEGMENTS_AT)
    length, count = struct.unpack_from("<HH", library, SEGMENT_SIZE_AT)
    end = start + length * count
    for place in range(start, end, length):
        (offset,) = struct.unpack_from("<Q", library, place + OFFSET_AT)
        (held,) = struct.unpack_from("<Q", library, place + SIZE_AT)
        end = max(end, offset + held)
    kept = bytearray(library[:end])
    struct.pack_into("<Q", kept, SECTIONS_AT, 0)
    struct.pack_into("<HH", kept, SECTION_COUNT_AT, 0, 0)
    return bytes(kept)


def size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    main(sys.argv[1:])
