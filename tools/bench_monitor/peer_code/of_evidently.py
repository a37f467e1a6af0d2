"""What evidently says of each day, and of the seven up to it; runs in its own environment.

It is asked by the metric of its DataDriftPreset that counts drifted columns, since the plots that
the preset draws besides would take most of an hour. After a fault it is asked until it has rung.

Usage: python of_evidently.py FOLDER     reads FOLDER/plan.json and its tables, writes alarms.json
"""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import DriftedColumnsCount

LENGTHS = {"a day": 1, "seven days": 7}
DATASET, COLUMN = "dataset", "any column"
SHARE = 0.5  # of columns, by which a dataset has drifted: the preset's own
EMPTY = "An empty column"


def main() -> None:
    """Ask about each stream."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    ask = Asked(pd.read_parquet(folder / "reference.parquet"), plan["columns"])
    alarms = {
        stream: [
            (day, f"{kind}, {words}")
            for words, length in LENGTHS.items()
            for day, kind in of_stream(
                ask, pd.read_parquet(folder / f"{stream}.parquet"), length, plan["first"], fault
            )
        ]
        for stream, fault in plan["streams"].items()
    }
    (folder / "alarms.json").write_text(json.dumps(alarms), encoding="utf-8")


class Asked:
    """A reference, and what was said of rows so far: before a fault many streams are the same."""

    def __init__(self, reference: pd.DataFrame, columns: list[str]) -> None:
        self.columns = columns
        numbers = [each for each in columns if pd.api.types.is_numeric_dtype(reference[each])]
        texts = [each for each in columns if each not in numbers]
        self.definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
        self.reference = self._dataset(reference)
        self.answers: dict[tuple[int, ...], list[str]] = {}

    def _dataset(self, rows: pd.DataFrame) -> Dataset:
        return Dataset.from_pandas(rows[self.columns], data_definition=self.definition)

    def __call__(self, rows: pd.DataFrame) -> list[str]:
        """Which of its alarms ring. That it refuses an empty column is an alarm of a column."""
        key = tuple(pd.util.hash_pandas_object(rows[self.columns], index=False))
        if key not in self.answers:
            try:
                report = Report([DriftedColumnsCount()]).run(self._dataset(rows), self.reference)
                (metric,) = report.dict()["metrics"]
                drifted = metric["value"]
            except ValueError as error:
                if EMPTY not in str(error):
                    raise
                drifted = {"count": 1, "share": 0.0}
            rings = {DATASET: drifted["share"] >= SHARE, COLUMN: drifted["count"] > 0}
            self.answers[key] = [kind for kind in rings if rings[kind]]
        return self.answers[key]


def of_stream(
    ask: Asked, rows: pd.DataFrame, length: int, first: int, fault: int | None
) -> list[tuple[int, str]]:
    """The days on which it rings, and how; no further than until all have rung after the fault."""
    alarms: list[tuple[int, str]] = []
    waiting = {DATASET, COLUMN}
    for day in range(first, int(rows["day"].max()) + 1):
        window = rows[(rows["day"] > day - length) & (rows["day"] <= day)]
        rings = ask(window)
        alarms += [(day, kind) for kind in rings]
        if fault is not None and day >= fault:
            waiting -= set(rings)
            if not waiting:
                break
    return alarms


if __name__ == "__main__":
    main()
