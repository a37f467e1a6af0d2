"""Raw data of many years, made from the real one: 2013, and copies of it moved to later years.

The folder is laid out like data/raw and holds the twelve months of each year. 2013 is the
package's, byte for byte. In a later year each flight and each observation keeps its day and its
local clock; the hour in UTC is that of the clock in that year. So partitions stay as large as a
month, and there are more of them.

Where clocks change, the days of a year differ from those of 2013. An observation in an hour that
the clock jumps over is left out (no flight departs in one). An hour that a clock shows twice is the
first of the two, so a second observation in it is left out too. 29 February has the flights
and the weather of the 28th.

  python -m tools.flights.more_rows --years 30 /tmp/raw      10.1 million flights, 960 MB
"""

import argparse
import calendar
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from flights.checks import NEW_YORK
from flights.deliveries import FIXED, PackageDelivery
from truerun.base.errors import TruerunError, exit_with
from truerun.base.files import whole_file
from truerun.base.progress import progress

FIRST = 2013


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.flights.more_rows",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to; a new folder")
    parser.add_argument(
        "--years", type=int, required=True, metavar="N", help=f"{FIRST} and those after it"
    )
    arguments = parser.parse_args(argv)
    if arguments.years < 1:
        parser.error("--years must be 1 or more")
    exit_with(lambda: lay_down(arguments.folder, arguments.years))


def lay_down(folder: Path, years: int) -> None:
    """Write the raw files of so many years to a folder that is new or empty."""
    if folder.is_dir() and any(folder.iterdir()):
        raise TruerunError(f"{folder} is not empty: name a new folder")
    delivery = PackageDelivery()
    monthly = [file for file in delivery.files() if file not in FIXED]
    for file in FIXED:
        _write(folder / file, delivery.read(file))
    for year in progress(range(FIRST, FIRST + years), doing="lay down", unit="year"):
        for file in monthly:
            _write(folder / moved_name(file, year), moved(file, delivery.read(file), year))


def moved_name(file: str, year: int) -> str:
    """The place of a month of 2013 ('flights/2013-01.csv') in another year."""
    return file.replace(str(FIRST), str(year))


def moved(file: str, content: bytes, year: int) -> bytes:
    """Content of a month's file of 2013, moved to another year."""
    if year == FIRST:
        return content
    table = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    if Path(file).stem == f"{FIRST}-02" and calendar.isleap(year):
        table = pd.concat([table, table[table["day"] == "28"].assign(day="29")], ignore_index=True)
    table["year"] = str(year)
    clock = pd.to_datetime(table[["year", "month", "day", "hour"]].astype("int64"))
    earlier = np.ones(len(table), dtype=bool)  # of the two hours that a clock shows alike
    hours = clock.dt.tz_localize(NEW_YORK, ambiguous=earlier, nonexistent="NaT")
    exists = hours.notna()
    hours = hours.dt.tz_convert("UTC").dt.tz_localize(None)
    table["time_hour"] = np.datetime_as_string(hours.to_numpy("datetime64[s]"), timezone="UTC")
    table = table[exists]
    if file.startswith("weather/"):
        table = table.drop_duplicates(["origin", "time_hour"])
    return table.to_csv(index=False, lineterminator="\n").encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, and its folders."""
    try:
        with whole_file(path) as unfinished:
            unfinished.write_bytes(content)
    except OSError as error:
        raise TruerunError(f"cannot write {path}: {error.strerror}") from error


if __name__ == "__main__":
    main()
