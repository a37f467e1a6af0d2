"""Moments that name their zone by letters, as EST, brought to offsets from UTC."""

import pyarrow as pa
import pyarrow.compute as pc

# Of letters that stand for several zones, the one in which most tables are written.
OFFSETS = {
    "UTC": "+0000", "GMT": "+0000", "WET": "+0000", "WEST": "+0100", "BST": "+0100",
    "CET": "+0100", "CEST": "+0200", "MEZ": "+0100", "MESZ": "+0200", "EET": "+0200",
    "EEST": "+0300", "MSK": "+0300", "IST": "+0530", "SGT": "+0800", "HKT": "+0800",
    "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200",
    "NZDT": "+1300", "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
    "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700", "AKST": "-0900",
    "AKDT": "-0800", "HST": "-1000",
}  # fmt: skip
LAST = r"(\d(?: ?[AaPp][Mm])?) ?([A-Z]{3,4})$"
BEFORE_YEAR = r"(\d{2}:\d{2}(?::\d{2})?) ([A-Z]{3,4}) (\d{4})$"


def as_offsets(texts: pa.Array) -> pa.Array:
    """Texts with the letters of their zone, at the end or before the year, as its offset.

    >>> as_offsets(pa.array(["2024-03-01 12:00 EST", "Fri Mar 1 12:00:00 PDT 2024"])).to_pylist()
    ['2024-03-01 12:00 -0500', 'Fri Mar 1 12:00:00 -0700 2024']
    """
    if not pc.any(pc.match_substring_regex(texts, f"{LAST}|{BEFORE_YEAR}")).as_py():
        return texts
    for letters, offset in OFFSETS.items():
        for pattern, group in ((LAST, ""), (BEFORE_YEAR, r" \3")):
            own = pattern.replace("([A-Z]{3,4})", f"({letters})")
            texts = pc.replace_substring_regex(texts, own, rf"\1 {offset}{group}")
    return texts
