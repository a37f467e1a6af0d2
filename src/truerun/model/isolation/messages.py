"""What passes between the process that compares and the one that runs a model.

A message is the lengths of its two parts, a header in JSON, and bytes. Nothing is unpickled.
"""

import json
import struct
from typing import Any, BinaryIO

LENGTHS = struct.Struct("<II")
# What is asked for beside the methods of a model: what a bundle holds of it, scores of rows that it
# is to keep, and scores of these with a column in another order.
BUNDLE, KEEP, REORDER = "bundle", "keep", "reorder"
LONGEST_HEADER, LONGEST = 4 * 1024**2, 2**32 - 1  # bytes


def message(header: dict[str, Any], payload: bytes | memoryview = b"") -> list[bytes | memoryview]:
    """The parts of a message, to be written one after the other."""
    encoded = json.dumps(header).encode()
    if len(encoded) > LONGEST_HEADER or len(payload) > LONGEST:
        raise ValueError(f"a message of {len(encoded):,} and {len(payload):,} bytes is too long")
    return [LENGTHS.pack(len(encoded), len(payload)), encoded, payload]


def received(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a stream that is trusted; None at its end."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header, payload = (stream.read(length) for length in LENGTHS.unpack(lengths))
    return json.loads(header), payload
