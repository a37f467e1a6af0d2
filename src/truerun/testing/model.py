"""Checks of the model that is served: what it has learned, and how it takes odd rows."""

from pathlib import Path

import numpy as np
import pandas as pd

from truerun.base import paths, tables
from truerun.compare import baseline
from truerun.contract.contract import NUMBERS
from truerun.evaluation import evaluation
from truerun.model import targets
from truerun.report import words
from truerun.testing.project import Project, key_of

UNKNOWN = "never seen before"
STEPS = 20  # values that a column is raised to, from the lowest to the highest
ROUNDING = 1e-9


def check_better_than_baseline(project: Project) -> None:
    """On the test rows the model is surely better than one score for everyone."""
    difference = baseline.against_baseline(Path(), project.contract, project.params)
    if difference.verdict != "better":
        fields = difference.model_dump()
        raise AssertionError(
            f"the model is not surely better than one score for everyone: {words.label(fields)} is"
            f" {words.side(fields, 'head')} on the test rows, and {words.side(fields, 'base')} with"
            f" one score (difference {words.interval(fields, ', 95 %: ', '')})"
        )


def check_unknown_category(project: Project) -> None:
    """A row with a category that no training row had is scored, whichever column it is in."""
    for name in project.model.feature_names_in_:
        if project.contract.columns[name].type == "text":
            rows = project.test_rows.assign(**{name: UNKNOWN})
            _check_scores(project, rows, f"with a {name} that was never seen before")


def check_missing_values(project: Project) -> None:
    """A row with a missing value is scored, whichever column it is in."""
    for name in project.model.feature_names_in_:
        rows = project.test_rows.copy()
        kind = "float64" if project.contract.columns[name].type in NUMBERS else "str"
        rows[name] = pd.Series(np.nan, index=rows.index, dtype=kind)
        _check_scores(project, rows, f"whose {name} is missing")


def check_directions(project: Project) -> None:
    """Where a monotone column of schema.yaml is raised, no score goes the other way."""
    names = list(project.model.feature_names_in_)
    rows = project.test_rows
    for name, direction in zip(names, project.contract.directions(names), strict=True):
        present = rows[name].dropna()
        if not direction or present.empty:
            continue
        values = np.linspace(present.min(), present.max(), STEPS)
        scores = [
            targets.predicted(project.model, rows.assign(**{name: value}), project.contract)
            for value in values
        ]
        moves = np.diff(scores, axis=0) * direction
        if moves.min() < -ROUNDING:
            step, row = map(int, np.unravel_index(moves.argmin(), moves.shape))
            before, after = (float(scores[place][row]) for place in (step, step + 1))
            monotone = project.contract.columns[name].monotone
            raise AssertionError(
                f"column {name} is monotone: {monotone} in {paths.SCHEMA}, and the score of"
                f" {key_of(rows, row, project.contract)} goes from {before:.4g} to {after:.4g}"
                f" where it is raised from {values[step]:.4g} to {values[step + 1]:.4g}"
            )


def check_predictions(project: Project) -> None:
    """The served model gives the test rows the very scores of data/predictions.parquet."""
    contract = project.contract
    columns = targets.score_columns(contract)
    key = list(contract.key)
    made = evaluation.scored(project.model, paths.VALIDATED, contract).test[[*key, *columns]]
    there = tables.read_table(paths.PREDICTIONS, [*key, *columns])
    if len(there) != len(made) or not (there[key] == made[key]).to_numpy().all():
        raise AssertionError(
            f"{paths.PREDICTIONS} has {len(there):,} rows, and the test rows of {paths.VALIDATED}"
            f" are {len(made):,} others: run the pipeline"
        )
    for name in columns:
        differs = (there[name] != made[name]).to_numpy()
        if differs.any():
            row = int(differs.argmax())
            raise AssertionError(
                f"{paths.PREDICTIONS}: {name} of {key_of(there, row, contract)} is"
                f" {there[name].iloc[row]:.9g}, and the model gives {made[name].iloc[row]:.9g}"
                f" ({int(differs.sum()):,} of {len(made):,} rows differ)"
            )


def _check_scores(project: Project, rows: pd.DataFrame, what: str) -> None:
    """Check that each row is given a score."""
    try:
        scores = targets.predicted(project.model, rows, project.contract)
    except Exception as error:  # whatever the steps of a model raise
        raise AssertionError(f"a row {what} is given no score: {error}") from error
    scored = np.isfinite(scores).reshape(len(rows), -1).all(axis=1)
    if not scored.all():
        row = int((~scored).argmax())
        raise AssertionError(
            f"a row {what} is given {scores[row]}, such as {key_of(rows, row, project.contract)}"
        )
