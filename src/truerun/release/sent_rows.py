"""Test rows as a client sends them, with the scores that evaluate gave them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from truerun.base import paths, settings, tables
from truerun.base.errors import ReleaseError
from truerun.base.partitions import map_partitions
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.params.source import SourceSettings
from truerun.sources.table import cells, rows, source, unlabelled
from truerun.sources.table.options import Options

TABLE = "table"
PULL = "`dvc pull` brings it"


@dataclass(frozen=True)
class SentRows:
    """Rows as JSON has them, each with its key and its scores, of single precision.

    `repeated` are those that cannot be told from others by their key, and are not sent.
    """

    rows: Sequence[dict[str, Any]]
    keys: Sequence[str]
    scores: pd.DataFrame
    repeated: int


def first(count: int, folder: Path = Path()) -> SentRows:
    """The first rows of data/predictions.parquet, as data/raw or data/validated has them.

    Raises
    ------
    TruerunError
        If a file is missing, or lacks a row.
    """
    contract = contracts.load(folder / paths.SCHEMA)
    section = settings.load_section(SourceSettings, folder / paths.PARAMS, "source")
    columns = targets.score_columns(contract)
    options: Options | None = None
    key = list(contract.key)
    if section.name == TABLE:
        options = settings.checked(Options, section.options, paths.PARAMS, "source.options")
        # Rows of a table without a key have numbers; those of the same cells have the same score.
        key = list(options.key) or [rows.ROW]
    asked = tables.read_table(folder / paths.PREDICTIONS, [*key, *columns])
    if key == [rows.ROW]:
        asked = asked.drop_duplicates(key)
    asked = asked.head(count).reset_index(drop=True)
    if options is None:
        there = _of_contract(contract, asked[key], folder / paths.VALIDATED)
    else:
        there = _of_table(options, asked[key], folder / paths.RAW)
    return _matched(asked, there, key, columns)


def _matched(
    asked: pd.DataFrame, there: pd.DataFrame, key: list[str], columns: list[str]
) -> SentRows:
    """Rows by their keys, in the order in which they are asked for."""
    is_one = ~there.duplicated(key, keep=False)
    joined = asked.merge(there[is_one], on=key, how="left")
    is_there = joined[SENT].notna()
    missing = asked[~is_there.to_numpy()]
    repeated = missing.merge(there[key].drop_duplicates(), on=key, how="inner")
    if len(repeated) < len(missing):
        names = " ".join(map(str, missing[key].iloc[0]))
        raise ReleaseError(
            f"{paths.PREDICTIONS} has {len(missing) - len(repeated):,} rows that the data here"
            f" lacks, the first {names}: {PULL}"
        )
    joined = joined[is_there]
    if not len(joined):
        raise ReleaseError(f"{paths.PREDICTIONS} has no row that could be sent")
    keys = [" ".join(map(str, each)) for each in joined[key].itertuples(index=False)]
    return SentRows(joined[SENT].tolist(), keys, joined[columns], len(repeated))


SENT = " sent"  # a column that no table has: names are stripped


def _of_table(options: Options, asked: pd.DataFrame, raw: Path) -> pd.DataFrame:
    """The rows of data/raw with these keys, as the texts of its files."""
    key = list(asked)
    parts = []
    for name, path in source.files(raw).items():
        texts: pa.Table = cells.read(path, options.format)
        read = unlabelled.read(texts, options, path, name)
        is_asked = _among(read.table[key], asked)
        names = [each for each in texts.column_names if each != options.target]
        places = pa.array(read.numbers[is_asked] - 1)
        parts.append(
            _with_sent(read.table.loc[is_asked, key], texts.select(names).take(places).to_pylist())
        )
    made = pd.concat(parts, ignore_index=True)
    return made.drop_duplicates(key) if key == [rows.ROW] else made


def _of_contract(contract: Contract, asked: pd.DataFrame, validated: Path) -> pd.DataFrame:
    """The rows of data/validated with these keys, as schema.yaml has them."""
    names = [name for name in contract.columns if name != contract.target]
    partitions = tables.partition_names(validated)

    def picked(part: str) -> pd.DataFrame:
        table = tables.read_table(tables.partition(validated, part), names)
        table = table[_among(table[list(asked)], asked)]
        records = table.astype(object).where(table.notna(), None).to_dict("records")
        sent = [{name: _plain(value) for name, value in record.items()} for record in records]
        return _with_sent(table[list(asked)], sent)

    sizes = tables.sizes(validated, partitions)
    return pd.concat(map_partitions(picked, partitions, "rows", sizes).values(), ignore_index=True)


def _among(keys: pd.DataFrame, asked: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows have one of some keys."""
    both = keys.merge(asked.drop_duplicates(), how="left", indicator=True)
    return (both["_merge"] == "both").to_numpy()


def _with_sent(keys: pd.DataFrame, sent: Sequence[Any]) -> pd.DataFrame:
    """Keys, and beside each the row that is sent."""
    return pd.concat([keys, pd.Series(sent, index=keys.index, name=SENT, dtype=object)], axis=1)


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
