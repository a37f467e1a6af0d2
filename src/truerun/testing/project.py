"""The project under test: its settings, and what the last run of its pipeline has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import SourceError
from truerun.base.partitions import each_partition
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import estimators, model_files
from truerun.model.split import SPLIT, TEST
from truerun.project import params
from truerun.project.params import Params
from truerun.sources.table.options import Options

PARTITIONS = 4  # that are looked at, where there are more
TEST_ROWS = 300  # to try values on


@dataclass(frozen=True)
class Project:
    """The project in the working directory."""

    contract: Contract
    params: Params

    @classmethod
    def load(cls) -> Self:
        """Read schema.yaml and params.yaml."""
        return cls(contracts.load(paths.SCHEMA), params.load())

    @property
    def table(self) -> Options:
        """How the raw table is read; raise `SourceError` where a source of the project's own is."""
        source = self.params.source
        if source.name != "table":
            raise SourceError(
                f"this is a check of a table, and source.name of {paths.PARAMS} is {source.name}:"
                " write a test of your own source in its place"
            )
        return settings.checked(Options, source.options, paths.PARAMS, "source.options")

    @cached_property
    def model(self) -> Any:
        """The model that is served."""
        return model_files.load_model(paths.MODEL, estimators.TRUSTED)

    @cached_property
    def test_rows(self) -> pd.DataFrame:
        """Some of the rows that the model is tested on."""
        parts: list[pd.DataFrame] = []
        names = tables.partition_names(paths.VALIDATED)[::-1]  # the newest first
        for rows in each_partition(_read_validated, names, "read"):
            parts.append(spread(rows[rows[SPLIT] == TEST], TEST_ROWS))
            if sum(map(len, parts)) >= TEST_ROWS:
                break
        return pd.concat(parts, ignore_index=True)


def _read_validated(name: str) -> pd.DataFrame:
    """The rows of a partition of data/validated."""
    return tables.read_table(tables.partition(paths.VALIDATED, name))


def spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, evenly spaced."""
    return rows.iloc[:: -(-len(rows) // most) or 1]


def some(names: Sequence[str]) -> list[str]:
    """Some of the partitions, from the first to the last."""
    if len(names) <= PARTITIONS:
        return list(names)
    last = len(names) - 1
    return [names[round(place * last / (PARTITIONS - 1))] for place in range(PARTITIONS)]


def key_of(rows: pd.DataFrame, number: int, contract: Contract) -> str:
    """The row of that number, as a message calls it."""
    return ", ".join(f"{name} {rows[name].iloc[number]}" for name in contract.key)
