"""Tables and models that somebody else than the stages has made."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.flights.robustness.case import Case
from tests.flights.robustness.damage import (
    content,
    made_a_folder,
    made_a_pipe,
    model,
    parquet,
    removed,
)

PREPARED = [f"data/prepared/2013-{month}.parquet" for month in ("09", "10")]
VALIDATED = [f"data/validated/2013-{month}.parquet" for month in ("09", "10")]
FEATURES = "data/features/2013-09.parquet"
ESTIMATOR, FEATURIZER = "models/estimator.skops", "models/featurizer.skops"
WIDTH = 61  # features
ROWS = np.random.default_rng(1).normal(size=(60, WIDTH))
THREE = np.arange(60) % 3


def nothing_in(archive: str) -> bytes:
    """An archive with one empty file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(archive, "")
    return buffer.getvalue()


def text_in(column: str):
    """A word in every ninth cell of a column of numbers."""
    return lambda t: t.assign(
        **{column: t[column].astype("object").where(t.index % 9 > 0, "far")}
    ).astype({column: "str"})


def another_month(folder: Path) -> None:
    """A month of features before the others, which lacks one."""
    lacking = pd.read_parquet(folder / FEATURES).iloc[:, 1:]
    lacking.to_parquet(folder / FEATURES.replace("09", "08"))


TABLES = [
    Case(
        "the sides of the split are in capitals",
        parquet(VALIDATED[0], lambda t: t.assign(split="Train")),
        "column split holds 'Train'",
        "featurize",
    ),
    Case(
        "the sides of the test are in capitals",
        parquet(VALIDATED[1], lambda t: t.assign(split="Test")),
        "column split holds 'Test'",
        "evaluate",
    ),
    Case(
        "the sides of the split are numbers",
        parquet(VALIDATED[0], lambda t: t.assign(split=1)),
        "Field split has incompatible types",
        "featurize",
    ),
    Case(
        "a side of the split is missing in some rows",
        parquet(VALIDATED[0], lambda t: t.assign(split=t["split"].where(t.index > 3))),
        "column split",
        "featurize",
    ),
    Case(
        "the column of the split is gone",
        parquet(VALIDATED[0], lambda t: t.drop(columns="split")),
        "it has no column split",
        "featurize",
    ),
    Case(
        "no row is for training",
        parquet(VALIDATED[0], lambda t: t.assign(split="test")),
        "no training row",
        "featurize",
    ),
    Case("the month for training is gone", removed(VALIDATED[0]), "no training row", "featurize"),
    Case(
        "no row is for the test",
        parquet(VALIDATED[1], lambda t: t.assign(split="train")),
        "no test row",
        "evaluate",
    ),
    Case("the month for the test is gone", removed(VALIDATED[1]), "no test row", "evaluate"),
    Case(
        "a validated month has no rows",
        parquet(VALIDATED[0], lambda t: t.head(0)),
        "no training row",
        "featurize",
    ),
    Case(
        "the target is text",
        parquet(VALIDATED[0], lambda t: t.assign(late=t["late"].astype(str))),
        "Field late has incompatible types",
        "featurize",
    ),
    Case(
        "the target of test rows is text",
        parquet(VALIDATED[1], lambda t: t.assign(late="yes")),
        "column late",
        "evaluate",
    ),
    Case(
        "the target is a third class",
        parquet(VALIDATED[1], lambda t: t.assign(late=t["late"] + 1)),
        "column late",
        "evaluate",
    ),
    Case(
        "a validated number is text",
        parquet(VALIDATED[0], text_in("distance")),
        "column distance",
        "featurize",
    ),
    Case(
        "a validated number of test rows is text",
        parquet(VALIDATED[1], text_in("distance")),
        "column distance",
        "evaluate",
    ),
    Case(
        "a validated text is a number",
        parquet(VALIDATED[0], lambda t: t.assign(carrier=7)),
        "Field carrier has incompatible types",
        "featurize",
    ),
    Case(
        "a validated column is gone",
        parquet(VALIDATED[0], lambda t: t.drop(columns="distance")),
        "it has no column distance",
        "featurize",
    ),
    Case(
        "a validated column of test rows is gone",
        parquet(VALIDATED[1], lambda t: t.drop(columns="distance")),
        "distance",
        "evaluate",
    ),
    Case(
        "the folder of validated months is empty",
        removed(*VALIDATED),
        "holds no partition",
        "featurize",
    ),
    Case("a validated month is a pipe", made_a_pipe(VALIDATED[0]), "no ordinary file", "featurize"),
    Case(
        "a validated month is a folder",
        made_a_folder(VALIDATED[0]),
        "cannot read data/validated/2013-09.parquet",
        "featurize",
    ),
    Case(
        "a feature is text",
        parquet(FEATURES, lambda t: t.assign(**{t.columns[0]: "far"})),
        "is no number",
        "train",
    ),
    Case(
        "a feature is a time",
        parquet(FEATURES, lambda t: t.assign(**{t.columns[0]: pd.Timestamp("2013-01-01")})),
        "is no number",
        "train",
    ),
    Case(
        "a feature is infinite",
        parquet(FEATURES, lambda t: t.assign(**{t.columns[0]: np.float32("inf")})),
        "infinite",
        "train",
    ),
    Case(
        "the target of the features is gone",
        parquet(FEATURES, lambda t: t.drop(columns="late")),
        "it has no column late",
        "train",
    ),
    Case(
        "the target of the features is text",
        parquet(FEATURES, lambda t: t.assign(late="yes")),
        "column late",
        "train",
    ),
    Case(
        "the target of the features is missing in some rows",
        parquet(FEATURES, lambda t: t.assign(late=t["late"].where(t.index > 9))),
        "column late",
        "train",
    ),
    Case(
        "the target of the features is one class",
        parquet(FEATURES, lambda t: t.assign(late=t["late"] * 0)),
        "data/features holds no row with late 1",
        "train",
    ),
    Case(
        "the features have no rows",
        parquet(FEATURES, lambda t: t.head(0)),
        "no training row",
        "train",
    ),
    Case(
        "the features have no columns",
        parquet(FEATURES, lambda t: t[["late"]]),
        "no feature",
        "train",
    ),
    Case("the only month of features is gone", removed(FEATURES), "holds no partition", "train"),
    Case("features of a month more", another_month, "do not hold the same rows", "train"),
    Case("prepared months are gone", removed(*PREPARED), "holds no partition", "validate"),
    Case("a prepared month is a pipe", made_a_pipe(PREPARED[0]), "no ordinary file", "validate"),
    Case(
        "a prepared month is CSV",
        content(PREPARED[0], lambda _: b"a,b\n1,2\n"),
        "cannot read data/prepared/2013-09.parquet",
        "validate",
    ),
    Case(
        "a prepared month has no rows",
        parquet(PREPARED[0], lambda t: t.head(0)),
        "there are only 1 partitions: 2013-10",
        "validate",
    ),
    Case(
        "a prepared month has an empty column",
        parquet(PREPARED[0], lambda t: t.assign(distance=None)),
        "column distance",
        "validate",
    ),
    Case(
        "the target is text before the checks",
        parquet(PREPARED[0], lambda t: t.assign(late="yes")),
        "column late",
        "validate",
    ),
    Case(
        "a time lacks its zone",
        parquet(
            PREPARED[0],
            lambda t: t.assign(scheduled_departure=t["scheduled_departure"].dt.tz_localize(None)),
        ),
        "Field scheduled_departure has incompatible types",
        "validate",
    ),
    Case(
        "a part of the key is missing",
        parquet(PREPARED[0], lambda t: t.assign(carrier=t["carrier"].where(t.index > 1))),
        "2 rows: column carrier",
        "validate",
        "quarantined",
    ),
    Case(
        "a column has a name that the stages use",
        parquet(PREPARED[0], lambda t: t.assign(split="train")),
        "split",
        "validate",
    ),
]

MODELS = [
    Case(
        "a model is missing",
        removed(ESTIMATOR),
        "models/estimator.skops does not exist",
        "evaluate",
    ),
    Case(
        "a model is an empty file",
        content(ESTIMATOR, lambda _: b""),
        "is not a readable model file",
        "evaluate",
    ),
    Case("a model is a pipe", made_a_pipe(ESTIMATOR), "no ordinary file", "evaluate"),
    Case("a model is a folder", made_a_folder(ESTIMATOR), "models/estimator.skops", "evaluate"),
    Case(
        "a model is an archive of something else",
        content(ESTIMATOR, lambda _: nothing_in("notes.txt")),
        "is not a readable model file",
        "evaluate",
    ),
    Case(
        "a model is an archive with an empty schema",
        content(ESTIMATOR, lambda _: nothing_in("schema.json")),
        "is not a readable model file",
        "evaluate",
    ),
    Case(
        "a featurizer is a pickle",
        content(FEATURIZER, lambda _: pickle.dumps(StandardScaler())),
        "is not a readable model file",
        "evaluate",
    ),
    Case(
        "a model is not fitted",
        model(ESTIMATOR, LogisticRegression()),
        "do not fit together",
        "evaluate",
    ),
    Case(
        "a model is of another task: a regression",
        model(ESTIMATOR, Ridge().fit(ROWS, THREE)),
        "is not of task: binary",
        "evaluate",
    ),
    Case(
        "a model is of another task: trees",
        model(ESTIMATOR, HistGradientBoostingRegressor(max_iter=2).fit(ROWS, THREE)),
        "is not of task: binary",
        "evaluate",
    ),
    Case(
        "a model knows three classes",
        model(ESTIMATOR, HistGradientBoostingClassifier(max_iter=2).fit(ROWS, THREE)),
        "knows 3 classes",
        "evaluate",
    ),
    Case(
        "a model knows classes by names",
        model(ESTIMATOR, LogisticRegression().fit(ROWS, np.where(THREE > 0, "late", "on time"))),
        "classes",
        "evaluate",
    ),
    Case(
        "a model takes a feature more",
        model(ESTIMATOR, Ridge().fit(np.c_[ROWS, THREE], THREE)),
        "do not fit together",
        "evaluate",
    ),
    Case(
        "a featurizer is not fitted",
        model(FEATURIZER, make_pipeline(StandardScaler())),
        "do not fit together",
        "evaluate",
    ),
    Case(
        "a featurizer is of nameless columns",
        model(FEATURIZER, make_pipeline(StandardScaler(), StandardScaler()).fit(ROWS)),
        "models/featurizer.skops",
        "evaluate",
    ),
    Case(
        "a featurizer is of other columns",
        model(
            FEATURIZER,
            make_pipeline(StandardScaler(), StandardScaler()).fit(
                pd.DataFrame(ROWS, columns=[f"c{n}" for n in range(WIDTH)])
            ),
        ),
        "it has no column c0",
        "evaluate",
    ),
]
