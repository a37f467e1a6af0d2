"""A table comes from a database: a real PostgreSQL server on loopback."""

import datetime as dt
import gc
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy

from truerun.adopt.origins import origin
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table
from truerun.base.errors import AdoptError

pytestmark = pytest.mark.slow

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
    Path(found).parent for found in [shutil.which("initdb")] if found
]
ORDERS = """
CREATE TABLE orders (number bigint, price numeric(10, 2), weight double precision, express boolean,
  placed date, shipped timestamp with time zone, "Größe" text, returned text);
INSERT INTO orders SELECT n, 19.95 + n, CASE WHEN n % 7 > 0 THEN n / 3.0 END, n % 2 = 0,
  date '2024-01-01' + n, timestamptz '2024-01-01 12:00+02' + n * interval '1 day',
  (ARRAY['S', 'M', 'L'])[1 + n % 3], CASE WHEN n % 5 = 0 THEN 'yes' ELSE 'no' END
FROM generate_series(1, 400) AS n
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a database with orders; its user has a password."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    password = secrets.token_hex(8)
    (folder / "password").write_text(password, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = None
    if os.geteuid() == 0:  # whom the server does not serve
        user = "nobody"
        for path in (folder, folder / "password"):
            shutil.chown(path, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(PROGRAMS[-1] / program), "--pgdata", str(folder / "data"), *arguments]
        with (folder / "log").open("ab") as log:
            subprocess.run(command, cwd=folder, user=user, stdout=log, stderr=log, check=True)

    run("initdb", "--username=shop", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
        "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
    run("pg_ctl", "start", "--wait", "--options", f"-p {port} -h 127.0.0.1 -k {folder} -F")
    try:
        address = f"postgresql://shop:{password}@127.0.0.1:{port}/postgres"
        engine = sqlalchemy.create_engine(address.replace("postgresql", "postgresql+pg8000"))
        with engine.begin() as connection:
            for statement in ORDERS.split(";"):
                connection.execute(sqlalchemy.text(statement.replace("::", "\\:\\:")))
        engine.dispose()
        yield address
    finally:
        run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(folder)


def profile_query(database: str, query: str, folder: Path) -> TableProfile:
    """What is seen in the answer to a query."""
    path = origin(None, database, query).lay_down(folder)
    return profile_table(path, Request(target="returned"))


def test_each_type_of_a_database_is_seen_as_what_it_is(database: str, tmp_path: Path) -> None:
    profile = profile_query(database, "SELECT * FROM orders ORDER BY number", tmp_path)

    assert {decision.column: decision.kind for decision in profile.decisions} == {
        "number": "identifier",
        "price": "number",
        "weight": "number",
        "express": "boolean",
        "placed": "date",
        "shipped": "date",
        "Größe": "category",
        "returned": "target",
    }
    assert profile.rows == 400
    assert profile.options.columns["price"].as_ == "number"
    assert profile.columns["Größe"]["categories"] == ("L", "M", "S")
    assert profile.columns["weight"]["nullable"]
    written = pd.read_parquet(tmp_path / "data/raw/query.parquet")
    assert written["shipped"][0] == pd.Timestamp(2024, 1, 2, 10, tz="UTC")
    assert written["placed"][0] == dt.date(2024, 1, 2)
    assert str(written["price"][0]) == "20.95"


def test_marks_of_parameters_in_a_query_are_none(database: str, tmp_path: Path) -> None:
    query = """SELECT number % 2 AS odd, ':x'::text AS mark, returned FROM orders
        WHERE to_char(placed, 'YYYY:MM') LIKE '2024:0%'"""
    path = origin(None, database, query).lay_down(tmp_path)
    written = pd.read_parquet(path)
    assert set(written["odd"]) == {0, 1}
    assert set(written["mark"]) == {":x"}


def test_an_answer_without_rows_is_told(database: str, tmp_path: Path) -> None:
    with pytest.raises(AdoptError, match="has a header, and no rows below it"):
        profile_query(database, "SELECT * FROM orders WHERE false", tmp_path)


@pytest.fixture
def _tidy() -> Iterator[None]:
    """Of a connection that is refused, pg8000 leaves the socket open: let it be closed here."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("_tidy")
def test_what_the_database_refuses_is_told_without_the_password(
    database: str, tmp_path: Path
) -> None:
    password = database.split(":")[2].split("@", maxsplit=1)[0]
    for address, query, message in (
        (database, "SELECT * FROM clients", 'relation "clients" does not exist'),
        (database.replace("shop", "thief"), "SELECT 1", "password authentication failed"),
        (database.replace("/postgres", "/nowhere"), "SELECT 1", 'database "nowhere" does not'),
    ):
        with pytest.raises(AdoptError, match="the query failed: ") as refused:
            profile_query(address, query, tmp_path / message)
        assert message in str(refused.value)
        assert password not in str(refused.value)
        shutil.rmtree(tmp_path / message)
