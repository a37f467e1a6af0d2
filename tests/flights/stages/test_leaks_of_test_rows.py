"""What test rows hold reaches nothing that is fitted, and a leak would be named.

`leaks` lets the stages featurize and train run on real rows, changes the test rows and nothing
else, lets them run again, and names the features of training rows that are not the same to the bit,
and the model files.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from sklearn.base import TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from flights import source as flights
from tests.conftest import ROOT, differences
from truerun.base import paths, tables
from truerun.contract import contract as contracts
from truerun.model import estimators, model_files
from truerun.model import featurizer as featurizers
from truerun.model.split import SPLIT, TEST, TRAIN
from truerun.stages import featurize, train

pytestmark = pytest.mark.slow

CONTRACT = contracts.load(ROOT / "schema.yaml")
TARGET = CONTRACT.target
NUMBERS = [name for name in CONTRACT.features(("plane",)) if CONTRACT.columns[name].type == "float"]
Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


@pytest.fixture(scope="module")
def validated(raw_sample: Path) -> dict[str, pd.DataFrame]:
    """Real rows of two months by month: all of October and a quarter of September are test rows."""
    rows = {
        month: flights.prepare(raw_sample, month, flights.Options(horizon_hours=3)).rows.iloc[::3]
        for month in ("2013-09", "2013-10")
    }
    test = {"2013-09": np.arange(len(rows["2013-09"])) % 4 == 0, "2013-10": True}
    return {
        month: part.assign(**{SPLIT: np.where(test[month], TEST, TRAIN)})
        for month, part in rows.items()
    }


@pytest.fixture(scope="module", autouse=True)
def _in_a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The stages run where few iterations are asked for."""
    root = tmp_path_factory.mktemp("stages")
    for name in ("params.yaml", "schema.yaml"):
        settings = (ROOT / name).read_text(encoding="utf-8")
        settings = settings.replace("max_iter: 120", "max_iter: 3")
        (root / name).write_text(settings, encoding="utf-8")
    (root / paths.VALIDATED).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield


def other_numbers(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    values = random.normal(50, 30, (len(rows), len(NUMBERS))).astype("float32")
    values[random.random(values.shape) < 0.1] = np.nan
    return rows.assign(**dict(zip(NUMBERS, values.T, strict=True)))


def other_targets(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return rows.assign(**{TARGET: random.integers(0, 2, len(rows)).astype("int8")})


def other_categories(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Mix the text, with carriers, origins and destinations that no training row has."""
    return rows.assign(
        carrier=random.choice(["UA", "ZZ", "YY"], len(rows)),
        origin=random.choice(["EWR", "SWF", "HPN"], len(rows)),
        destination=random.choice([*rows["destination"].unique(), "QQQ", "XXX"], len(rows)),
    )


def fewer_rows(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return rows[random.random(len(rows)) < 0.3]


def more_rows(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return pd.concat([rows, rows.sample(500, replace=True, random_state=random)])


CHANGES: dict[str, Change] = {
    "numbers": other_numbers,
    "targets": other_targets,
    "categories": other_categories,
    "fewer": fewer_rows,
    "more": more_rows,
}


def leaks(
    validated: dict[str, pd.DataFrame], changes: Collection[str] = CHANGES, seed: int = 0
) -> list[str]:
    """Features of training rows, and models, that change with the test rows."""
    random = np.random.default_rng(seed)
    other = {}
    for month, rows in validated.items():
        test = rows[rows[SPLIT] == TEST]
        for name in changes:
            test = CHANGES[name](test, random)
        # Test rows still stand among the others.
        together = pd.concat([rows[rows[SPLIT] == TRAIN], test])
        other[month] = together.sort_index(kind="stable")
    before, after = fitted(validated), fitted(other)
    names = differences(before[0], after[0])
    return names + [name for name in before[1] if before[1][name] != after[1][name]]


def fitted(validated: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, bytes]]:
    """Features and models that the stages make of the rows."""
    for month, rows in validated.items():
        tables.write_table(rows, tables.partition(paths.VALIDATED, month))
    featurize.main()
    train.main()
    files = {"featurizer": paths.FEATURIZER, "estimator": paths.ESTIMATOR}
    written = {name: path.read_bytes() for name, path in files.items()}
    return tables.read_partitions(paths.FEATURES), written


some_changes = st.lists(st.sampled_from(list(CHANGES)), min_size=1, unique=True)
any_seed = st.integers(0, 2**32 - 1)


@runs(max_examples=8)
@given(some_changes, any_seed)
def test_test_rows_reach_no_feature_of_a_training_row_and_no_model(validated, changes, seed):
    assert leaks(validated, changes, seed) == []


# Planted leaks.


def knows_all_rows(
    part: str, transformer: TransformerMixin | None = None
) -> Callable[[pytest.MonkeyPatch], None]:
    """Fit a part of the featurizer, or a transformer in its place, on all rows."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = featurizers.fit

        def fit(featurizer, features, train, contract) -> np.ndarray:
            encodings = real(featurizer, features, train, contract)
            every, columns = tables.read_partitions(paths.VALIDATED), featurizer["columns"]
            names = next(names for name, _, names in columns.transformers_ if name == part)
            knowing = transformer or columns.named_transformers_[part]
            knowing.fit(every[names], every[TARGET])
            columns.transformers_ = [
                (name, knowing if name == part else own, names)
                for name, own, names in columns.transformers_
            ]
            return knowing.transform(train[names]) if part == "many" else encodings

        patch.setattr(featurizers, "fit", fit)

    return plant


def knows_all_categories(patch: pytest.MonkeyPatch) -> None:
    """Let the one-hot encoder know the categories of all rows."""
    real = featurizers.fit

    def fit(featurizer, features, train, contract) -> np.ndarray:
        every, columns = tables.read_partitions(paths.VALIDATED), featurizer["columns"]
        real(featurizer, features, every, contract)
        encoder, names = columns.named_transformers_["many"], columns.transformers_[-1][-1]
        return encoder.fit_transform(train[names], train[TARGET])

    patch.setattr(featurizers, "fit", fit)


@pytest.mark.parametrize(
    ("plant", "change", "names"),
    [
        (knows_all_rows("many"), "targets", ["destination"]),
        (knows_all_rows("many"), "categories", ["destination"]),
        (knows_all_rows("number", StandardScaler()), "numbers", sorted(NUMBERS)),
        (
            knows_all_categories,
            "categories",
            ["carrier_YY", "carrier_ZZ", "origin_HPN", "origin_SWF"],
        ),
    ],
    ids=["target encoding by targets", "target encoding by categories", "scale", "one-hot"],
)
def test_a_featurizer_that_knows_all_rows_is_named(validated, monkeypatch, plant, change, names):
    plant(monkeypatch)
    assert leaks(validated, [change]) == [*names, "featurizer", "estimator"]


def test_an_estimator_that_knows_all_rows_is_named(validated, monkeypatch):
    def fit(_, estimator, *__) -> None:
        featurizer = model_files.load_model(paths.FEATURIZER)
        every = tables.read_partitions(paths.VALIDATED)
        features = featurizer.transform(every[list(featurizer.feature_names_in_)])
        estimator.fit(features, every[TARGET])

    monkeypatch.setattr(estimators, "fit", fit)
    assert leaks(validated, ["targets"]) == ["estimator"]


# A row's features are its own, whatever rows are beside it.


@pytest.fixture(scope="module")
def featurizer(validated) -> Pipeline:
    fitted(validated)
    return model_files.load_model(paths.FEATURIZER)


@pytest.fixture(scope="module")
def unseen(validated) -> pd.DataFrame:
    return validated["2013-10"].head(200)


def leaks_between_rows(
    featurizer: Pipeline, rows: pd.DataFrame, chosen: Collection[int], seed: int = 0
) -> list[str]:
    """Features of some rows that change where the rows beside them are others, or are gone."""

    def features(rows: pd.DataFrame) -> pd.DataFrame:
        table = featurizer.transform(rows[list(featurizer.feature_names_in_)])
        return pd.DataFrame(table, columns=featurizer.get_feature_names_out())

    random = np.random.default_rng(seed)
    alone = rows.iloc[list(chosen)]
    beside = rows.drop(alone.index)
    for change in CHANGES.values():
        beside = change(beside, random)
    expected = features(rows).iloc[list(chosen)]
    with_others = features(pd.concat([alone, beside])).head(len(alone))
    found = {*differences(expected, features(alone)), *differences(expected, with_others)}
    return sorted(found)


@runs(max_examples=20)
@given(st.sets(st.integers(0, 199), min_size=1), any_seed)
def test_a_row_is_transformed_alike_whatever_is_beside_it(featurizer, unseen, chosen, seed):
    assert leaks_between_rows(featurizer, unseen, chosen, seed) == []


def test_a_feature_that_is_scaled_by_its_batch_is_named(featurizer, unseen, monkeypatch):
    place = list(featurizer.get_feature_names_out()).index("humidity")
    real = featurizer.transform

    def transform(rows: pd.DataFrame) -> np.ndarray:
        table = real(rows)
        table[:, place] -= np.nanmean(table[:, place])
        return table

    monkeypatch.setattr(featurizer, "transform", transform)
    assert leaks_between_rows(featurizer, unseen, range(100)) == ["humidity"]
