"""Stage 3: columns to features, by a scikit-learn transformer fitted on training rows only.

Numbers pass through; categories of few values are one-hot encoded; those of many values are
target-encoded (cross-fitted on the training rows). Writes data/features of the training rows, a
file a partition, and models/featurizer.skops, which the served model begins with.
"""

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
from pipeline.split import SPLIT, TRAIN


def main() -> None:
    """Fit on the training rows, transform every partition."""
    chosen = params.load().featurize
    contract = contracts.load(paths.SCHEMA)
    features = contract.features(chosen.exclude)
    tables.empty_folder(paths.FEATURES)

    def training_rows(name: str) -> pd.DataFrame:
        columns = [*features, contract.target, SPLIT]
        rows = tables.read_table(tables.partition(paths.VALIDATED, name), columns)
        return rows[rows[SPLIT] == TRAIN].drop(columns=SPLIT)

    names = tables.partition_names(paths.VALIDATED)
    parts = {name: training_rows(name) for name in names}
    train = pd.concat(parts.values(), ignore_index=True)
    featurizer = build(train[features], contract, chosen)
    matrix = featurizer.fit_transform(train[features], train[contract.target])
    columns = featurizer.get_feature_names_out()
    first = 0
    for name, rows in parts.items():
        if rows.empty:
            continue
        frame = pd.DataFrame(matrix[first : first + len(rows)], columns=columns)
        frame[contract.target] = rows[contract.target].to_numpy()
        tables.write_table(frame, tables.partition(paths.FEATURES, name))
        first += len(rows)
    models.dump_model(featurizer, paths.FEATURIZER)


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


if __name__ == "__main__":
    run_stage(main, __doc__)
