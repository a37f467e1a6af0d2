"""Each column of a table, taken apart once: what it holds, and how it stands to the others."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from truerun.adopt.columns import copies, infer, omit, personal, plain
from truerun.adopt.columns.infer import Known, Seen
from truerun.adopt.columns.spellings import MISSING
from truerun.adopt.request import Request
from truerun.sources.table.cells import cells
from truerun.sources.table.rows import Hashes

THREADS = 2  # Arrow lets other threads work while it does
SAMPLE = 200  # values that tell personal data
ACTING = ("-", "None")  # values rather than missing, beside one other value


@dataclass(frozen=True)
class Look:
    """A column as it is seen.

    `numbers_rows`, `unique`, `repeated` and `identifies`, a reason, say how it tells rows apart;
    `constant` and `personal` are reasons to leave it out: a column of amounts has none of these.
    `spelled` are the spellings of missing values that it has. Columns of the same `signature` say
    the same.
    """

    name: str
    seen: Seen
    signature: bytes
    spelled: tuple[str, ...]
    numbers_rows: bool = False
    unique: bool = False
    repeated: bool = False
    identifies: str | None = None
    constant: str | None = None
    personal: str | None = None


@dataclass(frozen=True)
class Looks:
    """All columns by name, the spellings of missing values, and what rows repeat.

    `target` are the target's texts; `copies` counts rows that repeat another in all other columns,
    and those of them that have another target.
    """

    columns: dict[str, Look]
    missing: tuple[str, ...]
    target: Known
    copies: tuple[int, int]


def look_at(table: pa.Table, decimal: str, request: Request) -> Looks:
    """Look at each column."""
    looks = _look_at_all(table, MISSING, decimal, request)
    acting = _acting(looks.columns.values())
    if not acting:
        return looks
    missing = tuple(text for text in MISSING if text not in acting)
    return _look_at_all(table, missing, decimal, request)


def _look_at_all(
    table: pa.Table, missing: tuple[str, ...], decimal: str, request: Request
) -> Looks:
    """Look at each column, two at a time, and keep no more of it than is needed."""
    asked = {request.target, request.time, *request.as_, *request.missing}
    weight = copies.weights(table.num_rows)

    def look(name: str) -> tuple[Look, Hashes | None, Known | None]:
        column, where = table[name], f"column {name}"
        more = request.missing.get(name, ())
        numbers = plain.read(column, (*missing, *more), where) if decimal == "." else None
        if numbers and name not in asked and plain.are_amounts(name, column, numbers):
            hashed = copies.of_numbers(numbers.numbers)
            signature = copies.signature(hashed, weight)
            amounts = Look(name, numbers.seen(), signature, numbers.spelled)
            return amounts, copies.salted(hashed, name), None
        found = cells(column, where)
        spelled = found.spelled(missing)
        absent = spelled | found.spelled(more) if more else spelled
        known = infer.known(found, absent)
        seen = _seen(name, known, decimal, request)
        if more:
            option = {"missing": tuple(sorted({*seen.option.missing, *more}))}
            seen = replace(seen, option=seen.option.model_copy(update=option))
        if numbers and (seen.kind == "number" or plain.are_digits(column, numbers)):
            hashed = copies.of_numbers(numbers.numbers)  # as those of other columns are
            signature = copies.signature(hashed, weight)
        else:
            hashed = copies.of_texts(found, absent)
            signature = copies.signature(hashed, weight, omit.own_words(known))
        looked = Look(
            name,
            seen,
            signature,
            tuple(map(str, found.texts.filter(pa.array(spelled)).to_pylist())),
            omit.numbers_rows(name, known, seen),
            omit.unique(known),
            omit.repeated(name, known),
            omit.identifier(name, known, seen),
            omit.constant(known),
            _personal(name, known, seen),
        )
        if name == request.target:
            return looked, hashed, known
        aside = looked.numbers_rows or looked.identifies
        return looked, None if aside else copies.salted(hashed, name), None

    looks: dict[str, Look] = {}
    rows = np.zeros(table.num_rows, np.uint64)
    with ThreadPoolExecutor(THREADS) as pool:
        largest = sorted(table.column_names, key=lambda name: -table[name].nbytes)
        for looked, hashed, known in pool.map(look, largest):
            looks[looked.name] = looked
            if known is not None and hashed is not None:
                target, of_target = known, hashed
            elif hashed is not None:
                rows += hashed
    columns = {name: looks[name] for name in table.column_names}
    return Looks(columns, missing, target, copies.count(rows, of_target))


def _personal(name: str, known: Known, seen: Seen) -> str | None:
    """What data of persons a column looks like."""
    texts = known.texts
    step = max(1, len(texts) // SAMPLE)
    sample = [str(text) for text in texts.take(np.arange(0, len(texts), step)).to_pylist()]
    return personal.suspect(name, sample, seen.kind, len(texts) / max(known.rows, 1))


def _seen(name: str, known: Known, decimal: str, request: Request) -> Seen:
    """What a column is, as the user says or as it looks."""
    if name in request.as_:
        return infer.see_as(name, known, decimal, request.as_[name])
    if name == request.time:
        return infer.see_time(name, known, decimal)
    return infer.see(name, known, decimal)


def _acting(looks: Iterable[Look]) -> set[str]:
    """Spellings of missing values that are one of the two values of a column, as - beside +."""
    found = set()
    for look in looks:
        words = [text for text in look.spelled if text]
        alone = look.seen.distinct == len(words) == 1 and look.seen.kind == "category"
        if alone and words[0] in ACTING:
            found.add(words[0])
    return found
