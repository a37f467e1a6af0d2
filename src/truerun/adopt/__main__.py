"""Program of `truerun adopt`: reads its arguments, and says what is to be done."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from truerun.adopt.command import Order, adopt
from truerun.adopt.options import parser
from truerun.adopt.origins import origin
from truerun.adopt.request import Request
from truerun.base.errors import AdoptError, exit_with


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails, 2 where it asks."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: adopt(order(chosen)))


def order(chosen: argparse.Namespace) -> Order:
    """The command's arguments as what is to be done."""
    request = Request(
        target=chosen.target,
        task=chosen.task,
        time=chosen.time,
        group=chosen.group,
        drop=frozenset(chosen.drop),
        keep=frozenset(chosen.keep),
        as_=dict(pairs("--as", chosen.as_)),
        missing=texts("--missing", chosen.missing),
        values=texts("--value", chosen.value),
        fold=frozenset(chosen.fold),
        positive=chosen.positive,
    )
    where = origin(chosen.data, chosen.sql, chosen.query)
    return Order(where, request, Path(chosen.into), chosen.name, chosen.dry_run, chosen.release)


def texts(option: str, given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The texts that an option names, by column."""
    named: dict[str, tuple[str, ...]] = {}
    for column, text in pairs(option, given):
        named[column] = (*named.get(column, ()), text)
    return named


def pairs(option: str, given: Sequence[str]) -> list[tuple[str, str]]:
    """Arguments such as grade=category; the column's own name may hold an equals sign."""
    for text in given:
        if not all(text.rpartition("=")):
            raise AdoptError(f"{option} {text}: write it as COLUMN=VALUE")
    return [(column, value) for column, _, value in (text.rpartition("=") for text in given)]


if __name__ == "__main__":
    main()
