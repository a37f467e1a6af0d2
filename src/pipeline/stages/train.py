"""Stage 4: fit the estimator that `train.model` names on the training features.

Writes models/estimator.skops, and to metrics/train.json how many rows and features it was fitted
on, its iterations and its size. No wall time: it would differ from run to run.
"""

import numpy as np

from pipeline import contract as contracts
from pipeline import estimators, models, params, paths, reports, tables
from pipeline.errors import run_stage


def main() -> None:
    """Fit and write the estimator."""
    chosen = params.load().train
    target = contracts.load(paths.SCHEMA).target
    table = tables.read_partitions(paths.FEATURES)
    features = table.drop(columns=target).to_numpy(np.float32)
    print(f"train: {chosen.model} on {len(features):,} rows of {features.shape[1]} features")
    estimator = estimators.build(chosen)
    estimators.fit(estimator, features, table[target].to_numpy())
    models.dump_model(estimator, paths.ESTIMATOR)
    figures = {
        "rows": len(features),
        "features": features.shape[1],
        "iterations": estimators.iterations(estimator),
        "fitted_bytes": paths.ESTIMATOR.stat().st_size,
    }
    reports.write_json(paths.METRICS / "train.json", figures)


if __name__ == "__main__":
    run_stage(main, __doc__)
