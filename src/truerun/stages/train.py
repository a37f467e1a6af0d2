"""Stage 4: fit the estimator that `train.model` names on the training features.

Writes models/estimator.skops, and to metrics/train.json how many rows and features it was fitted
on, its iterations and its size; and of how many rows they were drawn, if `train.max_rows` leaves
some out. No wall time: it would differ from run to run.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, settings, tables, text_files
from truerun.base.errors import run_stage
from truerun.base.partitions import each_partition
from truerun.base.tables import TableError
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import draw, estimators, made_tables, model_files, targets
from truerun.stages import by_its_code


def main() -> None:
    """Fit and write the estimator."""
    chosen = settings.load_section(estimators.SECTION, paths.PARAMS, "train")
    contract = contracts.load(paths.SCHEMA)
    taken = draw.training_rows(paths.VALIDATED, contract, chosen)
    names, features, target = training_rows(contract, taken)
    out_of = "" if taken.all() else f" of {len(taken):,} (train.max_rows)"
    print(f"train: {chosen.model} on {len(features):,} rows{out_of} of {len(names)} features")
    estimator = estimators.build(chosen, contract.task, contract.directions(names))
    estimators.fit(chosen.model, estimator, features, target)
    model_files.dump_model(estimator, paths.ESTIMATOR, estimators.TRUSTED)
    figures = {
        "rows": len(features),
        "features": len(names),
        "iterations": estimators.iterations(estimator),
        "fitted_bytes": paths.ESTIMATOR.stat().st_size,
        **({} if taken.all() else {"drawn_of": len(taken)}),
    }
    text_files.write_json(paths.METRICS / "train.json", figures)


def training_rows(
    contract: Contract, taken: npt.NDArray[np.bool_] | None = None
) -> tuple[list[str], npt.NDArray[np.float32], npt.NDArray[Any]]:
    """Names, features and target of training rows; memory holds one partition beside them.

    The matrix is laid by rows: scikit-learn copies one that is laid by columns once more.

    Parameters
    ----------
    taken : tells of each row whether it is wanted; of all rows by default.
    """
    target = contract.target
    target_table = tables.read_partitions(paths.FEATURES, [target])
    made_tables.check_rows(len(target_table), "training", paths.FEATURES)
    made_tables.check_target(target_table, paths.FEATURES, contract)
    if taken is None:
        taken = np.ones(len(target_table), dtype=bool)
    elif len(taken) != len(target_table):
        raise TableError(
            f"{paths.FEATURES} and {paths.VALIDATED} do not hold the same rows: run `dvc repro`"
        )
    target_table = target_table[taken]
    made_tables.check_classes(target_table, paths.FEATURES, contract)
    values = targets.numbers(target_table[target], contract)

    def rows_of(name: str) -> pd.DataFrame:
        return tables.read_table(tables.partition(paths.FEATURES, name)).drop(columns=target)

    columns: list[str] = []
    read, first, features = 0, 0, np.empty((0, 0), dtype=np.float32)
    names = tables.partition_names(paths.FEATURES)
    for part in each_partition(rows_of, names, "read"):
        if not read:
            columns = [str(name) for name in part]
            made_tables.check_rows(len(columns), "feature of a training", paths.FEATURES)
            features = np.empty((len(values), len(columns)), dtype=np.float32)
        made_tables.check_features(part, columns, paths.FEATURES)
        some = taken[read : read + len(part)]
        count = int(some.sum())
        features[first : first + count] = part[some] if count < len(part) else part
        read, first = read + len(part), first + count
    return columns, features, values


if __name__ == "__main__":
    run_stage(by_its_code("train", main), __doc__)
