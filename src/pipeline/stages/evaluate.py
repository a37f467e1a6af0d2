"""Stage 5: the model that is served, and how well it does on test rows.

Joins featurizer and estimator to models/model.skops, reads that file back and scores with it.
Writes metrics/evaluate.json and metrics/slices.json, the plots, data/predictions.parquet and
models/card.md.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from pipeline import card, figures, metrics, models, params, paths, reports, tables
from pipeline import contract as contracts
from pipeline.contract import Contract
from pipeline.errors import PipelineError, listed, run_stage
from pipeline.importance import permutation_importance
from pipeline.models import ModelFileError
from pipeline.params import Evaluate
from pipeline.split import SPLIT, TEST, TRAIN

CLASSES = (0, 1)


def main() -> None:
    """Evaluate the served model on test rows and on training rows."""
    chosen = params.load()
    contract = contracts.load(paths.SCHEMA)
    check_slices(chosen.evaluate.slices, contract)
    model = served_model()
    sides = scored(model, contract)
    test = sides[TEST]

    results = compared(sides, contract.target, chosen.evaluate.threshold)
    slices = by_slice(test, contract.target, chosen.evaluate)
    importance = column_importance(model, test, contract.target, chosen.evaluate)
    reports.write_json(paths.METRICS / "evaluate.json", results)
    reports.write_json(paths.METRICS / "slices.json", slices)
    plot(test, contract.target, results, importance, chosen.evaluate.threshold)
    others = [name for name, column in contract.columns.items() if not column.feature]
    kept = [*contract.key, *others, *chosen.evaluate.slices, contract.target, "score"]
    tables.write_table(test[list(dict.fromkeys(kept))], paths.PREDICTIONS)
    moments = sides[TRAIN][contract.time] if contract.time else None
    facts = card.Facts(
        train_rows=len(sides[TRAIN]),
        train_rate=float(sides[TRAIN][contract.target].mean()),
        first=str(moments.min()) if moments is not None else None,
        last=str(moments.max()) if moments is not None else None,
        results=results,
        slices=slices,
        importance=importance,
    )
    reports.write_text(paths.CARD, card.render(facts, chosen, contract))


def check_slices(slices: tuple[str, ...], contract: Contract) -> None:
    """Refuse a slice by a column that there is not."""
    unknown = [name for name in slices if name not in contract.columns]
    if unknown:
        raise PipelineError(
            f"params.yaml: evaluate.slices names {listed(unknown)}, no column of schema.yaml"
        )


def served_model() -> Pipeline:
    """Featurizer and estimator in one, as read back from the file that is served."""
    featurizer, estimator = models.load_model(paths.FEATURIZER), models.load_model(paths.ESTIMATOR)
    try:
        features = len(featurizer.get_feature_names_out())
        fit = estimator.n_features_in_ == features and hasattr(estimator, "predict_proba")
    except (AttributeError, TypeError, ValueError):  # no transformer, no estimator, or not fitted
        fit = False
    if not fit:
        raise ModelFileError(
            f"{paths.FEATURIZER} and {paths.ESTIMATOR} do not fit together: run `dvc repro`"
        )
    models.dump_model(Pipeline([("featurizer", featurizer), ("estimator", estimator)]), paths.MODEL)
    return models.load_model(paths.MODEL)


def scored(model: Pipeline, contract: Contract) -> dict[str, pd.DataFrame]:
    """The validated rows of each side of the split, with the model's `score`.

    Training rows may be many: of them, target and time are kept alone.
    """
    few = [contract.target, *([contract.time] if contract.time else []), "score"]

    def score(name: str) -> dict[str, pd.DataFrame]:
        rows = tables.read_table(tables.partition(paths.VALIDATED, name))
        scores = model.predict_proba(rows[list(model.feature_names_in_)])[:, 1] if len(rows) else []
        rows["score"] = np.asarray(scores, dtype=np.float32)
        test = rows[SPLIT] == TEST
        return {TRAIN: rows.loc[~test, few], TEST: rows[test].drop(columns=SPLIT)}

    names = tables.partition_names(paths.VALIDATED)
    parts = tables.map_partitions(score, names, "score").values()
    return {
        side: pd.concat([part[side] for part in parts if len(part[side])], ignore_index=True)
        for side in (TRAIN, TEST)
    }


def compared(sides: dict[str, pd.DataFrame], target: str, threshold: float) -> dict[str, Any]:
    """Figures of test rows, of training rows, and of the training rate as everyone's score."""
    test, train = (summarised(sides[side], target, threshold) for side in (TEST, TRAIN))
    constant = sides[TEST].assign(score=sides[TRAIN][target].mean())
    gap = {name: train[name] - test[name] for name in ("roc_auc", "log_loss") if test[name]}
    baseline = summarised(constant, target, threshold)
    return {"test": test, "train": train, "gap": gap, "baseline": baseline}


def by_slice(test: pd.DataFrame, target: str, chosen: Evaluate) -> dict[str, dict[str, Any]]:
    """Figures of each value of each slice column that has enough test rows."""
    return {
        column: {
            str(value): summarised(rows, target, chosen.threshold)
            for value, rows in test.groupby(column)
            if len(rows) >= chosen.min_slice_rows
        }
        for column in chosen.slices
    }


def summarised(rows: pd.DataFrame, target: str, threshold: float) -> dict[str, Any]:
    """How many rows there are, the target's rate, the mean score and the metrics."""
    actual, score = rows[target].to_numpy(), rows["score"].to_numpy(np.float64)
    return {
        "rows": len(rows),
        "target_rate": float(actual.mean()),
        "mean_score": float(score.mean()),
        **metrics.evaluate("binary", actual, score, threshold),
    }


def column_importance(
    model: Pipeline, test: pd.DataFrame, target: str, chosen: Evaluate
) -> pd.DataFrame:
    """Permutation importance on evenly spaced test rows."""
    sample = test.iloc[:: max(1, len(test) // chosen.importance_rows)].reset_index(drop=True)
    if sample[target].nunique() < len(CLASSES):
        raise PipelineError(
            f"params.yaml: evaluate.importance_rows is {chosen.importance_rows}, and so few test "
            f"rows are of one class of {target}: take more"
        )
    return permutation_importance(
        model,
        sample[list(model.feature_names_in_)],
        sample[target].to_numpy(),
        chosen.importance_repeats,
        chosen.seed,
    )


def plot(
    test: pd.DataFrame,
    target: str,
    results: dict[str, Any],
    importance: pd.DataFrame,
    threshold: float,
) -> None:
    """Write each plot as data for `dvc plots` and as a picture."""
    actual, score = test[target].to_numpy(), test["score"].to_numpy(np.float64)
    roc = figures.roc_curve(actual, score)
    recall = figures.precision_recall_curve(actual, score)
    calibration = figures.calibration(actual, score)
    confusion = figures.confusion(actual, score >= threshold)
    for name, table, figure in (
        ("roc", roc, figures.draw_roc(roc, results["test"]["roc_auc"])),
        (
            "precision_recall",
            recall,
            figures.draw_precision_recall(recall, results["test"]["target_rate"]),
        ),
        ("calibration", calibration, figures.draw_calibration(calibration)),
        ("confusion", confusion, figures.draw_confusion(confusion, threshold)),
        ("importance", importance, figures.draw_importance(importance)),
    ):
        reports.write_csv(paths.PLOTS / f"{name}.csv", table)
        figures.save(figure, paths.PLOTS / f"{name}.svg")


if __name__ == "__main__":
    run_stage(main, __doc__)
