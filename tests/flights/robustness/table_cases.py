"""Files that are given to adopt and hold no table, and requests that no table satisfies."""

import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from tests.flights.robustness.case import Case
from tests.flights.robustness.damage import Damage, both, locked, made, made_a_pipe, nothing

ROWS = 120
FILE = "table.csv"
ADOPT = f"adopt {FILE} --target y --into project --dry-run"


def table() -> pd.DataFrame:
    """Rows of which nothing is special."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "x": random.normal(size=ROWS).round(3),
            "size": random.choice(["small", "large"], ROWS),
            "day": pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d"),
            "y": random.choice(["yes", "no"], ROWS),
        }
    )


def csv(frame: pd.DataFrame) -> bytes:
    """The frame as text."""
    return frame.to_csv(index=False).encode()


def archive(**files: bytes) -> bytes:
    """A ZIP archive of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in files.items():
            file.writestr(f"{name}.csv", text)
    return buffer.getvalue()


def parquet(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def given(what: bytes, name: str = FILE) -> Damage:
    """A file that is given to adopt."""
    return made(name, what)


def asked(name: str) -> str:
    """Adopt a file of this name."""
    return ADOPT.replace(FILE, name)


def a_pipe(folder: Path) -> None:
    """A named pipe instead of a table."""
    (folder / FILE).touch()
    made_a_pipe(FILE)(folder)


def a_bomb(folder: Path) -> None:
    """Few bytes that expand beyond what is read."""
    with gzip.open(folder / "table.csv.gz", "wb", compresslevel=9) as file:
        file.write(b"x,y\n")
        for _ in range(300):
            file.write(b"1,2\n" * 2**18)


def a_folder(folder: Path) -> None:
    """A folder without a file."""
    (folder / "tables").mkdir()


TEXT = csv(table())
FILES = [
    Case("there is none", nothing, "table.csv does not exist", ADOPT),
    Case("is empty", given(b""), "table.csv", ADOPT),
    Case("is blank lines", given(b"\n\n \n"), "table.csv", ADOPT),
    Case("is a header", given(b"x,y\n"), "has a header, and no rows below it", ADOPT),
    Case("is a pipe", a_pipe, "no ordinary file, but a pipe", ADOPT),
    Case("is a device", nothing, "no ordinary file", asked("/dev/zero")),
    Case("is a folder without files", a_folder, "tables", asked("tables")),
    Case(
        "is a folder of files with other columns",
        both(given(TEXT, "tables/a.csv"), given(csv(table().drop(columns="x")), "tables/b.csv")),
        "x",
        asked("tables"),
    ),
    Case(
        "is a folder with a picture",
        both(given(TEXT, "tables/a.csv"), given(b"\x89PNG\r\n\x1a\n" + bytes(99), "tables/b.csv")),
        "b.csv",
        asked("tables"),
    ),
    Case(
        "may not be read",
        both(given(TEXT), locked(FILE, 0)),
        "cannot be read: Permission denied",
        f"unprivileged {ADOPT}",
    ),
    Case(
        "is a page of HTML",
        given(b"<!DOCTYPE html>\n<html><body>404</body></html>\n"),
        "table.csv has no column y",
        ADOPT,
    ),
    Case(
        "is a PDF",
        given(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
        "is a PDF, not a table",
        ADOPT,
    ),
    Case(
        "is a picture",
        given(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4),
        "holds a NUL byte, which text never has",
        ADOPT,
    ),
    Case(
        "is a pickle", given(pickle.dumps(table())), "holds a NUL byte, which text never has", ADOPT
    ),
    Case(
        "is a program",
        given(b"\x7fELF\x02\x01\x01" + bytes(999)),
        "holds a NUL byte, which text never has",
        ADOPT,
    ),
    Case(
        "is a workbook of old",
        given(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(999), "table.xls"),
        "is an old Excel file (.xls)",
        asked("table.xls"),
    ),
    Case(
        "is a workbook that is cut",
        given(archive(a=TEXT)[:-30], "table.xlsx"),
        "table.xlsx",
        asked("table.xlsx"),
    ),
    Case(
        "is an archive of two files",
        given(archive(a=TEXT, b=TEXT), "table.zip"),
        "table.zip",
        asked("table.zip"),
    ),
    Case(
        "is an archive of no file", given(archive(), "table.zip"), "table.zip", asked("table.zip")
    ),
    Case(
        "is an archive that is damaged",
        given(archive(a=TEXT).replace(b"small", b"SMALL"), "table.zip"),
        "is damaged or cut off",
        asked("table.zip"),
    ),
    Case(
        "is packed and cut",
        given(gzip.compress(TEXT)[:-20], "table.csv.gz"),
        "is damaged or cut off",
        asked("table.csv.gz"),
    ),
    Case(
        "expands a thousandfold",
        a_bomb,
        "table.csv.gz",
        asked("table.csv.gz"),
    ),
    Case(
        "is Parquet that is cut",
        given(parquet(table())[:-50], "table.parquet"),
        "table.parquet",
        asked("table.parquet"),
    ),
    Case(
        "is Parquet with lists in its cells",
        given(parquet(table().assign(y=[[1, 2]] * ROWS)), "table.parquet"),
        "y",
        asked("table.parquet"),
    ),
    Case(
        "is JSON of a single number", given(b"42", "table.json"), "table.json", asked("table.json")
    ),
    Case(
        "is JSON of lists",
        given(json.dumps([[1, 2], [3, 4]]).encode(), "table.json"),
        "table.json",
        asked("table.json"),
    ),
    Case(
        "is JSON that is cut",
        given(table().to_json(orient="records").encode()[:-30], "table.json"),
        "table.json",
        asked("table.json"),
    ),
    Case("holds NUL bytes", given(TEXT.replace(b"small", b"sm\0ll")), "NUL", ADOPT),
    Case(
        "has a quote that does not close",
        given(TEXT.replace(b"small", b'"small', 1)),
        "table.csv",
        ADOPT,
    ),
    Case(
        "has lines of many lengths",
        given(b"x,y\n" + b"".join(b"1," * (n % 7) + b"2\n" for n in range(99))),
        "table.csv",
        ADOPT,
    ),
    Case(
        "is the pointer of Git LFS",
        given(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
        "y",
        ADOPT,
    ),
]
REQUESTS = [
    *(
        Case(what, given(TEXT), told, f"{ADOPT} {options}")
        for what, options, told in (
            ("a column to leave out is unknown", "--drop z", "--drop: table.csv has no column z"),
            (
                "the target is to be left out",
                "--drop y",
                "--drop y: another option needs this column",
            ),
            (
                "a column is to be left out and kept",
                "--drop x --keep x",
                "--drop x: another option needs this column",
            ),
            ("the target is the time", "--time y", "rows cannot be split by the target"),
            ("the target is the group", "--group y", "rows cannot be split by the target"),
            ("the time is no date", "--time size", "column size cannot be read as date"),
            ("a kind is unknown", "--as x=colour", "a column can be"),
            ("a kind is missing", "--as x", "write it as COLUMN=VALUE"),
            ("a kind does not fit", "--as size=date", "size"),
            ("the target gets a kind", "--as y=number", "--task says what that is"),
            ("a word for missing lacks its column", "--missing 999", "write it as COLUMN=VALUE"),
            ("the task needs numbers", "--task regression", "cannot be read as number"),
            ("the task needs more classes", "--task multiclass", "its task is binary"),
            ("the task needs counts", "--task counts", "cannot be read as number"),
            (
                "nothing is left to learn from",
                "--drop x --drop size --drop day",
                "no column is left to learn from",
            ),
            ("a class is to be missing", "--missing y=no", "the same value 'yes' in all rows"),
            ("the place is a file", "--into params.yaml", "that is a file"),
            ("the place is in no folder", "--into there/project", "there is no folder"),
            ("the place is this folder", "--into .", "--into ."),
            ("the place is not empty", "--into data", "that folder is not empty"),
            ("a wheel is not there", "--package there.whl", "there.whl"),
            ("a wheel is none", "--package params.yaml", "params.yaml"),
        )
    ),
    Case(
        "a query has no database",
        nothing,
        "give --sql with --query",
        "adopt --query x --target y --into project",
    ),
    Case(
        "a database is not there",
        nothing,
        "there is no file shop.db",
        "adopt --sql sqlite:///shop.db --query x --target y --into project",
    ),
    Case(
        "a database is of an unknown kind",
        nothing,
        "the query failed",
        "adopt --sql shop:///shop.db --query x --target y --into project",
    ),
    Case(
        "an address does not answer",
        nothing,
        "cannot be downloaded",
        "adopt http://127.0.0.1:9/t.csv --target y --into project",
    ),
    *(
        Case(what, given(csv(frame)), told, f"{ADOPT} {options}")
        for what, frame, options, told in (
            (
                "the target is unknown",
                table().rename(columns={"y": "Y"}),
                "",
                "table.csv has no column y (did you mean",
            ),
            (
                "the target is the same in all rows",
                table().assign(y="yes"),
                "",
                "the same value 'yes' in all rows",
            ),
            ("the target has no value", table().assign(y=None), "", "no value in any row"),
            ("the target is a date", table().assign(y=table()["day"]), "", "holds dates"),
            (
                "the target is a text",
                table().assign(y=[f"note {n}" for n in range(ROWS)]),
                "",
                "too many to be classes",
            ),
            (
                "a class has a single row",
                table().assign(y=["maybe", *table()["y"][1:]]),
                "",
                "in fewer than 5 rows",
            ),
            (
                "the target has fractions",
                table().assign(y=table()["x"]),
                "--task counts",
                "it has fractions",
            ),
            (
                "the time is missing in some rows",
                table().assign(day=["", *table()["day"][1:]]),
                "--time day",
                "1 rows have no date in it",
            ),
            (
                "the newest rows have one value",
                table().assign(y=["yes", "no"] * 45 + ["no"] * 30),
                "--time day",
                "all 24 test rows have y",
            ),
            (
                "every column numbers the rows",
                table().assign(x=range(ROWS))[["x", "y"]],
                "",
                "no column is left to learn from",
            ),
            (
                "every column is the target",
                table().assign(x=table()["y"])[["x", "y"]],
                "",
                "no column is left to learn from",
            ),
            ("there is the target alone", table()[["y"]], "", "no column is left to learn from"),
            ("there are too few rows", table().head(4), "", "fewer than 5 rows"),
        )
    ),
]
