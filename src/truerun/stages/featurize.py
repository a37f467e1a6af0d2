"""Stage 3: columns to features, by a scikit-learn transformer fitted on training rows only.

Writes data/features of the training rows, one file per partition, and models/featurizer.skops, the
first step of the served model.
"""

import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import StageError, run_stage
from truerun.base.progress import progress
from truerun.contract import contract as contracts
from truerun.model import featurizer as featurizers
from truerun.model import model_files
from truerun.model.split import SPLIT, TRAIN
from truerun.params.featurize import Featurize


def main() -> None:
    """Fit on the training rows, transform every partition."""
    chosen = settings.load_section(Featurize, paths.PARAMS, "featurize")
    contract = contracts.load(paths.SCHEMA)
    features = contract.features(chosen.exclude)
    text = featurizers.text_columns(features, contract)
    tables.empty_folder(paths.FEATURES)

    train = tables.read_partitions(paths.VALIDATED, [*text, contract.target, SPLIT])
    train = train[train[SPLIT] == TRAIN]
    featurizer = featurizers.build(features, train, contract, chosen)
    encodings = featurizers.fit(featurizer, features, train, contract)
    encoded = featurizer["columns"].output_indices_["many"]
    names = featurizers.feature_names(featurizer, contract)
    if not names:
        raise StageError("no feature is left: all are free text without a word")
    first = 0
    for name in progress(tables.partition_names(paths.VALIDATED), doing="write", unit="partition"):
        columns = [*features, contract.target, SPLIT]
        rows = tables.read_table(tables.partition(paths.VALIDATED, name), columns)
        rows = rows[rows[SPLIT] == TRAIN]
        if rows.empty:
            continue
        last = first + len(rows)
        matrix = featurizer.transform(rows[features])
        matrix[:, encoded] = encodings[first:last]
        table = pd.DataFrame(matrix, columns=names)
        table[contract.target] = rows[contract.target].to_numpy()
        tables.write_table(table, tables.partition(paths.FEATURES, name))
        first = last
    model_files.dump_model(featurizer, paths.FEATURIZER)


if __name__ == "__main__":
    run_stage(main, __doc__)
