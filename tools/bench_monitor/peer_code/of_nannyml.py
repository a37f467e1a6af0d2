"""What NannyML says of streams, day by day and week by week; runs in its own environment.

Usage: python of_nannyml.py FOLDER     reads FOLDER/plan.json and its tables, writes alarms.json
"""

import json
import sys
import warnings
from pathlib import Path

import nannyml
import pandas as pd

PERIODS = {"days": "D", "weeks": "W"}


def main() -> None:
    """Learn the reference, and ask about each stream."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    reference = pd.read_parquet(folder / "reference.parquet")
    learned = {
        f"{name}, {words}": each
        for words, period in PERIODS.items()
        for name, each in calculators(reference, plan["columns"], period).items()
    }
    alarms: dict[str, list[tuple[int, str]]] = {}
    for stream in plan["streams"]:
        rows = pd.read_parquet(folder / f"{stream}.parquet")
        alarms[stream] = [
            (day + plan["label_days"] * name.startswith("performance"), name)
            for name, each in learned.items()
            for day in rung(each, rows)
        ]
    (folder / "alarms.json").write_text(json.dumps(alarms), encoding="utf-8")


def calculators(reference: pd.DataFrame, columns: list[str], period: str) -> dict:
    """What its documentation has for drift, data quality and performance, with its own limits.

    Those of performance learn the rows that tested the model, as it asks for.
    """
    chunks = {"timestamp_column_name": "at", "chunk_period": period}
    model = {
        "metrics": ["roc_auc"],
        "y_pred_proba": "score",
        "y_pred": "decision",
        "y_true": "bad",
        "problem_type": "classification_binary",
    }
    tested = reference[reference["day"] >= 0]
    drift = nannyml.UnivariateDriftCalculator(column_names=columns, **chunks)
    missing = nannyml.MissingValuesCalculator(column_names=columns, **chunks)
    return {
        "drift": drift.fit(reference),
        "missing cells": missing.fit(reference),
        "estimate": nannyml.CBPE(**model, **chunks).fit(tested),
        "performance": nannyml.PerformanceCalculator(**model, **chunks).fit(tested),
    }


def rung(calculator: object, rows: pd.DataFrame) -> list[int]:
    """The last day of each chunk with an alarm."""
    asked = calculator.estimate if hasattr(calculator, "estimate") else calculator.calculate
    table = asked(rows).filter(period="analysis").to_df()
    first = rows["at"].iloc[0].floor("D") - pd.Timedelta(days=int(rows["day"].iloc[0]))
    alerts = table[[name for name in table.columns if name[-1] == "alert"]].eq(True).any(axis=1)
    ends = table[next(name for name in table.columns if name[-1] == "end_date")]
    return [(end.floor("D") - first).days for end in ends[alerts]]


if __name__ == "__main__":
    main()
