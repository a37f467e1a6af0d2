"""The body of a request as rows: JSON as its standard has it, and every value that is none named.

Python's own reader takes NaN, keys that occur twice, 1e400 and half a character for good.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from truerun.contract.row_contract import LEAST, MOST, Broken
from truerun.serve.refusal import Refusal

SHOWN = 60  # letters of a value in an answer
LONGEST_WHOLE = 20  # digits and sign of a whole number of 64 bits
SURELY_WHOLE, SURELY_FINITE = 18, 300  # letters, with which a number has 64 bits, or is finite


class Number(str):
    """A number as the request writes it."""

    __slots__ = ()


@dataclass(frozen=True)
class Unusable:
    """A value that no cell holds: what it is, and its text."""

    check: str
    text: str


Value = str | Number | bool | None


@dataclass(frozen=True)
class RequestRow:
    """A row of a request: the cells that are single values, and the others with what they break."""

    cells: Mapping[str, Value]
    broken: Sequence[Broken] = ()


def rows(body: bytes, most: int) -> tuple[list[RequestRow], bool]:
    """The rows of a request, and whether it is a single one that is no array.

    Raises
    ------
    Refusal
        If it is no JSON, no rows, or has more of them than are allowed.
    """
    try:
        parsed = DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refusal(
            HTTPStatus.BAD_REQUEST, f"the request is not UTF-8, from its byte {error.start + 1} on"
        ) from error
    except RecursionError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the request is nested too deep") from error
    except ValueError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the request is not JSON: {error}") from error
    if isinstance(parsed, RequestRow):
        return [parsed], True
    if not isinstance(parsed, list) or not parsed:
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "a request is a row, as an object, or an array of at least one row",
        )
    if len(parsed) > most:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the request has {len(parsed):,} rows, and {most:,} are allowed",
        )
    for number, row in enumerate(parsed, start=1):
        if not isinstance(row, RequestRow):
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"row {number} is not an object")
    return parsed, False


def _row(pairs: Sequence[tuple[str, Any]]) -> RequestRow:
    """An object, whose keys may have occurred more than once."""
    cells: dict[str, Value] = dict(pairs)
    if len(cells) == len(pairs) and _are_plain(cells):
        return RequestRow(cells)
    cells.clear()
    broken: dict[str, Broken] = {}
    for name, value in pairs:
        if name in cells or name in broken:
            broken[name] = Broken(name, "given twice", _shown(value))
            cells.pop(name, None)
            continue
        check = _unusable(name) or _unusable(value)  # a name that no column has, or a value
        if check:
            broken[name] = Broken(name, check, _shown(value))
        else:
            cells[name] = value
    return RequestRow(cells, tuple(broken.values()))


def _are_plain(cells: Mapping[str, Any]) -> bool:
    """Whether nothing is wrong with the names and values of a row, which takes little time to see.

    It may be that nothing is, all the same: powers of ten, long whole numbers and letters beyond
    ASCII are looked at one value at a time.
    """
    texts, numbers = list(cells), []
    for value in cells.values():
        kind = type(value)
        if kind is Number:
            if len(value) > SURELY_WHOLE and ("." not in value or len(value) > SURELY_FINITE):
                return False
            numbers.append(value)
        elif kind is str:
            texts.append(value)
        elif value is not None and kind is not bool:
            return False
    together, digits = "".join(texts), "".join(numbers)
    is_ascii = together.isascii() and "\0" not in together
    return is_ascii and "e" not in digits and "E" not in digits


def _unusable(value: Any) -> str | None:
    """Why a value is none of a cell."""
    if isinstance(value, Number):
        return _beyond(value)
    if isinstance(value, str):
        if value.isascii():
            return "holds a NUL" if "\0" in value else None
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return "holds half of a character"
        return "holds a NUL" if "\0" in value else None
    if isinstance(value, Unusable):
        return value.check
    return "is no single value" if isinstance(value, list | RequestRow) else None


def _beyond(number: Number) -> str | None:
    """Why a number is none of a table."""
    if number.isdigit() or number[1:].isdigit():
        is_held = len(number) <= LONGEST_WHOLE and LEAST <= int(number) <= MOST
        return None if is_held else "is no whole number of 64 bits"
    return "is beyond all numbers" if math.isinf(float(number)) else None


def _shown(value: Any) -> str:
    """The beginning of a value, for an answer."""
    if isinstance(value, list | RequestRow):
        return "[...]" if isinstance(value, list) else "{...}"
    return (value.text if isinstance(value, Unusable) else str(value))[:SHOWN]


def _constant(text: str) -> Unusable:
    """NaN and the infinities, which are no JSON."""
    return Unusable("is no number of JSON", text)


DECODER = json.JSONDecoder(
    object_pairs_hook=_row, parse_float=Number, parse_int=Number, parse_constant=_constant
)
