"""A set of words by fingerprints of them, in less than half of the room that the words take.

A word that is not of the set passes for one of it once in some eighty times, which does no harm
where most cells of a column decide.
"""

import hashlib
from collections.abc import Iterable
from itertools import accumulate, pairwise

RANGE = 2**21  # how many fingerprints there are
FULL = 255  # of a gap's byte: more of the gap follows


class Words:
    """Words that can be asked for.

    >>> "anna" in Words({of("anna"), of("femke")})
    True
    """

    def __init__(self, fingerprints: Iterable[int]) -> None:
        self._fingerprints = frozenset(fingerprints)

    def __contains__(self, word: str) -> bool:
        return of(word) in self._fingerprints


def of(word: str) -> int:
    """The fingerprint of a word."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % RANGE


def packed(words: Iterable[str]) -> bytes:
    """The gaps between the fingerprints of words in order, a byte each, or several of a wide one."""
    ordered = sorted({of(word) for word in words})
    gaps = (second - first for first, second in pairwise([-1, *ordered]))
    return b"".join(bytes([FULL] * (gap // FULL) + [gap % FULL]) for gap in gaps)


def unpacked(content: bytes) -> Words:
    """The words of what `packed` gave."""
    sums = accumulate(content, initial=-1)
    next(sums)
    return Words(total for total, byte in zip(sums, content, strict=True) if byte != FULL)
