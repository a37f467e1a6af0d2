"""A raw row alone is read as it is in a file, and named where it is not."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.test_table import chosen
from truerun.contract.row_contract import Broken
from truerun.sources.table import raw_row, unlabelled
from truerun.sources.table.raw_row import RawRowReader

COLUMNS = {
    "left": {"as": "drop"},
    "number": {"as": "drop", "numbers_rows": True},
    "when": {"as": "date", "format": "ISO8601", "local": True, "parts": ("hour", "weekday")},
}
TEXTS = st.none() | st.sampled_from(["", "?", " NA ", "x", "İ", "1", "0"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": TEXTS,
            "senior": TEXTS,
            "signup": TEXTS | st.sampled_from(["01.02.2020", "31.02.2020", "15.3.1999"]),
            "total": TEXTS | st.sampled_from(["1,234.5", "-3", "(5)", "1e5", "٣", "5-", "nan"]),
            "city": TEXTS,
            "note": TEXTS,
            "left": TEXTS,
            "number": TEXTS,
            "when": TEXTS | st.sampled_from(["2024-03-01T23:30:00-05:00", "2024-03-01T23:30Z"]),
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@pytest.mark.parametrize("key", [("id",), pytest.param((), marks=pytest.mark.nightly)])
def test_a_row_alone_is_read_as_in_a_file(key: tuple[str, ...]) -> None:
    options = chosen(COLUMNS, key=key)
    reader = RawRowReader(options)

    @settings(max_examples=40, deadline=None)
    @given(ROWS)
    def check(rows: list[dict[str, str | None]]) -> None:
        raw = pa.table(
            {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
        )
        in_file = unlabelled.read(raw, options, Path("rows.csv"), "rows")
        alone = [reader.read(row) for row in rows]
        learned = RawRowReader(options)
        learned.learn(rows)
        assert [learned.read(row) for row in rows] == alone
        readable = [read.cells for read in alone if not read.broken]
        assert list(in_file.numbers - 1) == [i for i, read in enumerate(alone) if not read.broken]
        expected = in_file.table.astype(object).where(in_file.table.notna(), None)
        ours = pd.DataFrame(readable, columns=list(expected), dtype=object)
        assert ours.drop(columns="copy", errors="ignore").to_dict("records") == expected.drop(
            columns="copy", errors="ignore"
        ).to_dict("records")
        told = {(i + 1, b.column, b.check) for i, read in enumerate(alone) for b in read.broken}
        failures = in_file.unreadable[["row", "failed_column", "failed_check"]]
        assert told == set(failures.itertuples(index=False, name=None))

    check()


def test_texts_that_are_kept_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_row, "KEPT", 3)
    reader = RawRowReader(chosen())
    row = dict.fromkeys(("id", "senior", "signup", "total", "note"))
    for number in range(8):
        assert reader.read({**row, "city": f"city {number}"}).cells["city"] == f"city {number}"
        assert len(reader._readings["city"]) <= 3
    reader.learn([{**row, "city": f"town {number}"} for number in range(8)])
    assert list(reader._readings["city"]) == ["town 0", "town 1", "town 2"]


def test_columns_that_are_missing_or_unknown_are_named_beside_texts_that_cannot_be_read() -> None:
    row = {"id": "1", "senior": "maybe", "signup": "01.02.2020", "total": "1", "more": "x"}
    assert RawRowReader(chosen()).read(row).broken == (
        Broken("city", "missing column", ""),
        Broken("note", "missing column", ""),
        Broken("more", "unknown", "x"),
        Broken("senior", "is neither true nor false", "maybe"),
    )
