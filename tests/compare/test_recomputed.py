"""Files of an evaluation against what the model file gives, once they are edited by hand."""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from tests.compare.test_compare_tasks import TASKS, contract, rows_of, side
from tests.conftest import PARAMS, PYTHON
from tests.variants import nightly_after
from truerun.base import paths, tables
from truerun.base.tasks import Task
from truerun.compare import recomputed
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference, Missing
from truerun.evaluation import evaluation
from truerun.evaluation.evaluation import RESULTS, SLICES, EvaluationTerms
from truerun.model import estimators, model_files, tasks
from truerun.params.value import PriceList
from truerun.project import params
from truerun.project.params import Params

CARD, PREDICTIONS = str(paths.CARD), str(paths.PREDICTIONS)
OTHERS = "others"


def chosen(task: Task) -> Params:
    whole = params.load(PARAMS)
    some = {"slices": ("place",), "min_slice_rows": 10, "importance_rows": 300}
    some["threshold"] = 0.5 if task == "binary" else None
    some["value"] = None
    return whole.model_copy(update={"evaluate": whole.evaluate.model_copy(update=some)})


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Task], Path]:
    """What the stage `evaluate` leaves, of each task; nothing is evaluated twice."""
    folders: dict[Task, Path] = {}

    def of(task: Task) -> Path:
        if task not in folders:
            its, settings = contract(task), chosen(task)
            revision = side(tmp_path_factory.mktemp(task), rows_of(task), its, "x", "z")
            terms = EvaluationTerms(its, settings.evaluate, settings.source, settings.train.model)
            rows = revision.folder / paths.VALIDATED
            evaluation.evaluate(revision.model(), rows, terms).write(revision.folder)
            folders[task] = revision.folder
        return folders[task]

    return of


@dataclass(frozen=True)
class Written:
    """The files of an evaluation that has been written once."""

    folder: Path

    def write(self, folder: Path) -> None:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def written() -> dict[bytes, Written]:
    """Evaluations by what they are made of."""
    return {}


@pytest.fixture(autouse=True)
def evaluated_once(
    written: dict[bytes, Written], tmp_path_factory: pytest.TempPathFactory, monkeypatch
) -> None:
    """Evaluate a model on the same rows once: most tests edit only the other files."""
    evaluate = evaluation.evaluate

    def once(model: Any, validated: Path, terms: EvaluationTerms) -> Written:
        files = [validated.parent.parent / paths.MODEL, *sorted(validated.iterdir())]
        made_of = hashlib.sha256(repr(terms).encode())
        for file in files:
            made_of.update(file.read_bytes())
        key = made_of.digest()
        if key not in written:
            folder = tmp_path_factory.mktemp("written")
            evaluate(model, validated, terms).write(folder)
            written[key] = Written(folder)
        return written[key]

    monkeypatch.setattr(evaluation, "evaluate", once)


@pytest.fixture
def head(evaluated: Callable[[Task], Path], tmp_path: Path) -> Path:
    """The files of a binary task, to be edited."""
    return shutil.copytree(evaluated("binary"), tmp_path / "head")


def held(folder: Path, task: Task = "binary", *, exact: bool = True) -> list[LockDifference]:
    head = Revision("the head", None, folder)
    found = recomputed.differences(head, chosen(task), contract(task), exact=exact)
    assert not isinstance(found, Missing), found
    return found


def names(folder: Path, *, exact: bool = True) -> list[str]:
    return [one.name for one in held(folder, exact=exact)]


def edit_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")  # no figure is rounded


def edit_scores(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / paths.PREDICTIONS
    tables.write_table(change(tables.read_table(path)), path)


@pytest.mark.slow
@pytest.mark.parametrize("task", nightly_after(2, TASKS))
def test_what_the_model_gives_passes_and_each_edit_is_named_in_every_task(
    task: Task, evaluated: Callable[[Task], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(evaluated(task), tmp_path / "head")
    assert held(folder, task) == []
    assert held(folder, task, exact=False) == []

    main = tasks.TASKS[task].main_metric
    edit_json(folder / RESULTS, lambda of: of["test"].update({main: of["test"][main] * 1.001}))
    edit_json(folder / RESULTS, lambda of: of["train"].update({main: of["train"][main] * 0.999}))
    edit_json(folder / SLICES, lambda of: of["place"]["0"].update({main: 0.9}))
    score = next(
        name for name in tables.column_names(folder / paths.PREDICTIONS) if "score" in name
    )

    def raised(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[4, score] *= np.float32(1.01)
        return rows

    edit_scores(folder, raised)
    (folder / paths.CARD).write_text("The best model\n", encoding="utf-8")
    found = [one.name for one in held(folder, task)]
    assert found[0] == f"{PREDICTIONS}: {score} of 1 row, first number 12"
    assert found[1:3] == [f"evaluate.json: test.{main}", f"evaluate.json: train.{main}"]
    assert found[3:] == [f"slices.json: place.0.{main}", CARD]
    others = [one.name for one in held(folder, task, exact=False)]
    assert others == found[:-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (
            lambda rows: rows.assign(score=rows["y"].astype("float32")),
            "score of 300 rows, first number 0",
        ),
        (lambda rows: rows.assign(y=1 - rows["y"]), "y of 300 rows, first number 0"),
        (lambda rows: rows.assign(score=np.float32(np.nan)), "score of 300 rows, first number 0"),
        (
            lambda rows: rows.assign(score=rows["score"].astype("float64")),
            "score of 300 rows, first number 0",
        ),
        (
            lambda rows: rows.assign(score=rows["score"].astype(str)),
            "score of 300 rows, first number 0",
        ),
        (lambda rows: rows.assign(number=rows["number"] + 3), "number of 300 rows, first number 0"),
    ],
)
def test_the_first_of_the_scores_that_differ_is_named(
    head: Path, change: Callable[[pd.DataFrame], pd.DataFrame], name: str
) -> None:
    edit_scores(head, change)
    assert names(head) == [f"{PREDICTIONS}: {name}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:200], "200 rows of number, place, y, score"),
        (lambda rows: rows.drop(columns="place"), "300 rows of number, y, score"),
        (
            lambda rows: rows[["place", "number", "y", "score"]],
            "300 rows of place, number, y, score",
        ),
        (lambda rows: rows.assign(more=1), "300 rows of number, place, y, score, more"),
        (lambda rows: rows.rename(columns={"y": 5}), "300 rows of number, place, 5, score"),
    ],
)
def test_scores_of_other_rows_or_columns_are_told_by_their_shape(
    head: Path, change: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    edit_scores(head, change)
    (one,) = held(head)
    assert (one.name, one.expected, one.found) == (
        PREDICTIONS,
        "300 rows of number, place, y, score",
        said,
    )


@pytest.mark.slow
@pytest.mark.parametrize("exact", [True, False])
def test_scores_of_any_kind_are_no_crash(head: Path, exact: bool) -> None:
    path = head / paths.PREDICTIONS
    rows = tables.read_table(path)
    turned = rows.set_index(pd.RangeIndex(7, 307))
    turned.to_parquet(path)
    assert names(head, exact=exact) == []  # of how its rows are named nobody reads anything
    few = rows["score"].astype("Float64")
    few[0] = None
    for other in (
        {"score": few},
        {"score": rows["score"].map(lambda _: b"x")},
        {"score": [[0.5]] * 300},
        {"score": None},
        {"score": pd.Timestamp("2026-01-01")},
        {"place": rows["place"].astype("category")},
    ):
        rows.assign(**other).to_parquet(path)
        (name,) = names(head, exact=exact)
        assert name.startswith(f"{PREDICTIONS}: {next(iter(other))} of ")
    for content in (b"", b"PAR1", b"no table"):
        path.write_bytes(content)
        (one,) = held(head, exact=exact)
        assert (one.name, one.expected) == (PREDICTIONS, "a table of scores")
        assert one.found.startswith("cannot read data/predictions.parquet")
    path.unlink()
    (one,) = held(head, exact=exact)
    assert one.found == "data/predictions.parquet does not exist: run `dvc repro`, which makes it"


@pytest.mark.parametrize(
    "change",
    [
        lambda of: of["test"].update(roc_auc=round(of["test"]["roc_auc"], 3)),
        lambda of: of["test"].update(roc_auc=str(of["test"]["roc_auc"])),
        lambda of: of["test"].update(roc_auc=None),
        lambda of: of["test"].update(roc_auc=float("nan")),
        lambda of: of["test"].update(roc_auc=10**400),
        lambda of: of["test"].pop("roc_auc"),
        lambda of: of["test"].update(roc_auc=[0.9]),
    ],
)
def test_a_figure_that_is_edited_rounded_or_gone_is_named(
    head: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    edit_json(head / RESULTS, change)
    assert names(head) == ["evaluate.json: test.roc_auc"]


def test_a_figure_of_another_kind_or_one_that_nothing_gives_is_named(head: Path) -> None:
    edit_json(head / RESULTS, lambda of: of["test"].update(best=True))
    edit_json(head / RESULTS, lambda of: of["test"].update(rows=float(of["test"]["rows"])))
    assert names(head) == ["evaluate.json: test.rows", "evaluate.json: test.best"]


def test_a_figure_beside_one_of_its_full_name_hides_nothing(head: Path) -> None:
    def hide(of: dict[str, Any]) -> None:
        of["test.roc_auc"], of["test"]["roc_auc"] = of["test"]["roc_auc"], 0.99

    edit_json(head / RESULTS, hide)
    assert names(head) == ["evaluate.json: test.roc_auc", 'evaluate.json: "test.roc_auc"']


def test_a_training_figure_that_is_edited_is_named(head: Path) -> None:
    edit_json(head / RESULTS, lambda of: of["train"].update(roc_auc=of["train"]["roc_auc"] - 1e-9))
    (one,) = held(head)
    assert (one.stage, one.kind, one.name) == ("evaluate", "figure", "evaluate.json: train.roc_auc")
    assert float(one.expected) == pytest.approx(float(one.found) + 1e-9)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    "text", ["", "{", "\xff", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", None]
)
def test_figures_that_cannot_be_read_are_told(head: Path, text: str | None, exact: bool) -> None:
    if text is None:
        (head / SLICES).unlink()
    else:
        (head / SLICES).write_text(text, encoding="latin-1")
    (one,) = held(head, exact=exact)
    assert (one.name, one.expected) == (str(SLICES), "figures of the stage evaluate")


@pytest.mark.parametrize("text", ["[]", "7", "null", "{}", "NaN"])
def test_figures_of_another_form_are_all_gone(head: Path, text: str) -> None:
    (head / RESULTS).write_text(text, encoding="utf-8")
    found = names(head)
    assert "evaluate.json: test.roc_auc" in found
    assert len(found) > 10


def test_plots_pictures_and_card_are_told_if_edited_missing_or_made_by_nothing(head: Path) -> None:
    plots = head / paths.PLOTS
    table = (plots / "roc.csv").read_text(encoding="utf-8")
    (plots / "roc.csv").write_text(table + "1,1\n", encoding="utf-8")
    swapped = (plots / "roc.svg").read_bytes()
    (plots / "roc.svg").write_bytes(swapped.replace(b"<svg", b"<SVG"))
    (plots / "importance.csv").unlink()
    (plots / "confusion.svg").unlink()
    (plots / "confusion.svg").mkdir()
    (plots / "deep").mkdir()
    (plots / "deep/more.svg").touch()
    (plots / "z.txt").write_text("more", encoding="utf-8")
    (plots / ".gitignore").write_text("/roc.csv\n", encoding="utf-8")
    (head / paths.CARD).unlink()
    found = {one.name: (one.kind, one.expected, one.found) for one in held(head)}
    assert list(found) == [
        CARD,
        *(
            f"plots/{name}"
            for name in (
                "confusion.svg",
                "deep/more.svg",
                "importance.csv",
                "roc.csv",
                "roc.svg",
                "z.txt",
            )
        ),
    ]
    assert found["plots/z.txt"] == ("file", "no file", "4 bytes")
    assert found["plots/deep/more.svg"] == ("file", "no file", "0 bytes")
    assert found["plots/importance.csv"][2] == found["plots/confusion.svg"][2] == "no file"
    assert found["plots/roc.svg"][2] == OTHERS
    assert found[CARD][2] == "no file"
    assert held(head, exact=False) == []  # with other packages a picture may be another


def test_with_other_packages_scores_and_figures_may_differ_by_rounding(head: Path) -> None:
    edit_scores(head, lambda rows: rows.assign(score=rows["score"] + np.float32(5e-6)))
    edit_json(head / RESULTS, lambda of: of["test"].update(roc_auc=of["test"]["roc_auc"] + 5e-5))
    assert held(head, exact=False) == []
    assert names(head) == [
        f"{PREDICTIONS}: score of 300 rows, first number 0",
        "evaluate.json: test.roc_auc",
    ]
    edit_scores(head, lambda rows: rows.assign(score=rows["score"] + np.float32(5e-5)))
    edit_json(head / RESULTS, lambda of: of["test"].update(roc_auc=of["test"]["roc_auc"] + 5e-4))
    assert names(head, exact=False) == names(head)


@pytest.mark.slow
def test_another_model_than_the_one_evaluated_is_told(head: Path) -> None:
    rows = rows_of("binary")
    model = LogisticRegression().fit(rows[["x"]], rows["y"])
    model_files.dump_model(model, head / paths.MODEL)
    found = names(head)
    assert found[0] == f"{PREDICTIONS}: score of 300 rows, first number 0"
    assert {"evaluate.json: test.roc_auc", "plots/importance.csv", "plots/roc.svg"} <= {*found}


def other_models() -> dict[str, Any]:
    """Models that do not score the rows of a binary task, for different reasons."""
    rows, classes = rows_of("binary"), rows_of("multiclass")["y"]
    return {
        "unfitted": LogisticRegression(),
        "no classes": LinearRegression().fit(rows[["x"]], rows["y"]),
        "other columns": LogisticRegression().fit(rows[["number"]].add_prefix("a"), rows["y"]),
        "three classes": LogisticRegression().fit(rows[["x"]], classes),
        "no names": LogisticRegression().fit(rows[["x"]].to_numpy(), rows["y"]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", other_models())
def test_a_model_that_cannot_score_is_told(head: Path, name: str) -> None:
    model = other_models()[name]
    model_files.dump_model(model, head / paths.MODEL)
    (one,) = held(head)
    assert (one.name, one.expected) == (str(paths.MODEL), "a model that scores")


@pytest.mark.slow
def test_a_model_whose_parts_do_not_fit_is_told(
    evaluated: Callable[[Task], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(evaluated("regression"), tmp_path / "head")
    rows = rows_of("regression")
    model = HistGradientBoostingRegressor(max_iter=2).fit(rows[["x", "z"]], rows["y"])
    model._predictors = [[None]]
    model_files.dump_model(model, folder / paths.MODEL, estimators.TRUSTED)
    (one,) = held(folder, "regression")
    assert (one.name, one.expected) == (str(paths.MODEL), "a model that can be read")
    assert "is not a readable model file: HistGradientBoostingRegressor: " in one.found


@pytest.mark.slow
def test_a_model_that_ends_its_process_is_told(head: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", PYTHON)  # the process is to be its own
    rows = rows_of("binary")
    model_files.dump_model(LogisticRegression().fit(rows[["z"]], rows["y"]), head / paths.MODEL)
    its_own = Revision("the head", None, head)
    model = its_own.isolated_model()
    assert not isinstance(model, Missing)
    os.kill(model._channel._process.pid, signal.SIGSEGV)
    (one,) = recomputed.differences(its_own, chosen("binary"), contract("binary"), exact=True)
    assert (one.name, one.expected) == (str(paths.MODEL), "a model that scores")
    assert one.found == "models/model.skops: its process crashed (SIGSEGV)"


def test_a_model_that_takes_the_target_is_told(head: Path) -> None:
    rows = rows_of("binary")
    model = LogisticRegression().fit(rows[["x", "y"]], rows["y"])
    model_files.dump_model(model, head / paths.MODEL)
    (one,) = held(head)
    assert (one.name, one.expected) == (str(paths.MODEL), "a model that scores")
    assert one.found == "the model takes y, which is no feature of schema.yaml"


def test_a_model_that_is_missing_is_unknown_and_one_that_is_broken_is_found(head: Path) -> None:
    path, revision = head / paths.MODEL, Revision("the head", None, head)
    path.write_bytes(b"no model")
    (one,) = recomputed.differences(revision, chosen("binary"), contract("binary"), exact=True)
    assert (one.name, one.expected) == (str(paths.MODEL), "a model that can be read")
    assert "is not a readable model file" in one.found
    path.unlink()
    found = recomputed.differences(revision, chosen("binary"), contract("binary"), exact=True)
    assert isinstance(found, Missing)
    assert found.missing.startswith("the model of the head: ")


def test_rows_that_are_missing_are_said_to_be_and_rows_that_are_broken_are_told(head: Path) -> None:
    table = head / paths.VALIDATED / "one.parquet"
    table.write_bytes(b"no table")
    (one,) = held(head)
    assert (one.name, one.expected) == (str(paths.VALIDATED), "rows that can be read")
    assert one.found.startswith("cannot read data/validated/one.parquet")
    table.unlink()
    revision = Revision("the head", None, head)
    found = recomputed.differences(revision, chosen("binary"), contract("binary"), exact=True)
    assert isinstance(found, Missing)
    assert found.missing.startswith("the validated rows of the head: ")
    assert str(head) not in found.missing


@pytest.mark.slow
def test_rows_that_are_others_give_other_scores(head: Path) -> None:
    path = head / paths.VALIDATED / "one.parquet"
    rows = tables.read_table(path)
    tables.write_table(rows.assign(x=rows["x"] + 1), path)
    assert names(head)[0] == f"{PREDICTIONS}: score of 300 rows, first number 0"
    tables.write_table(rows.drop(columns="split"), path)
    assert len(held(head)) == 1


@pytest.mark.slow
def test_the_best_threshold_is_taken_as_claimed_and_a_broken_claim_is_told(head: Path) -> None:
    prices = {"true_positive": 3, "false_positive": -1, "false_negative": 0, "true_negative": 0}
    value = PriceList.model_validate({"name": "profit", "unit": "euros", **prices})
    its, settings = contract("binary"), chosen("binary")
    evaluate = settings.evaluate.model_copy(update={"value": value})
    settings = settings.model_copy(update={"evaluate": evaluate})
    terms = EvaluationTerms(its, evaluate, settings.source, settings.train.model, 0.25)
    revision = Revision("the head", None, head)
    evaluation.evaluate(revision.model(), head / paths.VALIDATED, terms).write(head)

    def told(claim: str) -> list[str]:
        (head / "metrics/threshold.json").write_text(claim, encoding="utf-8")
        found = recomputed.differences(revision, settings, its, exact=True)
        assert not isinstance(found, Missing), found
        return [one.name for one in found]

    assert told('{"best": 0.25}') == []
    assert told('{"best": 0.75}') == ["plots/value.csv", "plots/value.svg"]
    assert told("{}")[0] == "metrics/threshold.json"
