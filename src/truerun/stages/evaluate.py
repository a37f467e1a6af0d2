"""Stage 5: the model that is served, and how well it performs on test rows.

Joins featurizer and estimator to models/model.skops, reads that file back and scores with it.
Writes metrics/evaluate.json and metrics/slices.json, the plots, data/predictions.parquet and
models/card.md; to models/bundle what gives these predictions without scikit-learn; and to
metrics/threshold.json which threshold would be worth most on training rows.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

from truerun.base import paths, settings, text_files
from truerun.base.errors import StageError, listed, run_stage
from truerun.contract import contract as contracts
from truerun.contract.contract import Contract
from truerun.evaluation import evaluation, interval, threshold
from truerun.evaluation.evaluation import EvaluationTerms
from truerun.model import bundle_files, estimators, model_files, value
from truerun.model.bundle_files import Expected, Margins, ServedModel
from truerun.model.model_files import ModelFileError
from truerun.model.scoring import bundle
from truerun.params.evaluate import Evaluate
from truerun.params.source import SourceSettings
from truerun.params.split import Split
from truerun.stages import by_its_code


def main() -> None:
    """Evaluate the served model on test rows and on training rows."""
    chosen = settings.load_section(Evaluate, paths.PARAMS, "evaluate")
    contract = contracts.load(paths.SCHEMA)
    check(chosen, contract)
    terms = EvaluationTerms(
        contract,
        chosen,
        settings.load_section(SourceSettings, paths.PARAMS, "source"),
        settings.load_section(estimators.SECTION, paths.PARAMS, "train").model,
        fitted_on=evaluation.rows_fitted_on(Path()),
    )
    model = served_model(contract)
    sought = threshold.seek(model, paths.VALIDATED, terms)
    text_files.write_json(threshold.PATH, sought.content())
    terms = replace(terms, best=sought.best)
    evaluated = evaluation.evaluate(model, paths.VALIDATED, terms)
    evaluated.write(Path())
    ends = None if contract.classes else margins(model, terms)
    served = ServedModel(model, paths.MODEL, contract, chosen.threshold, terms.source, ends)
    expected = Expected(paths.VALIDATED, evaluated.predictions)
    bundle_files.write(served, expected, bundle.FOLDER)
    if evaluated.doubt:
        print(f"evaluate: {evaluated.doubt}")


def margins(model: Pipeline, terms: EvaluationTerms) -> Margins | None:
    """How far the outcome of a number may lie from its score; rows of a group stay together.

    Another group moves rows to other sides of the split, so that data/validated tells DVC of it.
    """
    group = settings.load_section(Split, paths.PARAMS, "split").group
    return interval.seek(model, paths.VALIDATED, terms, group)


def check(chosen: Evaluate, contract: Contract) -> None:
    """Refuse slices by no column or the target, and settings that the task does not have."""
    unknown = [name for name in chosen.slices if name not in contract.columns]
    if unknown:
        raise StageError(
            f"params.yaml: evaluate.slices names {listed(unknown)}, which is not a column of"
            " schema.yaml"
        )
    if contract.target in chosen.slices:
        raise StageError(
            f"params.yaml: evaluate.slices names the target, {contract.target}: a model is"
            " measured on rows of all its values; name a column that is known before"
        )
    if (chosen.threshold is None) == (contract.task == "binary"):
        problem = (
            "is missing: task: binary needs the score from which a row counts as 1"
            if chosen.threshold is None
            else f"goes with task: binary, and schema.yaml has task: {contract.task}: remove it"
        )
        raise StageError(f"params.yaml: evaluate.threshold {problem}")
    if chosen.value:
        value.check(chosen.value, contract)


def served_model(contract: Contract) -> Pipeline:
    """Featurizer and estimator in one, as read back from the file that is served."""
    featurizer, estimator = (
        model_files.load_model(paths.FEATURIZER),
        model_files.load_model(paths.ESTIMATOR, estimators.TRUSTED),
    )
    try:
        features = featurizer[-1].n_features_in_
        named = len(featurizer.feature_names_in_) > 0
        fit = named and estimator.n_features_in_ == features and hasattr(estimator, "predict")
    except (AttributeError, TypeError, ValueError):  # not a transformer or estimator, or unfitted
        fit = False
    if not fit:
        raise ModelFileError(
            f"{paths.FEATURIZER} and {paths.ESTIMATOR} do not fit together: run `dvc repro`"
        )
    knows = getattr(estimator, "classes_", None)
    if (knows is not None) != bool(contract.classes) or (
        knows is not None and np.asarray(knows).dtype.kind not in "iu"
    ):
        raise ModelFileError(
            f"{paths.ESTIMATOR} is not of task: {contract.task} (schema.yaml), or of classes by"
            " other names: run `dvc repro`"
        )
    model = Pipeline([("featurizer", featurizer), ("estimator", estimator)])
    model_files.dump_model(model, paths.MODEL, estimators.TRUSTED)
    return model_files.load_model(paths.MODEL, estimators.TRUSTED)


if __name__ == "__main__":
    run_stage(by_its_code("evaluate", main), __doc__)
