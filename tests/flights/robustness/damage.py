"""Ways to damage the files of a project folder; each is a function of the folder."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from skops.io import dumps

from tests.flights.conftest import write_months

Damage = Callable[[Path], None]
FLIGHTS = "data/raw/flights/2013-09.csv"
WEATHER = "data/raw/weather/2013-09.csv"
PLANES, AIRPORTS = "data/raw/planes.csv", "data/raw/airports.csv"


def content(file: str, change: Callable[[bytes], bytes]) -> Damage:
    """Change a file's bytes."""

    def damage(folder: Path) -> None:
        path = folder / file
        before = path.read_bytes()
        after = change(before)
        assert after != before, f"{file} is as it was"
        path.write_bytes(after)

    return damage


def lines(file: str, change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    """Change a file's lines, of which the first is the header."""
    return content(file, lambda text: b"".join(change(text.splitlines(keepends=True))))


def text(file: str, old: str, new: str, count: int = -1) -> Damage:
    """Replace a text, everywhere or `count` times."""
    return content(file, lambda before: before.replace(old.encode(), new.encode(), count))


def cells(file: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    """Change the table that a CSV file holds, of which every cell is text."""

    def damage(folder: Path) -> None:
        table = pd.read_csv(folder / file, dtype="str", keep_default_na=False)
        after = change(table.copy())
        assert not after.equals(table), f"{file} is as it was"
        after.to_csv(folder / file, index=False)

    return damage


def numbers(
    file: str, change: Callable[[float], float], *columns: str, every: int = 1, form: str = ".6g"
) -> Damage:
    """Change the known numbers of some columns, in every row or every n-th."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        for column in columns:
            rows = (table[column] != "NA") & (table.index % every == 0)
            values = [f"{change(float(cell)):{form}}" for cell in table.loc[rows, column]]
            table.loc[rows, column] = values
        return table

    return cells(file, changed)


def swapped(file: str, one: str, other: str) -> Damage:
    """Let the cells of two columns change places."""
    return cells(file, lambda table: table.assign(**{one: table[other], other: table[one]}))


def parquet(file: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    """Change a table that a stage made."""

    def damage(folder: Path) -> None:
        change(pd.read_parquet(folder / file)).to_parquet(folder / file)

    return damage


def borrowed(file: str, source: str, rows: int = 1) -> Damage:
    """Add the first rows of another partition to a partition."""

    def damage(folder: Path) -> None:
        tables = [pd.read_parquet(folder / name) for name in (file, source)]
        pd.concat([tables[0], tables[1].head(rows)]).to_parquet(folder / file)

    return damage


def removed(*files: str) -> Damage:
    """Remove files."""

    def damage(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return damage


def copied(source: str, target: str) -> Damage:
    """Put a file's content in the place of another."""
    return lambda folder: shutil.copy(folder / source, folder / target) and None


def made_a_folder(file: str) -> Damage:
    """Put a folder in the place of a file."""

    def damage(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return damage


def made_a_file(name: str) -> Damage:
    """Put a file in the place of a folder."""

    def damage(folder: Path) -> None:
        shutil.rmtree(folder / name)
        (folder / name).touch()

    return damage


def made_a_pipe(file: str) -> Damage:
    """Put a named pipe, into which nobody writes, in the place of a file."""

    def damage(folder: Path) -> None:
        (folder / file).unlink()
        os.mkfifo(folder / file)

    return damage


def linked(file: str, target: str) -> Damage:
    """Put a symbolic link in the place of a file."""

    def damage(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).symlink_to(target)

    return damage


def made(file: str, what: bytes) -> Damage:
    """Make a file that was not there."""

    def damage(folder: Path) -> None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(what)

    return damage


def locked(name: str, mode: int) -> Damage:
    """Take permissions away."""
    return lambda folder: (folder / name).chmod(mode)


def on_a_full_disk(file: str) -> Damage:
    """Let what is written there go to a device that is always full."""

    def damage(folder: Path) -> None:
        path = folder / file
        path.with_name(f".{path.name}.unfinished").symlink_to("/dev/full")

    return damage


def model(file: str, thing: object) -> Damage:
    """Put something else where a model should be, as a well-made skops file."""
    return content(file, lambda _: dumps(thing))


def with_month(month: str, then: Damage) -> Damage:
    """Lay down one more month of raw data, and damage that."""

    def damage(folder: Path) -> None:
        write_months(folder / "data/raw", (month,), step=60)
        then(folder)

    return damage


def nothing(folder: Path) -> None:
    """Leave all as it is: what is wrong is what is asked for."""


def both(first: Damage, second: Damage) -> Damage:
    """Damage twice."""

    def damage(folder: Path) -> None:
        first(folder)
        second(folder)

    return damage
