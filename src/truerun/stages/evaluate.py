"""Stage 5: the model that is served, and how well it performs on test rows.

Joins featurizer and estimator to models/model.skops, reads that file back and scores with it.
Writes metrics/evaluate.json and metrics/slices.json, the plots, data/predictions.parquet and
models/card.md.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from truerun.base import paths, settings, tables, text_files
from truerun.base.errors import StageError, listed, run_stage
from truerun.base.partitions import map_partitions
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.model import card, estimators, metrics, model_files, results, targets
from truerun.model.importance import permutation_importance
from truerun.model.model_files import ModelFileError
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.params.evaluate import Evaluate
from truerun.params.source import SourceSettings
from truerun.plots import drawings, task_plots


def main() -> None:
    """Evaluate the served model on test rows and on training rows."""
    chosen = settings.load_section(Evaluate, paths.PARAMS, "evaluate")
    contract = contracts.load(paths.SCHEMA)
    check(chosen, contract)
    threshold = chosen.threshold
    model = served_model()
    sides = scored(model, contract)
    test = sides[TEST]

    figures = results.summarize_all(sides, contract, threshold)
    slices = results.by_slice(test, contract, chosen)
    importance = column_importance(model, test, contract, chosen)
    text_files.write_json(paths.METRICS / "evaluate.json", figures)
    text_files.write_json(paths.METRICS / "slices.json", slices)
    target, score = targets.numbers(test[contract.target], contract), targets.scores(test, contract)
    plots = task_plots.of_rows(target, score, contract, figures, threshold)
    for name, plot in {
        **plots,
        "importance": task_plots.of_importance(importance, contract.task),
    }.items():
        text_files.write_csv(paths.PLOTS / f"{name}.csv", plot.table)
        drawings.save(plot.picture, paths.PLOTS / f"{name}.svg")
    others = [name for name, column in contract.columns.items() if not column.feature]
    kept = [*contract.key, *others, *chosen.slices, contract.target]
    kept += targets.score_columns(contract)
    tables.write_table(test[list(dict.fromkeys(kept))], paths.PREDICTIONS)
    moments = sides[TRAIN][contract.time] if contract.time else None
    facts = card.CardFacts(
        source=settings.load_section(SourceSettings, paths.PARAMS, "source"),
        model=settings.load_section(estimators.SECTION, paths.PARAMS, "train").model,
        train_target=targets.numbers(sides[TRAIN][contract.target], contract),
        first=str(moments.min()) if moments is not None else None,
        last=str(moments.max()) if moments is not None else None,
        results=figures,
        slices=slices,
        importance=importance,
    )
    text_files.write_text(paths.CARD, card.render(facts, chosen, contract))


def check(chosen: Evaluate, contract: Contract) -> None:
    """Refuse slices by unknown columns, and a threshold that the task does not use."""
    unknown = [name for name in chosen.slices if name not in contract.columns]
    if unknown:
        raise StageError(
            f"params.yaml: evaluate.slices names {listed(unknown)}, which is not a column of"
            " schema.yaml"
        )
    if (chosen.threshold is None) == (contract.task == "binary"):
        problem = (
            "is missing: task: binary needs the score from which a row counts as 1"
            if chosen.threshold is None
            else f"goes with task: binary, and schema.yaml has task: {contract.task}: remove it"
        )
        raise StageError(f"params.yaml: evaluate.threshold {problem}")


def served_model() -> Pipeline:
    """Featurizer and estimator in one, as read back from the file that is served."""
    featurizer, estimator = (
        model_files.load_model(paths.FEATURIZER),
        model_files.load_model(paths.ESTIMATOR, estimators.TRUSTED),
    )
    try:
        features = featurizer[-1].n_features_in_
        fit = estimator.n_features_in_ == features and hasattr(estimator, "predict")
    except (AttributeError, TypeError, ValueError):  # not a transformer or estimator, or unfitted
        fit = False
    if not fit:
        raise ModelFileError(
            f"{paths.FEATURIZER} and {paths.ESTIMATOR} do not fit together: run `dvc repro`"
        )
    model = Pipeline([("featurizer", featurizer), ("estimator", estimator)])
    model_files.dump_model(model, paths.MODEL, estimators.TRUSTED)
    return model_files.load_model(paths.MODEL, estimators.TRUSTED)


def scored(model: Pipeline, contract: Contract) -> dict[str, pd.DataFrame]:
    """The validated rows of each side of the split, with the model's scores.

    Training rows may be many, so only their target and time are kept.
    """
    train_columns = [contract.target, *([contract.time] if contract.time else [])]
    train_columns += targets.score_columns(contract)

    def score(name: str) -> dict[str, pd.DataFrame]:
        rows = tables.read_table(tables.partition(paths.VALIDATED, name))
        scores = targets.score_table(targets.predicted(model, rows, contract), contract)
        rows = pd.concat([rows, scores], axis=1)
        test = rows[SPLIT] == TEST
        return {TRAIN: rows.loc[~test, train_columns], TEST: rows[test].drop(columns=SPLIT)}

    names = tables.partition_names(paths.VALIDATED)
    parts = map_partitions(score, names, "score").values()
    return {
        side: pd.concat([part[side] for part in parts if len(part[side])], ignore_index=True)
        for side in (TRAIN, TEST)
    }


def column_importance(
    model: Pipeline, test: pd.DataFrame, contract: Contract, chosen: Evaluate
) -> pd.DataFrame:
    """Permutation importance on evenly spaced test rows, by the task's main metric."""
    sample = test.iloc[:: max(1, len(test) // chosen.importance_rows)].reset_index(drop=True)
    target = targets.numbers(sample[contract.target], contract)
    metric = metrics.main_metric(contract.task)
    if metric.needs_all_classes and len(np.unique(target)) < len(contract.classes):
        raise StageError(
            f"params.yaml: evaluate.importance_rows is {chosen.importance_rows}, too few test "
            f"rows to have every class of {contract.target}: take more"
        )

    def goodness(rows: pd.DataFrame) -> float:
        score = targets.predicted(model, rows, contract)
        value = metric.value(target, score, targets.decisions(score, chosen.threshold))
        return value if metric.higher_is_better else -value

    columns = list(model.feature_names_in_)
    return permutation_importance(goodness, sample[columns], chosen.importance_repeats, chosen.seed)


if __name__ == "__main__":
    run_stage(main, __doc__)
