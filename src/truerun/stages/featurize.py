"""Stage 3: columns to features, by a scikit-learn transformer fitted on training rows only.

Writes data/features of the training rows, one file per partition, and models/featurizer.skops, the
first step of the served model.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from truerun.base import paths, settings, tables
from truerun.base.errors import StageError, run_stage
from truerun.base.partitions import map_partitions
from truerun.contract import contract as contracts
from truerun.model import featurizer as featurizers
from truerun.model import made_tables, model_files
from truerun.model.split import SPLIT, TRAIN
from truerun.params.featurize import Featurize
from truerun.stages import by_its_code


def main() -> None:
    """Fit on the training rows, transform every partition."""
    chosen = settings.load_section(Featurize, paths.PARAMS, "featurize")
    contract = contracts.load(paths.SCHEMA)
    features = contract.features(chosen.exclude)
    text = featurizers.text_columns(features, contract)
    tables.empty_folder(paths.FEATURES)

    train = tables.read_partitions(paths.VALIDATED, [*text, contract.target, SPLIT])
    made_tables.check_validated(train, paths.VALIDATED, contract)
    train = train[train[SPLIT] == TRAIN]
    made_tables.check_rows(len(train), "training", paths.VALIDATED)
    featurizer = featurizers.build(features, train, contract, chosen)
    encodings = featurizers.fit(featurizer, features, train, contract)
    columns = featurizers.feature_names(featurizer, contract)
    if not columns:
        raise StageError("no feature is left: all are free text without a word")
    partitions = tables.partition_names(paths.VALIDATED)
    counts = map_partitions(training_rows, partitions, "count")
    ends = np.cumsum(list(counts.values()))

    def encoded(name: str) -> npt.NDArray[Any]:
        end = ends[partitions.index(name)]
        return encodings[end - counts[name] : end]

    def write_features(name: str) -> None:
        if not counts[name]:
            return
        rows = tables.read_table(
            tables.partition(paths.VALIDATED, name), [*features, contract.target, SPLIT]
        )
        made_tables.check_validated(rows, tables.partition(paths.VALIDATED, name), contract)
        rows = rows[rows[SPLIT] == TRAIN]
        matrix = featurizer.transform(rows[features])
        matrix[:, featurizer["columns"].output_indices_["many"]] = encoded(name)
        table = pd.DataFrame(matrix, columns=columns)
        table[contract.target] = rows[contract.target].to_numpy()
        tables.write_table(table, tables.partition(paths.FEATURES, name))

    map_partitions(write_features, partitions, "write", tables.sizes(paths.VALIDATED, partitions))
    model_files.dump_model(featurizer, paths.FEATURIZER)


def training_rows(name: str) -> int:
    """How many rows of a partition are for training."""
    sides = tables.read_table(tables.partition(paths.VALIDATED, name), [SPLIT])[SPLIT]
    return int((sides == TRAIN).sum())


if __name__ == "__main__":
    run_stage(by_its_code("featurize", main), __doc__)
