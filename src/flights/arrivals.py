"""New months: in order, whole, out of the package or a folder; nothing is written here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flights.deliveries import (
    FIXED,
    MONTH,
    FolderDelivery,
    PackageDelivery,
    month_files,
    months_of,
)
from flights.whole_months import ArrivalError, RawTable, check_month
from truerun.base.errors import listed
from truerun.base.files import md5_of
from truerun.base.paths import RAW, RAW_DVC
from truerun.base.progress import progress
from truerun.sources.protocol import Arrival, Delivery

FOR_OTHERS = "dvc push        (nobody else can get these files from the package)"


def arrival(months: Sequence[str], folder: Path | None, recorded: Mapping[str, str]) -> Arrival:
    """The files of new months, out of the package or a folder laid out like data/raw.

    Raises
    ------
    SourceError
        If a month cannot be added, or is not whole.
    """
    delivery = FolderDelivery(folder) if folder else PackageDelivery()
    check_names(months, recorded, delivery)
    files = read_files(months, recorded, delivery)
    span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    return Arrival(
        files=files,
        summaries={
            file: f"{len(content.splitlines()) - 1:,} rows" for file, content in files.items()
        },
        origin=f"that of {delivery.name}",
        subject=f"Raw data of {span}",
        notes=differences(recorded, delivery),
        steps=[FOR_OTHERS] if folder else [],
    )


def check_names(months: Sequence[str], recorded: Mapping[str, str], delivery: Delivery) -> None:
    """Raise `ArrivalError` for a month that is malformed, there already, or leaves a gap."""
    malformed = [month for month in months if not MONTH.fullmatch(month)]
    if malformed:
        raise ArrivalError(f"{listed(malformed)}: a month is written like 2013-11")
    present = months_of(list(recorded))
    again = [month for month in months if month in present]
    if again:
        raise ArrivalError(f"{listed(again)}: {RAW_DVC} already lists it")
    offered = months_of(delivery.files())
    absent = [month for month in months if month not in offered]
    if absent:
        raise ArrivalError(
            f"{delivery.name} does not hold {listed(absent)};"
            f" it holds {listed(offered, limit=24) or 'no month'}"
        )
    # Features look back over the weeks before a month, so months come in order, without gaps.
    newest = present[-1] if present else None
    for month in months:
        if newest and month < newest:
            raise ArrivalError(f"{month} is before {newest}, the newest month: add months in order")
        if newest and month != following(newest):
            raise ArrivalError(f"{month} would leave a gap: add {following(newest)} first")
        newest = month


def following(month: str) -> str:
    """The month after this one: '2014-01' for '2013-12'."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def read_files(
    months: Sequence[str], recorded: Mapping[str, str], delivery: Delivery
) -> dict[str, bytes]:
    """Files to add, by place: the months' own, and those without a month if not there yet."""
    files = {file: delivery.read(file) for file in FIXED if file not in recorded}
    for file, content in files.items():
        RawTable(f"{delivery.name}: {file}", Path(file).stem, content)
    for month in progress(months, doing="checking", unit="month"):
        of_month = {file: delivery.read(file) for file in month_files(month)}
        flights, weather = (
            RawTable(f"{delivery.name}: {file}", Path(file).parent.name, content)
            for file, content in of_month.items()
        )
        check_month(month, flights, weather)
        files |= of_month
    return files


def differences(recorded: Mapping[str, str], delivery: Delivery) -> list[str]:
    """Which tables without a month came along, changed, and are left as they are."""
    return [
        f"{file} of {delivery.name} differs from {RAW / file}, which was kept;"
        f" to take it, copy it there and run `dvc commit {RAW_DVC}`"
        for file in FIXED
        if file in recorded
        and file in delivery.files()
        and md5_of(delivery.read(file)) != recorded[file]
    ]
