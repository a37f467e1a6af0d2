"""What AutoGluon makes of rows, period by period; runs in its own environment.

Usage: python of_autogluon.py FOLDER     reads FOLDER/plan.json and its tables, writes scores.json
"""

import json
import os
import sys
import time
from pathlib import Path

import pandas as pd
from autogluon.tabular import TabularPredictor, __version__


def main() -> None:
    """Fit on the rows before each period, and score those of it."""
    folder = Path(sys.argv[1])
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    fits = {period: fitted(folder, period, plan) for period in plan["periods"]}
    (folder / "scores.json").write_text(json.dumps(fits), encoding="utf-8")


def fitted(folder: Path, period: str, plan: dict) -> dict:
    """The scores of a period, what the fit took of the processors and the wall, and by what."""
    train, test = (pd.read_parquet(folder / f"{side}-{period}.parquet") for side in plan["sides"])
    begin, used = time.perf_counter(), processor()
    predictor = TabularPredictor(
        label=plan["target"],
        problem_type="binary",
        eval_metric="roc_auc",
        path=str(folder / f"models-{period}"),
    ).fit(train, presets=plan["presets"], time_limit=plan["seconds"], num_cpus=plan["cores"])
    wall, used = time.perf_counter() - begin, processor() - used
    scores = predictor.predict_proba(test, as_multiclass=False)
    models = predictor.leaderboard(silent=True)["model"].tolist()
    return {
        "scores": scores.tolist(),
        "processor": used,
        "wall": wall,
        "models": models,
        "version": __version__,
    }


def processor() -> float:
    """Seconds of processors of this process and those that it started, as far as they ended."""
    taken = os.times()
    return sum(taken[:4])


if __name__ == "__main__":
    main()
