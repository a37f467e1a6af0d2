"""What each group of features is worth: models fitted with groups added, and with one left out.

Reads data/validated, as `dvc repro` left it, and the estimator of params.yaml; writes
docs/features.md. Takes some minutes.

Usage: python -m tools.feature_groups
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from truerun.base import paths, tables, text_files
from truerun.base.errors import TruerunError, exit_with, listed
from truerun.base.progress import progress
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import estimators
from truerun.model import featurizer as featurizers
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.project import params
from truerun.project.params import Params

OUTPUT = Path("docs/features.md")


def main() -> None:
    """Fit every variant and write the table."""
    chosen, contract = params.load(), contracts.load(paths.SCHEMA)
    check(contract)
    table = tables.read_partitions(paths.VALIDATED)
    rows = {side: table[table[SPLIT] == side] for side in (TRAIN, TEST)}
    groups = list(dict.fromkeys(c.group for c in contract.columns.values() if c.group))
    variants = {f"{' + '.join(groups[: n + 1])}": groups[: n + 1] for n in range(len(groups))}
    variants |= {f"all but {group}": [g for g in groups if g != group] for group in groups}
    introduction = (
        f"ROC AUC of `{chosen.train.model}` on {len(rows[TEST]):,} test rows of "
        f"{listed(tested())}, fitted on {len(rows[TRAIN]):,} "
        "rows; the groups are those of `schema.yaml`. Made by `make feature-groups`."
    )
    lines = ["# What each group of features is worth", "", introduction, ""]
    lines += ["| groups | features | ROC AUC |", "| --- | ---: | ---: |"]
    for name, kept in progress(variants.items(), doing="fit", unit="model"):
        features = [c for c, column in contract.columns.items() if column.group in kept]
        area = fitted_area(rows, features, contract, chosen)
        lines.append(f"| {name} | {len(features)} | {area:.3f} |")
        print(lines[-1])
    text_files.write_text(OUTPUT, "\n".join(lines) + "\n")


def check(contract: Contract) -> None:
    """Refuse a table on which this cannot be measured."""
    if contract.task != "binary":
        raise TruerunError(f"ROC AUC needs task: binary, but schema.yaml has task: {contract.task}")
    if not any(column.group for column in contract.columns.values()):
        raise TruerunError("schema.yaml names no group of features: give columns a `group`")


def tested() -> list[str]:
    """The partitions that hold test rows."""
    return [
        name
        for name in tables.partition_names(paths.VALIDATED)
        if (tables.read_table(tables.partition(paths.VALIDATED, name), [SPLIT]) == TEST).any(
            axis=None
        )
    ]


def fitted_area(
    rows: dict[str, pd.DataFrame], features: list[str], contract: Contract, chosen: Params
) -> float:
    """ROC AUC on test rows of a model that sees these columns."""
    train, test = rows[TRAIN], rows[TEST]
    featurizer = featurizers.build(features, train, contract, chosen.featurize)
    matrix = featurizer.fit_transform(train[features], train[contract.target])
    target = train[contract.target].to_numpy()
    directions = contract.directions(featurizers.feature_names(featurizer, contract))
    estimator = estimators.build(chosen.train, contract.task, directions)
    estimators.fit(chosen.train.model, estimator, np.asarray(matrix), target)
    score = estimator.predict_proba(featurizer.transform(test[features]))[:, 1]
    return float(roc_auc_score(test[contract.target], score))


if __name__ == "__main__":
    exit_with(main)
