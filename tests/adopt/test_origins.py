"""A database is asked what the user wrote, and nothing is made where it is not."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from truerun.adopt import origins
from truerun.adopt.origins import Query
from truerun.base.errors import AdoptError


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A database of orders, of which the last has a word for its amount."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (code, amount)")
        rows = [("a:x%", 1), ("b", 2), ("c", "many")]
        connection.executemany("INSERT INTO orders VALUES (?, ?)", rows)
    return f"sqlite:///{path}"


@pytest.mark.slow
def test_a_query_is_asked_as_it_stands(shop: str, tmp_path: Path) -> None:
    query = "SELECT code, ':x' AS mark FROM orders WHERE code LIKE '%:x%'"
    path = Query(shop, query).lay_down(tmp_path)
    assert pq.read_table(path).to_pydict() == {"code": ["a:x%"], "mark": [":x"]}


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(AdoptError, match=r"there is no file .*typo\.db"):
        Query(f"sqlite:///{tmp_path}/typo.db", "SELECT 1").lay_down(tmp_path)
    assert not (tmp_path / "typo.db").exists()


def test_a_column_of_two_types_is_told(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "AT_ONCE", 2)  # so that the word is read by itself
    with pytest.raises(AdoptError, match="a column of two types: CAST it"):
        Query(shop, "SELECT amount FROM orders").lay_down(tmp_path)
