"""From a path to the files of a table and how they are written."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truerun.adopt.reading import dialect, encoding, quoted_lines
from truerun.base.errors import SourceError
from truerun.sources.table import scan, source, typed
from truerun.sources.table.files import PARQUET, beginning, is_excel, part_name
from truerun.sources.table.options import Format

WIDE = ("utf-16", "utf-32")  # in which plain letters are not what they are elsewhere
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
OTHERS = {
    b"SQLi": "an SQLite database: give it by --sql",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: unpack it, or use gzip",
    b"BZh9": "compressed with bzip2: unpack it, or use gzip",
    b"\xfd7zX": "compressed with xz: unpack it, or use gzip",
    b"%PDF": "a PDF, not a table",
    b"ARRO": "an Arrow file: save it as Parquet",
    OLD_EXCEL: "an old Excel file (.xls): save it as .xlsx or as CSV",
}


@dataclass(frozen=True)
class Looked:
    """How a file is written, and what of that it tells: any encoding does for plain letters."""

    format: Format
    evident: frozenset[str] = frozenset(Format.model_fields)


def files(path: Path) -> dict[str, Path]:
    """The files of a table by the names of their partitions: of a file, or those in a folder."""
    if path.is_dir():
        return source.files(path)
    return {part_name(path): path}


def formats(paths: dict[str, Path], target: str | None = None) -> Format:
    """How the files of a table are written: alike, as far as each of them tells.

    Parameters
    ----------
    target : the name of a column, by which a header is known.
    """
    looks = {path: _looked(path, target) for path in paths.values()}
    first = next(iter(looks.values())).format
    wide = any(one.format.encoding.startswith(WIDE) for one in looks.values())
    agreed: dict[str, Any] = {}
    for key, value in first.model_dump().items():
        values = {
            path: getattr(one.format, key)
            for path, one in looks.items()
            if key in one.evident or (key == "encoding" and wide)
        }
        differing = [path for path in values if values[path] != next(iter(values.values()))]
        if key == "sheet" and differing:
            agreed[key] = None  # the first one of each
        elif differing:
            path, other = differing[0], next(iter(values))
            raise SourceError(
                f"{path} is not written as {other}: its {key} is {values[path]!r},"
                f" not {values[other]!r}; the files of a folder are parts of one table:"
                " write them alike"
            )
        else:
            agreed[key] = next(iter(values.values()), value)
    return Format.model_validate(agreed)


def detect(path: Path) -> Format:
    """How a file is written.

    Raises
    ------
    SourceError
        If it is empty, damaged, or nothing that can be read as a table.
    """
    return _looked(path, None).format


def _looked(path: Path, target: str | None) -> Looked:
    """How a file is written, by its first bytes."""
    first = beginning(path)
    if not first:
        raise SourceError(f"{path} is empty")
    if first in OTHERS:
        raise SourceError(f"{path} is {OTHERS[first]}")
    if first == PARQUET:
        return Looked(Format(kind="parquet"))
    if is_excel(path):
        return Looked(Format(kind="excel", sheet=typed.sheets(path)[0]))
    return _text(path, target)


def _text(path: Path, target: str | None) -> Looked:
    """How a file of text is written."""
    scanned = scan.scan(path)
    if scanned.head.startswith((PARQUET, b"PK\x03\x04", b"\x1f\x8b")):
        raise SourceError(f"{path} is packed twice: unpack it once")
    encoded = encoding.encoding(path, scanned)
    text = scanned.head.decode("utf-8-sig" if encoded == "utf-8" else encoded, errors="replace")
    if not text.strip("\ufeff \r\n"):
        raise SourceError(f"{path} is empty")
    if text.lstrip().startswith("[") and _is_json(text.lstrip()):
        raise SourceError(
            f"{path} is a JSON array: write it as JSON lines, an object a line"
            f" (`jq -c '.[]' {path.name}`)"
        )
    if _is_object(text.lstrip().split("\n", 1)[0]):
        if encoded != "utf-8":
            raise SourceError(f"{path} is JSON in {encoded}: save it as UTF-8")
        return Looked(Format(kind="jsonl"))
    quoted_lines.check(path, text, whole=scanned.whole)
    written = dialect.dialect(text, target, whole=scanned.whole)
    how = Format.model_validate(
        {"kind": "csv", "encoding": encoded, **vars(written), "decimal": written.decimal or "."}
    )
    open_ = {
        "encoding": encoded == "utf-8" and not scanned.awkward,
        "decimal": written.decimal is None,
        "quote": not {"'", '"'} & set(text),
    }
    return Looked(how, frozenset(Format.model_fields) - {key for key in open_ if open_[key]})


def _is_object(line: str) -> bool:
    """Whether a line is an object of JSON."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_json(text: str) -> bool:
    """Whether a text begins as an array of JSON's objects or arrays does."""
    return text[1:].lstrip()[:1] in ("{", "[")
