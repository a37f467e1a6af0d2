"""Which rows a canary answers: a share of all keys, the same keys each time."""

import json
from collections.abc import Sequence
from hashlib import sha256

from truerun.serve.request_json import RequestRow

BITS = 64


def is_chosen(row: RequestRow, key: Sequence[str], share: float) -> bool:
    """Whether a row is among a share of all keys, by a hash of its key.

    A row whose key is not in the request, as that of a table without one, counts by all its cells.

    >>> rows = [RequestRow({"id": str(number)}) for number in range(1000)]
    >>> sum(is_chosen(row, ["id"], 0.1) for row in rows)
    105
    """
    names = key if all(name in row.cells for name in key) else sorted(row.cells)
    text = json.dumps([row.cells[name] for name in names]).encode()
    place = int.from_bytes(sha256(text).digest()[: BITS // 8], "big")
    return place < share * float(2**BITS)
