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
from pipeline.progress import progress
from pipeline.split import SPLIT, TRAIN

FOLDS = 5


def main() -> None:
    """Fit on the training rows, transform every partition."""
    chosen = params.load().featurize
    contract = contracts.load(paths.SCHEMA)
    features = contract.features(chosen.exclude)
    text = text_columns(features, contract)
    tables.empty_folder(paths.FEATURES)

    train = tables.read_partitions(paths.VALIDATED, [*text, contract.target, SPLIT])
    train = train[train[SPLIT] == TRAIN]
    featurizer = build(features, train[text], chosen)
    encodings = fit(featurizer, features, train[text], train[contract.target])
    first = 0
    for name in progress(tables.partition_names(paths.VALIDATED), doing="write", unit="partition"):
        columns = [*features, contract.target, SPLIT]
        rows = tables.read_table(tables.partition(paths.VALIDATED, name), columns)
        rows = rows[rows[SPLIT] == TRAIN]
        if rows.empty:
            continue
        last = first + len(rows)
        table = pd.DataFrame(
            featurizer.transform(rows[features]), columns=featurizer.get_feature_names_out()
        )
        table[encodings.columns] = encodings.iloc[first:last].to_numpy()
        table[contract.target] = rows[contract.target].to_numpy()
        tables.write_table(table, tables.partition(paths.FEATURES, name))
        first = last
    models.dump_model(featurizer, paths.FEATURIZER)


def text_columns(features: list[str], contract: Contract) -> list[str]:
    """Those of the columns that hold text."""
    return [name for name in features if contract.columns[name].type == "text"]


def build(features: list[str], text: pd.DataFrame, chosen: Featurize) -> Pipeline:
    """The featurizer for these columns, not fitted: a row of the contract to float32 features.

    Parameters
    ----------
    features : names of all columns.
    text : the training rows of those columns that hold text.
    """
    few = [name for name in map(str, text) if text[name].nunique() <= chosen.max_one_hot]
    many = [name for name in map(str, text) if name not in few]
    numbers = [name for name in features if name not in text]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=chosen.seed)
    encode = TargetEncoder(target_type="binary", cv=folds)
    columns = ColumnTransformer(
        [("number", "passthrough", numbers), ("few", one_hot, few), ("many", encode, many)],
        verbose_feature_names_out=False,
    )
    single = FunctionTransformer(
        np.asarray, kw_args={"dtype": "float32"}, feature_names_out="one-to-one"
    )
    return Pipeline([("columns", columns), ("float32", single)])


def fit(
    featurizer: Pipeline, features: list[str], text: pd.DataFrame, target: pd.Series
) -> pd.DataFrame:
    """Fit in place, as `featurizer.fit_transform` would, but with the text alone in memory.

    Nothing of a number is learned but its name. So all is fitted on a few made-up rows that hold
    every category, and then the encoders again, on the text of all training rows.

    Returns
    -------
    The cross-fitted encodings of the training rows, of the columns that are target-encoded.
    """
    categories = {name: text[name].drop_duplicates() for name in map(str, text)}
    rows = np.arange(max([2 * FOLDS, *map(len, categories.values())]))
    outline = pd.DataFrame(0, index=rows, columns=features)
    for name, values in categories.items():
        outline[name] = values.take(rows % len(values)).to_numpy()
    featurizer.fit(outline, rows % 2)
    fitted = featurizer["columns"].named_transformers_
    few, many = (names for _, _, names in featurizer["columns"].transformers[1:])
    if few:
        fitted["few"].fit(text[few])
    encodings = np.empty((len(text), 0))
    if many:
        encodings = fitted["many"].fit_transform(text[many], target)
    return pd.DataFrame(encodings, columns=many, dtype=np.float32)


if __name__ == "__main__":
    run_stage(main, __doc__)
