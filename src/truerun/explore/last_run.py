"""What the last run of the pipeline has left, as tables."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from truerun.base import paths, tables
from truerun.base.errors import FileError
from truerun.base.partitions import map_partitions
from truerun.base.tables import TableError
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.model.split import PARTITION, SPLIT, TEST
from truerun.project import params
from truerun.project.params import Params


@dataclass(frozen=True)
class LastRun:
    """The settings in the working directory, and what the last run made by them."""

    contract: Contract
    params: Params

    @classmethod
    def load(cls) -> Self:
        """Read schema.yaml and params.yaml."""
        return cls(contracts.load(paths.SCHEMA), params.load())

    def rows(
        self, columns: Sequence[str] | None = None, *, only_test: bool = False
    ) -> pd.DataFrame:
        """The rows of data/validated, with the columns `partition` and `split`.

        Parameters
        ----------
        columns : of schema.yaml; all of them by default.
        only_test : leave the training rows out.

        Raises
        ------
        TableError
            If a file or a column is not there.
        """
        read = None if columns is None else [*dict.fromkeys([*columns, SPLIT])]

        def part(name: str) -> pd.DataFrame:
            rows = tables.read_table(tables.partition(paths.VALIDATED, name), read)
            rows = rows[rows[SPLIT] == TEST] if only_test else rows
            return rows.assign(**{PARTITION: name})

        parts = map_partitions(part, tables.partition_names(paths.VALIDATED), "read").values()
        # A column without any value in a partition would decide on the type of the whole.
        return pd.concat([part for part in parts if len(part)] or list(parts), ignore_index=True)

    def scored(self) -> pd.DataFrame:
        """The test rows of data/validated, all columns, with their scores.

        The scores are those of data/predictions.parquet, by key: `score`, or `score:CLASS` for each
        class.

        Raises
        ------
        TableError
            If a test row has no score, or a score no test row.
        """
        key = list(self.contract.key)
        scores = tables.read_table(paths.PREDICTIONS, [*key, *targets.score_columns(self.contract)])
        rows = self.rows(only_test=True)
        joined = rows.merge(scores, on=key)
        if not len(joined) == len(rows) == len(scores):
            raise TableError(
                f"{paths.PREDICTIONS} has {len(scores):,} rows, of which {len(joined):,} are among"
                f" the {len(rows):,} test rows of {paths.VALIDATED}: run `make repro`"
            )
        return joined

    def metrics(self, name: str) -> dict[str, Any]:
        """The figures of metrics/NAME.json; raise `FileError` where it cannot be read."""
        path = paths.METRICS / f"{name}.json"
        try:
            figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FileError(f"{path} cannot be read ({error}): run `make repro`") from error
        return figures
