"""Stage 4: fit the estimator that `train.model` names on the training features.

Writes models/estimator.skops, and to metrics/train.json how many rows and features it was fitted
on, its iterations and its size. No wall time: it would differ from run to run.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, settings, tables, text_files
from truerun.base.errors import run_stage
from truerun.base.partitions import each_partition
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import estimators, made_tables, model_files, targets
from truerun.stages import by_its_code


def main() -> None:
    """Fit and write the estimator."""
    chosen = settings.load_section(estimators.SECTION, paths.PARAMS, "train")
    contract = contracts.load(paths.SCHEMA)
    names, features, target = training_rows(contract)
    print(f"train: {chosen.model} on {len(features):,} rows of {len(names)} features")
    estimator = estimators.build(chosen, contract.task, contract.directions(names))
    estimators.fit(chosen.model, estimator, features, target)
    model_files.dump_model(estimator, paths.ESTIMATOR, estimators.TRUSTED)
    figures = {
        "rows": len(features),
        "features": len(names),
        "iterations": estimators.iterations(estimator),
        "fitted_bytes": paths.ESTIMATOR.stat().st_size,
    }
    text_files.write_json(paths.METRICS / "train.json", figures)


def training_rows(
    contract: Contract,
) -> tuple[list[str], npt.NDArray[np.float32], npt.NDArray[Any]]:
    """Names, features and target of all training rows; memory holds one partition beside them.

    The matrix is laid by rows: scikit-learn copies one that is laid by columns once more.
    """
    target = contract.target
    known = tables.read_partitions(paths.FEATURES, [target])
    made_tables.check_rows(len(known), "training", paths.FEATURES)
    made_tables.check_target(known, paths.FEATURES, contract)
    made_tables.check_classes(known, paths.FEATURES, contract)
    values = targets.numbers(known[target], contract)

    def rows_of(name: str) -> pd.DataFrame:
        return tables.read_table(tables.partition(paths.FEATURES, name)).drop(columns=target)

    columns: list[str] = []
    first, features = 0, np.empty((0, 0), dtype=np.float32)
    names = tables.partition_names(paths.FEATURES)
    for part in each_partition(rows_of, names, "read"):
        if not first:
            columns = [str(name) for name in part]
            made_tables.check_rows(len(columns), "feature of a training", paths.FEATURES)
            features = np.empty((len(values), len(columns)), dtype=np.float32)
        made_tables.check_features(part, columns, paths.FEATURES)
        features[first : first + len(part)] = part
        first += len(part)
    return columns, features, values


if __name__ == "__main__":
    run_stage(by_its_code("train", main), __doc__)
