"""Stage 3: columns to features, by a scikit-learn transformer fitted on training rows only.

Numbers pass through; categories of few values are one-hot encoded; those of many values are
target-encoded (cross-fitted on the training rows). Writes data/features/train and /test, a file a
partition, and models/featurizer.skops, which the served model begins with.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, TargetEncoder

from pipeline import contract as contracts
from pipeline import models, params, paths, tables
from pipeline.contract import Contract
from pipeline.errors import run_stage
from pipeline.params import Featurize
from pipeline.split import SPLIT, TEST, TRAIN


def main() -> None:
    """Fit on the training rows, transform every partition."""
    chosen = params.load().featurize
    contract = contracts.load(paths.SCHEMA)
    features = contract.features(chosen.exclude)
    for folder in (paths.TRAIN_FEATURES, paths.TEST_FEATURES):
        tables.empty_folder(folder)

    names = tables.partition_names(paths.VALIDATED)
    parts = {name: partition_rows(name, TRAIN, features, contract.target) for name in names}
    parts = {name: rows for name, rows in parts.items() if len(rows)}
    train = pd.concat(parts.values(), ignore_index=True)
    featurizer = build(train[features], contract, chosen)
    matrix = featurizer.fit_transform(train[features], train[contract.target])
    columns = list(featurizer.get_feature_names_out())
    first = 0
    for name, rows in parts.items():
        values = matrix[first : first + len(rows)]
        first += len(rows)
        write(values, columns, rows[contract.target], tables.partition(paths.TRAIN_FEATURES, name))
    models.dump_model(featurizer, paths.FEATURIZER)

    def transform(name: str) -> None:
        rows = partition_rows(name, TEST, features, contract.target)
        if len(rows):
            values = featurizer.transform(rows[features])
            path = tables.partition(paths.TEST_FEATURES, name)
            write(values, columns, rows[contract.target], path)

    tables.map_partitions(transform, names, "featurize")


def build(rows: pd.DataFrame, contract: Contract, chosen: Featurize) -> Pipeline:
    """The featurizer for these columns, not fitted: a row of the contract to float32 features."""
    text = [name for name in map(str, rows) if contract.columns[name].type == "text"]
    few = [name for name in text if rows[name].nunique() <= chosen.max_one_hot]
    many = [name for name in text if name not in few]
    numbers = [name for name in map(str, rows) if name not in text]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    folds = StratifiedKFold(5, shuffle=True, random_state=chosen.seed)
    encode = TargetEncoder(target_type="binary", cv=folds)
    columns = ColumnTransformer(
        [("number", "passthrough", numbers), ("few", one_hot, few), ("many", encode, many)],
        verbose_feature_names_out=False,
    )
    single = FunctionTransformer(
        np.asarray, kw_args={"dtype": "float32"}, feature_names_out="one-to-one"
    )
    return Pipeline([("columns", columns), ("float32", single)])


def partition_rows(name: str, side: str, features: list[str], target: str) -> pd.DataFrame:
    """Features' columns and target of a partition's rows on one side of the split."""
    rows = tables.read_table(tables.partition(paths.VALIDATED, name), [*features, target, SPLIT])
    return rows[rows[SPLIT] == side].drop(columns=SPLIT).reset_index(drop=True)


def write(values: np.ndarray, columns: list[str], target: pd.Series, path: Path) -> None:
    """Write features and target of one partition."""
    frame = pd.DataFrame(values, columns=columns)
    frame[target.name] = target.to_numpy()
    tables.write_table(frame, path)


if __name__ == "__main__":
    run_stage(main, __doc__)
