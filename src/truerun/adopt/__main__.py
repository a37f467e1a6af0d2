"""Make this clone the project of your own table: data under DVC, contract, settings, first model.

Prints what each column is seen as, why, and how to have it otherwise; runs the pipeline, and says
what to commit. Whatever fails, the clone is as it was before.

Examples
--------
  python -m truerun.adopt customers.csv --target churn
  python -m truerun.adopt customers.csv --target churn --dry-run      show the plan, change nothing
  python -m truerun.adopt sales/ --target amount --time sold_at       a folder: each file a part
  python -m truerun.adopt visits.csv.gz --target readmitted --group patient
  python -m truerun.adopt houses.parquet --target price --drop notes --as zip=category
  python -m truerun.adopt https://example.org/loans.csv --target default
  python -m truerun.adopt --sql sqlite:///shop.db --query "SELECT * FROM orders" --target returned
"""

import argparse
from collections.abc import Sequence

from truerun.adopt.command import Order, adopt
from truerun.adopt.origins import origin
from truerun.adopt.request import KINDS, Request
from truerun.base.errors import AdoptError, exit_with


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(arguments)
    exit_with(lambda: adopt(order(chosen)))


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        prog="python -m truerun.adopt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "data", metavar="DATA", nargs="?", help="a file, a folder of files, or an address"
    )
    made.add_argument("--sql", metavar="URL", help="a database, instead of DATA")
    made.add_argument("--query", metavar="SQL", help="what to ask the database")
    made.add_argument("--target", required=True, metavar="COLUMN", help="what is predicted")
    tasks = ("binary", "multiclass", "regression", "counts")
    made.add_argument("--task", choices=tasks, help="instead of the one that the target suggests")
    made.add_argument("--time", metavar="COLUMN", help="test on the newest rows by this column")
    made.add_argument(
        "--group",
        metavar="COLUMN",
        help="keep rows with the same value on one side of the split, unless that is by --time",
    )
    made.add_argument(
        "--drop", action="append", default=[], metavar="COLUMN", help="leave a column out"
    )
    made.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="keep a column that would be left out",
    )
    made.add_argument(
        "--as",
        dest="as_",
        action="append",
        default=[],
        metavar="COLUMN=KIND",
        help=f"what a column is: {', '.join(KINDS)}",
    )
    made.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="COLUMN=TEXT",
        help="a text that means missing in a column, as 999 may",
    )
    made.add_argument("--name", help="of the model's artifact; the file's and the target's if none")
    made.add_argument("--dry-run", action="store_true", help="show the plan, change nothing")
    made.add_argument("--force", action="store_true", help="run in a tree with uncommitted changes")
    return made


def order(chosen: argparse.Namespace) -> Order:
    """The command's arguments as what is to be done."""
    missing: dict[str, tuple[str, ...]] = {}
    for column, text in pairs("--missing", chosen.missing):
        missing[column] = (*missing.get(column, ()), text)
    request = Request(
        target=chosen.target,
        task=chosen.task,
        time=chosen.time,
        group=chosen.group,
        drop=frozenset(chosen.drop),
        keep=frozenset(chosen.keep),
        as_=dict(pairs("--as", chosen.as_)),
        missing=missing,
    )
    where = origin(chosen.data, chosen.sql, chosen.query)
    return Order(where, request, chosen.name, chosen.dry_run, chosen.force)


def pairs(option: str, given: Sequence[str]) -> list[tuple[str, str]]:
    """Arguments such as grade=category; the column's own name may hold an equals sign."""
    for text in given:
        if not all(text.rpartition("=")):
            raise AdoptError(f"{option} {text}: write it as COLUMN=VALUE")
    return [(column, value) for column, _, value in (text.rpartition("=") for text in given)]


if __name__ == "__main__":
    main()
