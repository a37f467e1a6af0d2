"""A model that has learned nothing, breaks a rule or was edited is found out."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tests.testing import shop
from truerun.base import paths, tables
from truerun.model import estimators, model_files
from truerun.model.split import SPLIT, TRAIN
from truerun.readme import block, model_figures
from truerun.template import texts
from truerun.testing import model
from truerun.testing.project import Project

pytestmark = pytest.mark.slow

FEATURES = ["plan", "joined weekday", "months", "spent", "own"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run of its pipeline."""
    root = tmp_path_factory.mktemp("run")
    shop.write(root)
    with shop.entered(root):
        shop.run(*shop.STAGES)
    return root


@pytest.fixture
def project(run: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it, to plant a fault in."""
    shutil.copytree(run, tmp_path / "copy")
    with shop.entered(tmp_path / "copy") as project:
        yield project


def trained(estimator: object) -> Project:
    """The project with another model, which is trained on its training rows."""
    rows = tables.read_partitions(paths.VALIDATED)
    train = rows[rows[SPLIT] == TRAIN]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [("text", one_hot, ["plan"]), ("number", "passthrough", FEATURES[1:])]
    )
    served = make_pipeline(columns, estimator).fit(train[FEATURES], train["left"])
    return serving(served)


def serving(served: object) -> Project:
    """The project with another model, and its predictions."""
    model_files.dump_model(served, paths.MODEL, {*estimators.TRUSTED})
    shop_predictions()
    return Project.load()


def shop_predictions() -> None:
    """Write what the served model says."""
    project = Project.load()
    there = tables.read_table(paths.PREDICTIONS)
    rows = tables.read_partitions(paths.VALIDATED).set_index("customer").loc[there["customer"]]
    scores = project.model.predict_proba(rows[FEATURES])[:, 1]
    tables.write_table(there.assign(score=scores.astype("float32")), paths.PREDICTIONS)


def test_the_model_of_a_run_passes_all_checks(project: Project) -> None:
    model.check_better_than_baseline(project)
    model.check_unknown_category(project)
    model.check_missing_values(project)
    model.check_directions(project)
    model.check_predictions(project)


def test_a_constant_score_is_not_better_than_the_baseline(project: Project) -> None:
    assert project.contract.task == "binary"
    constant = trained(DummyClassifier())
    pattern = r"^the model is not surely better than one score for everyone: ROC AUC is 0\.5000? on"
    with pytest.raises(AssertionError, match=pattern):
        model.check_better_than_baseline(constant)


@pytest.mark.usefixtures("project")
def test_a_monotone_column_that_goes_the_other_way_is_named() -> None:
    free = trained(HistGradientBoostingClassifier(min_samples_leaf=5, random_state=1))
    pattern = (
        r"^column spent is monotone: decreasing in schema\.yaml, and the score of customer C\d"
    )
    pattern += r"+ goes from \S+ to \S+ where it is raised from \S+ to \S+$"
    with pytest.raises(AssertionError, match=pattern):
        model.check_directions(free)


@pytest.mark.usefixtures("project")
def test_a_category_that_gets_no_score_is_named() -> None:
    rows = tables.read_partitions(paths.VALIDATED)
    strict = OneHotEncoder(handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer([("text", strict, ["plan"])])
    served = make_pipeline(columns, LogisticRegression()).fit(rows[FEATURES], rows["left"])
    project = serving(served)
    pattern = r"^a row with a plan that was never seen before is given no score: .*unknown categor"
    with pytest.raises(AssertionError, match=pattern):
        model.check_unknown_category(project)


@pytest.mark.usefixtures("project")
def test_a_missing_value_that_gets_no_score_is_named() -> None:
    rows = tables.read_partitions(paths.VALIDATED)
    columns = ColumnTransformer(
        [("number", SimpleImputer(), ["spent", "own"]), ("months", "passthrough", ["months"])]
    )
    served = make_pipeline(columns, LogisticRegression()).fit(rows[FEATURES], rows["left"])
    project = serving(served)
    pattern = r"^a row whose months is missing is given no score: Input X contains NaN"
    with pytest.raises(AssertionError, match=pattern):
        model.check_missing_values(project)


def test_a_prediction_that_was_edited_is_named(project: Project) -> None:
    there = tables.read_table(paths.PREDICTIONS)
    there.loc[3, "score"] += 1e-6
    tables.write_table(there, paths.PREDICTIONS)
    pattern = (
        rf": score of customer {there['customer'][3]} is \S+, and the model gives \S+ \(1 of 3"
    )
    with pytest.raises(AssertionError, match=pattern):
        model.check_predictions(project)


def test_predictions_of_other_rows_are_refused(project: Project) -> None:
    there = tables.read_table(paths.PREDICTIONS)
    tables.write_table(there.iloc[1:], paths.PREDICTIONS)
    with pytest.raises(
        AssertionError, match=r"predictions\.parquet has 301 rows, and the test rows"
    ):
        model.check_predictions(project)


def test_the_test_files_of_a_project_pass_and_find_a_fault(project: Project) -> None:
    assert project.params.source.name == "table"
    for name, text in texts.texts("shop", "truerun.whl").items():
        if name.startswith("tests/"):
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
    readme = f"# Shop\n\n{block.block(model_figures.of_project())}\n"
    block.README.write_text(readme, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "12 passed" in done.stdout, done.stdout
    features = Path("src/shop/features.py")
    features.write_text(
        features.read_text("utf-8") + "\nFEATURES['own'] = lambda rows: range(len(rows))\n"
    )
    block.README.write_text(readme.replace("| ROC AUC | 0.", "| ROC AUC | 1."), encoding="utf-8")
    command += ["-k", "order or source or figures"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    failed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == {
        "tests/test_data.py::test_rows_are_what_the_source_makes_of_the_raw_data",
        "tests/test_features.py::test_the_order_of_rows_does_not_matter",
        "tests/test_readme.py::test_the_figures_are_those_of_the_last_run",
    }
    assert "README.md has `| ROC AUC | 1." in done.stdout
