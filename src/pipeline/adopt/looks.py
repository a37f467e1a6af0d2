"""Each column of a table, taken apart once: what it holds, and how it stands to the others."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from pipeline.adopt import infer, omit, personal
from pipeline.adopt.copies import Hashes, hashes
from pipeline.adopt.infer import Known, Seen
from pipeline.adopt.request import Request
from pipeline.adopt.spellings import MISSING
from pipeline.sources.table.cells import cells

THREADS = 2  # Arrow lets other threads work while it does
SAMPLE = 200  # values that tell personal data
ACTING = ("-", "None")  # values rather than missing, beside one other value


@dataclass(frozen=True)
class Look:
    """A column as it is seen.

    `counts_rows` and `identifies` are reasons why it tells rows apart; `hashes` are of its cells,
    unless it does; `spelled` are the spellings of missing values that it has.
    """

    name: str
    known: Known
    seen: Seen
    signature: bytes
    numbers_rows: bool
    identifies: str | None
    hashes: Hashes | None
    spelled: tuple[str, ...]

    def personal(self) -> str | None:
        """What data of persons it looks like."""
        texts = self.known.texts
        step = max(1, len(texts) // SAMPLE)
        sample = [str(text) for text in texts.take(np.arange(0, len(texts), step)).to_pylist()]
        varied = len(texts) / max(self.known.rows, 1)
        return personal.suspect(self.name, sample, self.seen.kind, varied)


def look_at(
    table: pa.Table, decimal: str, request: Request
) -> tuple[dict[str, Look], tuple[str, ...]]:
    """Look at each column.

    Returns
    -------
    The columns by name, and the spellings of missing values in the table.
    """
    looks = _look_at_all(table, MISSING, decimal, request)
    acting = _acting(looks.values())
    if not acting:
        return looks, MISSING
    missing = tuple(text for text in MISSING if text not in acting)
    return _look_at_all(table, missing, decimal, request), missing


def _look_at_all(
    table: pa.Table, missing: tuple[str, ...], decimal: str, request: Request
) -> dict[str, Look]:
    """Look at each column, two at a time."""

    def look(name: str) -> Look:
        found = cells(table[name], f"column {name}")
        more = request.missing.get(name, ())
        known = infer.known(found, (*missing, *more))
        seen = _seen(name, known, decimal, request)
        if more:
            option = {"missing": tuple(sorted({*seen.option.missing, *more}))}
            seen = replace(seen, option=seen.option.model_copy(update=option))
        numbers_rows = omit.numbers_rows(name, known, seen)
        identifies = omit.identifier(name, known, seen)
        aside = name != request.target and (numbers_rows or identifies)
        absent = found.texts.filter(pa.array(found.spelled(missing)))
        return Look(
            name,
            known,
            seen,
            omit.signature(found, known, (*missing, *more)),
            numbers_rows,
            identifies,
            None if aside else hashes(found, name),
            tuple(map(str, absent.to_pylist())),
        )

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(table.column_names, pool.map(look, table.column_names), strict=True))


def _seen(name: str, known: Known, decimal: str, request: Request) -> Seen:
    """What a column is, as the user says or as it looks."""
    if name in request.as_:
        return infer.see_as(name, known, decimal, request.as_[name])
    if name == request.time and infer.see(name, known, decimal).kind != "date":
        return infer.see_as(name, known, decimal, "date")
    return infer.see(name, known, decimal)


def _acting(looks: Iterable[Look]) -> set[str]:
    """Spellings of missing values that are one of the two values of a column, as - beside +."""
    found = set()
    for look in looks:
        words = [text for text in look.spelled if text]
        alone = len(look.known.texts) == len(words) == 1 and look.seen.kind == "category"
        if alone and words[0] in ACTING:
            found.add(words[0])
    return found
