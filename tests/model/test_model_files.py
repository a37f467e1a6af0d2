"""Model files: same model, same bytes; only trusted types; a broken file is told by its name."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    StandardScaler,
    TargetEncoder,
)
from skops.io import dump, dumps, get_untrusted_types

from truerun.model import estimators, model_files
from truerun.model.model_files import ModelFileError

dump_model = partial(model_files.dump_model, trusted=estimators.TRUSTED)
load_model = partial(model_files.load_model, trusted=estimators.TRUSTED)

LIGHTGBM = {
    "n_estimators": 3,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}


def forest(kind, **parameters):
    return kind(n_estimators=3, max_depth=4, random_state=1, **parameters)


ESTIMATORS = {
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=3, random_state=1),
    "boosting, stopped early": lambda: HistGradientBoostingRegressor(
        max_iter=3, random_state=1, early_stopping=True, max_features=0.5
    ),
    "logistic": lambda: LogisticRegression(C=0.5),
    "ridge": Ridge,
    "forest": lambda: forest(RandomForestClassifier),
    "forest of numbers": lambda: forest(RandomForestRegressor),
    "lightgbm": lambda: LGBMClassifier(**LIGHTGBM),
    "lightgbm of numbers": lambda: LGBMRegressor(**LIGHTGBM),
    "blend": lambda: VotingClassifier(
        [("ours", DummyClassifier()), ("lightgbm", LGBMClassifier(**LIGHTGBM))], voting="soft"
    ),
    "rate": lambda: DummyClassifier(strategy="prior"),
    "mean": DummyRegressor,
}
NAMES = sorted(ESTIMATORS)


def table():
    rng = np.random.default_rng(7)
    size = 240
    frame = pd.DataFrame(
        {
            "carrier": pd.Series(rng.choice(["AA", "B6", "UA"], size)).mask(rng.random(size) < 0.1),
            "dest": rng.choice([f"D{number:02}" for number in range(12)], size),
            "hour": rng.integers(0, 24, size),
            "notes": pd.Series(rng.choice(["late again", "again", ""], size)).mask(
                rng.random(size) < 0.1
            ),
            "wind": np.where(rng.random(size) < 0.2, np.nan, rng.normal(size=size)),
        }
    )
    late = (frame["hour"] + 8 * (frame["dest"] < "D04") + rng.normal(0, 4, size) > 16).astype(
        "int8"
    )
    return frame, late


def fitted(name):
    """The featurizer that the project builds, with an estimator behind it, fitted."""
    estimator = ESTIMATORS[name]()
    folds = (KFold if is_regressor(estimator) else StratifiedKFold)(3, shuffle=True, random_state=3)
    linear = [("impute", SimpleImputer()), ("scale", StandardScaler())]
    words = [
        ("filled", SimpleImputer(strategy="constant", fill_value="")),
        ("flat", FunctionTransformer(np.ravel)),
        ("weighed", TfidfVectorizer(vocabulary=["again", "late"], dtype=np.float32)),
    ]
    columns = ColumnTransformer(
        [
            (
                "one_hot",
                OneHotEncoder(handle_unknown="ignore", dtype=np.float32, sparse_output=False),
                ["carrier"],
            ),
            ("target", TargetEncoder(cv=folds), ["dest"]),
            ("same", "passthrough", ["hour"]),
            ("filled", Pipeline(linear), ["wind"]),
            ("words", Pipeline(words), ["notes"]),
        ],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    to_float32 = FunctionTransformer(
        np.asarray, kw_args={"dtype": "float32"}, feature_names_out="one-to-one"
    )
    model = Pipeline([("columns", columns), ("float32", to_float32), ("model", estimator)])
    frame, late = table()
    return model.fit(frame, late)


def answers(model):
    frame, _ = table()
    ask = getattr(model, "predict_proba", model.predict)
    return ask(frame)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def written(model, path):
    dump_model(model, path)
    return path.read_bytes()


def schema_of(path):
    with ZipFile(path) as archive:
        return json.loads(archive.read("schema.json"))


def with_schema(path, schema):
    """The file at `path` again, with another schema."""
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["schema.json"] = json.dumps(schema).encode()
    with ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.fixture(scope="module")
def models():
    return {name: fitted(name) for name in NAMES}


@pytest.fixture(scope="module")
def digests_elsewhere(tmp_path_factory):
    """What another process writes: it fits all models again, with other hashes and more threads."""
    other = {"PYTHONHASHSEED": "4242", "OMP_NUM_THREADS": str((os.cpu_count() or 1) + 1)}
    output = subprocess.check_output(
        [sys.executable, __file__, str(tmp_path_factory.mktemp("elsewhere"))],
        env=os.environ | other | {"OMP_WAIT_POLICY": "PASSIVE"},
        timeout=120,
    )
    return json.loads(output)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_model_fitted_again_in_another_process_gives_the_same_bytes(
    name, models, digests_elsewhere, tmp_path
):
    path = tmp_path / "model.skops"
    dump_model(models[name], path)

    assert digest(path) == digests_elsewhere[name]


@pytest.mark.slow
def test_every_trusted_type_is_needed_by_a_model_of_ours(models):
    needed = {name for model in models.values() for name in get_untrusted_types(data=dumps(model))}

    assert needed == {*model_files.TRUSTED, *estimators.TRUSTED}


@pytest.mark.slow
def test_every_type_that_is_trusted_anyway_is_needed_by_a_featurizer_of_ours(models):
    needed = {
        name for model in models.values() for name in get_untrusted_types(data=dumps(model[:-1]))
    }

    assert needed == set(model_files.TRUSTED)


def test_a_type_of_an_estimator_is_trusted_only_where_an_estimator_may_be(models, tmp_path):
    path = tmp_path / "model.skops"
    with pytest.raises(ModelFileError, match=r"untrusted types: sklearn\.tree\._tree\.Tree"):
        model_files.dump_model(models["forest"], path)
    assert not path.exists()
    dump_model(models["forest"], path)
    with pytest.raises(ModelFileError, match=r"untrusted types: sklearn\.tree\._tree\.Tree"):
        model_files.load_model(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_model_predicts_exactly_as_before_and_gives_the_same_file(name, models, tmp_path):
    first, second = tmp_path / "first.skops", tmp_path / "second.skops"
    dump_model(models[name], first)
    loaded = load_model(first)
    dump_model(loaded, second)

    np.testing.assert_array_equal(answers(loaded), answers(models[name]))
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.slow
def test_each_model_has_its_own_bytes(models, tmp_path):
    assert len({written(model, tmp_path / "m.skops") for model in models.values()}) == len(models)


@pytest.mark.parametrize(
    "other", [{"random_state": 2}, {"max_depth": 3}, {"min_samples_leaf": 2}], ids=str
)
def test_another_seed_or_parameter_gives_other_bytes(other, tmp_path):
    frame, late = table()
    forests = [
        RandomForestClassifier(**{"n_estimators": 2, "max_depth": 5, "random_state": 1} | change)
        for change in ({}, other)
    ]
    one, another = (
        written(model.fit(frame[["hour"]], late), tmp_path / "m.skops") for model in forests
    )

    assert one != another


def test_the_file_holds_no_date_no_address_and_is_not_compressed(models, tmp_path):
    path = tmp_path / "model.skops"
    dump_model(models["boosting"], path)

    with ZipFile(path) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {0}
    names = [entry.filename for entry in entries]
    assert names == ["schema.json", *(f"{number}.npy" for number in range(len(names) - 1))]
    assert str(id(models["boosting"])) not in path.read_text(errors="replace")


def test_equal_scalars_and_text_give_the_same_bytes_whether_or_not_they_are_one_object(tmp_path):
    number, text, pair, small = 12.5, "carrier", (1, "a"), np.float32(0.5)
    dtype, same = np.dtype([("a", "f4")]), np.dtype([("a", "f4")])
    one_object = [number, number, text, text, pair, pair, small, small, dtype, dtype]
    equal = json.loads('[12.5, 12.5, "carrier", "carrier"]')
    equal += [tuple(item) for item in json.loads('[[1, "a"], [1, "a"]]')]
    equal += [np.float32(0.5), np.float32(0.5), dtype, same]
    assert [one is other for one, other in itertools.pairwise(equal)].count(True) == 0
    transformers = [FunctionTransformer(kw_args={"held": held}) for held in (one_object, equal)]
    one, another = (written(model, tmp_path / "m.skops") for model in transformers)

    assert one == another


def test_one_array_held_twice_stays_one_and_two_equal_arrays_stay_two(tmp_path):
    array, random = np.arange(3.0), np.random.RandomState(5)
    path = tmp_path / "model.skops"
    held = {
        "array": array,
        "again": array,
        "equal": array.copy(),
        "random": random,
        "same": [random],
    }
    dump_model(FunctionTransformer(kw_args=held), path)
    loaded = load_model(path).kw_args

    assert loaded["again"] is loaded["array"]
    assert loaded["equal"] is not loaded["array"]
    np.testing.assert_array_equal(loaded["equal"], array)
    assert loaded["same"][0] is loaded["random"]
    assert loaded["random"].randint(1000) == random.randint(1000)
    again = tmp_path / "again.skops"
    dump_model(FunctionTransformer(kw_args=held | {"equal": array}), again)
    assert again.read_bytes() != path.read_bytes()


def test_the_order_of_a_mapping_is_kept_and_that_of_a_set_does_not_matter(tmp_path):
    names = [f"name {number}" for number in range(40)]
    path = tmp_path / "model.skops"
    backwards = dict.fromkeys(reversed(names), 1)
    one, another = (
        written(FunctionTransformer(kw_args={"set": held, "map": backwards}), path)
        for held in (set(names), set(reversed(names)))  # noqa: C414 -- filled in another order
    )

    assert one == another
    assert list(load_model(path).kw_args["map"]) == list(reversed(names))
    assert load_model(path).kw_args["set"] == set(names)


class Unknown:
    """A class that no list of ours names."""

    def __init__(self):
        self.value = 1


def test_a_model_that_could_not_be_loaded_again_is_not_written(tmp_path):
    path = tmp_path / "model.skops"
    with pytest.raises(ModelFileError, match=r"model\.skops: .*untrusted types: .*Unknown"):
        dump_model(FunctionTransformer(kw_args={"held": Unknown()}), path)
    with pytest.raises(ModelFileError, match=r"model\.skops: .*untrusted types: .*getcwd"):
        dump_model(FunctionTransformer(os.getcwd), path)
    with pytest.raises(ModelFileError, match=r"model\.skops: "):
        dump_model(FunctionTransformer(kw_args={"held": memoryview(b"")}), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", [{False: 0, True: 1}, {1: "a", "1": "b"}], ids=str)
def test_a_mapping_whose_keys_the_format_would_change_is_not_written(held, tmp_path):
    path = tmp_path / "model.skops"
    with pytest.raises(ModelFileError, match="cannot keep a mapping's keys"):
        dump_model(FunctionTransformer(kw_args=held), path)
    assert not path.exists()


@pytest.mark.parametrize("held", [Unknown(), [Unknown]], ids=["an object", "a type"])
def test_an_untrusted_type_is_refused_by_name(held, tmp_path):
    path = tmp_path / "foreign.skops"
    dump(FunctionTransformer(kw_args={"held": held}), path)

    with pytest.raises(ModelFileError, match=r"foreign\.skops is refused: .*\.Unknown"):
        load_model(path)


@pytest.mark.parametrize(
    "function",
    ["builtins.eval", "os.system", "posix.system", "subprocess.run", "numpy.load", "numpy.array"],
)
@pytest.mark.parametrize("loader", ["TypeNode", "FunctionNode", "ConstructorFromReduceNode"])
def test_a_function_is_refused_unless_its_own_name_is_trusted(function, loader, tmp_path):
    path = tmp_path / "tampered.skops"
    dump_model(FunctionTransformer(np.asarray), path)
    assert load_model(path).func is np.asarray

    schema = schema_of(path)
    module, _, name = function.rpartition(".")
    node = schema["content"]["content"]["func"]
    node |= {"__loader__": loader, "__module__": module, "__class__": name}
    node["content"] = schema["content"]["content"]["kw_args"]
    with_schema(path, schema)
    with pytest.raises(ModelFileError, match=rf"refused: .*untrusted types: {function}$"):
        load_model(path)


def test_a_trusted_name_does_not_hide_an_untrusted_one_beside_it(models, tmp_path):
    path = tmp_path / "tampered.skops"
    dump_model(models["boosting"], path)
    schema = schema_of(path)
    schema["content"]["content"]["memory"] = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "FunctionNode",
    }
    with_schema(path, schema)

    with pytest.raises(ModelFileError, match=r"untrusted types: os\.system$"):
        load_model(path)


def broken_files(whole):
    yield "empty", b""
    yield "text", b"not a model\n"
    yield "half", whole[: len(whole) // 2]
    yield "last byte gone", whole[:-1]
    yield "one byte flipped", whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]


def test_a_file_that_is_missing_or_broken_is_told_by_its_name(models, tmp_path):
    path = tmp_path / "model.skops"
    with pytest.raises(ModelFileError, match=r"model\.skops does not exist: run `dvc repro`"):
        load_model(path)
    with pytest.raises(ModelFileError, match="not a readable model file"):
        load_model(tmp_path)
    dump_model(models["ridge"], path)
    for name, content in broken_files(path.read_bytes()):
        broken = tmp_path / f"{name}.skops"
        broken.write_bytes(content)
        with pytest.raises(ModelFileError, match=f"{name}.skops is not a readable model file"):
            load_model(broken)


@pytest.mark.parametrize(
    "schema",
    [
        [],
        None,
        {},
        {"protocol": 2},
        {"protocol": 99},
        {"protocol": 2, "__class__": "dict", "__module__": "builtins", "__loader__": "NoNode"},
        {"protocol": 2, "__class__": "dict", "__module__": "builtins", "__loader__": "DictNode"},
        {"protocol": 2, "__class__": 1, "__module__": None, "__loader__": "ObjectNode"},
    ],
    ids=str,
)
def test_a_broken_schema_is_told_by_the_name_of_the_file(schema, tmp_path):
    path = tmp_path / "model.skops"
    dump_model(Ridge(), path)
    with_schema(path, schema)

    with pytest.raises(ModelFileError, match=r"model\.skops is not a readable model file"):
        load_model(path)


def test_a_member_that_is_gone_is_told_by_the_name_of_the_file(models, tmp_path):
    path = tmp_path / "model.skops"
    dump_model(models["ridge"], path)
    schema = schema_of(path)
    with ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))

    with pytest.raises(ModelFileError, match=r"model\.skops is not a readable model file"):
        load_model(path)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "model.skops"
    dump_model(Ridge(), path)
    before = path.read_bytes()
    with pytest.raises(ModelFileError):
        dump_model(FunctionTransformer(os.getcwd), path)

    assert path.read_bytes() == before
    (tmp_path / "folder.skops").mkdir()
    with pytest.raises(ModelFileError, match=r"cannot write .*folder\.skops"):
        dump_model(Ridge(), tmp_path / "folder.skops")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder.skops", "model.skops"]


def test_a_model_below_a_file_is_refused_by_its_path(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelFileError, match=r"^cannot write .*/file/model\.skops: "):
        dump_model(DummyClassifier(), tmp_path / "file" / "model.skops")


if __name__ == "__main__":  # one of the other processes: fit and write all, print the digests
    target = Path(sys.argv[1])
    for each in NAMES:
        dump_model(fitted(each), target / each)
    print(json.dumps({each: digest(target / each) for each in NAMES}))
