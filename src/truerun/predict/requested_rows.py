"""The rows that a request names, a partition at a time, as the contract has them."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truerun.adopt import origins
from truerun.adopt.reading import detect
from truerun.base import paths, settings, tables
from truerun.base.errors import ContractError, PredictError, SourceError, listed
from truerun.contract import contract as contracts
from truerun.contract import contract_facts
from truerun.params.source import SourceSettings
from truerun.predict import coming_rows
from truerun.sources import protocol
from truerun.sources.table import files, unlabelled
from truerun.sources.table.cells import read
from truerun.sources.table.options import Format, Options
from truerun.sources.table.unlabelled import UnlabelledRows


@dataclass(frozen=True)
class RequestedRows:
    """Partitions of rows: their names, the files' names for them, their sizes in bytes.

    `read` makes the rows of one.
    """

    names: Sequence[str]
    called: Mapping[str, str]
    sizes: Sequence[int]
    read: Callable[[str], UnlabelledRows]


def of(chosen: argparse.Namespace, folder: Path) -> RequestedRows:
    """The rows that the options name.

    Parameters
    ----------
    folder : an empty one, for what must be fetched first.

    Raises
    ------
    TruerunError
        If they cannot be had, or are not of the table.
    """
    section = settings.load_section(SourceSettings, paths.PARAMS, "source")
    if chosen.at is not None:
        source = protocol.named(section.name)
        options = settings.checked(source.Options, section.options, paths.PARAMS, "source.options")
        raw = paths.RAW if chosen.data is None else Path(chosen.data)
        table = coming_rows.of(source, options, raw, chosen.at)
        one = UnlabelledRows(table, np.arange(1, len(table) + 1), unlabelled.no_failures())
        return RequestedRows(["coming"], {"coming": f"--at {chosen.at}"}, [0], lambda _: one)
    place = _fetched(chosen, folder)
    parts = detect.files(place)
    for path in parts.values():
        if path.resolve() == chosen.output.resolve():
            raise PredictError(f"--output {chosen.output} is a file of the rows themselves")
    called = {name: str(path) if chosen.data == str(place) else _shown(chosen, path)
              for name, path in parts.items()}  # fmt: skip
    sizes = [path.stat().st_size for path in parts.values()]
    if section.name != "table":
        return RequestedRows(list(parts), called, sizes, lambda name: _of_contract(parts[name]))
    checked: Options = settings.checked(Options, section.options, paths.PARAMS, "source.options")

    def read_part(name: str) -> UnlabelledRows:
        path = parts[name]
        return unlabelled.read(read(path, _format(path, checked)), checked, path, name)

    return RequestedRows(list(parts), called, sizes, read_part)


def _fetched(chosen: argparse.Namespace, folder: Path) -> Path:
    """Where the files lie, once what is elsewhere is fetched."""
    if chosen.sql is not None:
        return origins.Query(chosen.sql, chosen.query).lay_down(folder)
    if not origins.ADDRESS.match(chosen.data):
        return Path(chosen.data)
    return origins.Address(chosen.data).fetch(folder)


def _shown(chosen: argparse.Namespace, path: Path) -> str:
    """What a message calls a file that was fetched, without a password."""
    if chosen.sql is not None:
        return origins.without_password(chosen.sql)
    is_address = origins.ADDRESS.match(chosen.data)
    return origins.without_password(chosen.data) if is_address else str(path)


def _format(path: Path, options: Options) -> Format:
    """How a file is written: as the table's files, if it is of their kind."""
    with files.readable(path):
        written = detect.detect(path)
    return options.format if written.kind == options.format.kind else written


def _of_contract(path: Path) -> UnlabelledRows:
    """Rows as schema.yaml describes them, as in data/validated; the target is not looked at."""
    contract = contract_facts.without_target(contracts.load(paths.SCHEMA))
    if files.beginning(path) != files.PARQUET:
        raise SourceError(
            f"{path} is not Parquet: with a source of one's own, rows come as {paths.SCHEMA} has"
            f" them, like those of {paths.VALIDATED}; or --at a moment, from {paths.RAW}"
        )
    present = tables.column_names(path)
    missing = [name for name in contract.columns if name not in present]
    if missing:
        raise ContractError(f"{path} has no column {listed(missing)}: {paths.SCHEMA} asks for it")
    table: Any = tables.read_table(path, list(contract.columns))
    return UnlabelledRows(
        pd.DataFrame(table), np.arange(1, len(table) + 1), unlabelled.no_failures()
    )
