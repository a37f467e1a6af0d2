"""A whole run of every task on real DVC, on a small table that a source of its own reads."""

import json
import re
import runpy
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from tests.conftest import COLD, ROOT, Project, clone
from tests.explore.notebook import run_here
from tests.variants import nightly_after
from truerun.contract import contract as contracts
from truerun.model import estimators, model_files, targets
from truerun.model.metrics import METRICS
from truerun.model.tasks import TASKS
from truerun.plots import dvc_yaml
from truerun.sources.table import own_features

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

OTHERS = ("multiclass", "regression", "counts")  # the flights are binary
SOURCE = '''"""Parquet files as they are, a partition each."""

from pathlib import Path

import pandas as pd

from truerun.base.settings import Section
from truerun.sources.protocol import Prepared


class Options(Section):
    """It has none."""


def partitions(raw: Path) -> list[str]:
    return sorted(path.stem for path in raw.glob("*.parquet"))


def prepare(raw: Path, name: str, options: Options) -> Prepared:
    rows = pd.read_parquet(raw / f"{name}.parquet")
    return Prepared(rows, len(rows), {})
'''


@dataclass(frozen=True)
class Table:
    """Rows with the key `id` and the column `target`, and what the contract says of columns."""

    rows: pd.DataFrame
    target: dict[str, Any]
    columns: dict[str, dict[str, Any]]
    split: str
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


def of_numbers(data: Any, target: np.ndarray, kind: dict[str, Any], **more: Any) -> Table:
    """A table of scikit-learn: its features are floats."""
    rows = data.data.rename(columns=lambda name: name.replace("/", " of "))
    columns = {name: {"type": "float", "known_in_time": True} for name in rows}
    rows = rows.astype("float64").assign(id=np.arange(len(rows)), target=target)
    return Table(rows, kind, columns, **more)


def visits() -> Table:
    """Made-up counts: of categories with gaps, free text, a boolean and a constant nothing."""
    random = np.random.default_rng(8)
    size = 900
    town = random.choice([f"town {number}" for number in range(30)], size)
    shop = random.choice(["a", "b|c", "$d$"], size)
    warm = random.normal(size=size)
    words = random.choice(["sale today", "closed early", "nothing new", ""], size)
    rate = np.exp(
        0.4 * warm + (words == "sale today") - (words == "closed early") + 0.5 * (shop == "a")
    )
    rows = pd.DataFrame(
        {
            "id": np.arange(size),
            "town": pd.Series(town, dtype="str").mask(random.random(size) < 0.1),
            "shop": pd.Series(shop, dtype="str").mask(random.random(size) < 0.05),
            "notes": pd.Series(words, dtype="str").mask(random.random(size) < 0.05),
            "warm": pd.Series(warm).mask(random.random(size) < 0.1),
            "open": (random.random(size) < 0.5).astype("float64"),
            "target": random.poisson(rate),
        }
    )
    columns = {
        "town": {"type": "text", "nullable": True},
        "shop": {"type": "text", "nullable": True, "categories": ["a", "b|c", "$d$"]},
        "notes": {"type": "text", "nullable": True, "words": True},
        "warm": {"type": "float", "nullable": True, "monotone": "increasing"},
        "open": {"type": "float", "min": 0, "max": 1},
    }
    return Table(
        rows,
        {"type": "int", "min": 0},
        columns,
        split="random",
        settings={
            "validate": {"target_rate": {"min": 0, "max": 10}},
            "evaluate": {"slices": ["shop"]},
        },
    )


def table_of(task: str) -> Table:
    """A real table of the task; counts are made up."""
    if task == "counts":
        return visits()
    if task == "binary":
        cancer = load_breast_cancer(as_frame=True)
        return of_numbers(
            cancer,
            cancer.target.astype("int64"),
            {"type": "int", "categories": [0, 1]},
            split="stratified",
            settings={"evaluate": {"threshold": 0.5}},
        )
    if task == "multiclass":
        wine = load_wine(as_frame=True)
        names = np.array(["barolo", "grignolino, or | so", "barbera"])
        return of_numbers(
            wine,
            pd.Series(names[wine.target], dtype="str"),
            {"type": "text", "categories": names.tolist()},
            split="stratified",
        )
    diabetes = load_diabetes(as_frame=True)
    return of_numbers(diabetes, diabetes.target, {"type": "float"}, split="random")


def adopted(task: str, root: Path) -> Project:
    """A clone whose source, data, contract, parameters and plots are those of a table."""
    project, table = clone(root), table_of(task)
    source = root / "src/tiny"
    source.mkdir()
    (source / "__init__.py").write_text('"""Tables as they are."""\n', encoding="utf-8")
    (source / "source.py").write_text(SOURCE, encoding="utf-8")
    flights = re.compile(r"^      - src/flights/.*\n(      - src/flights/.*\n)*", re.MULTILINE)
    steps, count = flights.subn("      - src/tiny\n", project.read("dvc.yaml"))
    assert count == 1
    (root / "dvc.yaml").write_text(steps, encoding="utf-8")
    (root / "data/raw").mkdir(parents=True)
    for name, rows in (("a", table.rows.iloc[::2]), ("b", table.rows.iloc[1::2])):
        rows.to_parquet(root / f"data/raw/{name}.parquet")
    outs = "".join(f"- path: raw/{name}.parquet\n  hash: md5\n" for name in ("a", "b"))
    (root / "data/raw.dvc").write_text(f"outs:\n{outs}", encoding="utf-8")
    project.run("dvc", "commit", "--force", "data/raw.dvc")

    key = {"id": {"type": "int", "feature": False}}
    write_yaml(
        root / "schema.yaml",
        {
            "task": task,
            "predicts": "the target of a small table",
            "not_for": "Anything.",
            "target": "target",
            "key": ["id"],
            "columns": {**key, **table.columns, "target": table.target},
        },
    )
    chosen = yaml.safe_load(project.read("params.yaml"))
    chosen["source"] = {"name": "tiny", "max_dropped": 0.0, "options": {}}
    chosen["split"] = {"by": table.split, "test_share": 0.3}
    chosen["validate"] |= {"min_rows": 20}
    del chosen["validate"]["target_rate"], chosen["evaluate"]["threshold"]
    chosen["featurize"] |= {"exclude": [], "max_words": 5}
    chosen["train"]["hist_gradient_boosting"] |= {"max_iter": 40, "min_samples_leaf": 10}
    chosen["train"]["random_forest"] |= {"n_estimators": 10, "min_samples_leaf": 3}
    chosen["train"]["lightgbm"] |= {"n_estimators": 40, "min_child_samples": 10}
    for name in chosen["train"]["blend"]:
        chosen["train"]["blend"][name] = chosen["train"][name]
    chosen["evaluate"] |= {"slices": [], "min_slice_rows": 30, "importance_rows": 100}
    chosen["evaluate"]["value"] = {"name": "profit", "unit": "euros", **prices(task, table.target)}
    chosen["compare"], chosen["gate"] = {}, {}
    for section, values in table.settings.items():
        chosen[section] |= values
    write_yaml(root / "params.yaml", chosen)
    pipeline = yaml.safe_load(project.read("dvc.yaml"))
    pipeline["plots"] = dvc_yaml.plots(task)
    write_yaml(root / "dvc.yaml", pipeline)
    return project


def prices(task: str, target: dict[str, Any]) -> dict[str, Any]:
    """What is right is worth 1, or each unit beside the truth costs 1."""
    if task != "multiclass":
        return {"over": 1.0, "under": 1}
    classes = target["categories"]
    return {"matrix": {a: {d: float(a == d) for d in classes} for a in classes}}


def write_yaml(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


@pytest.fixture(
    scope="module",
    params=nightly_after(1, ["regression", "multiclass", "counts"]),
)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The task, and a project in which all stages have run."""
    project = adopted(request.param, tmp_path_factory.mktemp(request.param) / "repository")
    printed = project.run("python", "-m", "truerun.repro")
    assert f"{TASKS[request.param].main_metric} " in printed
    assert "Warning" not in printed
    project.commit("The first run")
    return request.param, project


def results(project: Project) -> dict[str, Any]:
    return json.loads(project.read("metrics/evaluate.json"))


def better(task: str, found: dict[str, Any]) -> bool:
    """Whether the main metric of test rows is better than the baseline's."""
    value, baseline = (found[side][TASKS[task].main_metric] for side in ("test", "baseline"))
    return (value > baseline) == METRICS[task][TASKS[task].main_metric].higher_is_better


def test_a_second_run_gives_the_same_bytes(ran) -> None:
    task, project = ran
    other = {"PATH": COLD, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"}
    project.run("dvc", "repro", "--force", **other if task == "multiclass" else {})
    assert project.run("git", "status", "--short") == ""


def test_the_model_is_better_than_the_baseline_in_the_metrics_of_the_task(ran) -> None:
    task, project = ran
    found = results(project)
    means = {"multiclass": []}
    expected = ["rows", *means.get(task, ["target_mean", "mean_score"]), *METRICS[task]]
    expected.append("value")
    assert [list(found[side]) for side in ("test", "train", "baseline")] == [expected] * 3
    assert better(task, found)
    worth = found["test"]["accuracy"] if task == "multiclass" else -found["test"]["mae"]
    assert found["test"]["value"] == pytest.approx(1000 * worth, rel=1e-5)
    threshold = json.loads(project.read("metrics/threshold.json"))
    assert threshold == {"best": None, "why": f"task: {task} has no threshold"}
    assert ("classes" in found) == (task == "multiclass")
    assert sum(part["rows"] for part in found.get("classes", {}).values()) in (
        0,
        found["test"]["rows"],
    )


def test_the_predictions_are_what_the_served_model_says(ran) -> None:
    task, project = ran
    contract = contracts.load(project.root / "schema.yaml")
    model = model_files.load_model(project.root / "models/model.skops", estimators.TRUSTED)
    rows = pd.concat(
        pd.read_parquet(project.root / f"data/validated/{name}.parquet") for name in "ab"
    )
    rows = rows[rows["split"] == "test"].reset_index(drop=True)
    kept = pd.read_parquet(project.root / "data/predictions.parquet")
    columns = targets.score_columns(contract)
    score = targets.score_table(targets.predicted(model, rows, contract), contract)
    pd.testing.assert_frame_equal(kept[columns], score, check_exact=True)
    assert len(columns) == (3 if task == "multiclass" else 1)
    assert set(kept) >= {"id", "target", *columns}
    assert len(rows) == results(project)["test"]["rows"]


def test_every_plot_of_the_task_is_there_and_dvc_shows_it(ran) -> None:
    task, project = ran
    entries = dvc_yaml.plots(task)
    titles = [title for entry in entries if isinstance(entry, dict) for title in entry]
    pictures = [entry for entry in entries if isinstance(entry, str)]
    shown = json.loads(project.run("dvc", "plots", "show", "--json"))
    assert not shown.get("errors")
    assert set(shown["data"]) == {*titles, *pictures}
    tables = [picture.replace(".svg", ".csv") for picture in pictures]
    written = [path.relative_to(project.root).as_posix() for path in project.root.glob("plots/*")]
    assert sorted(written) == sorted([*tables, *pictures])
    for title in titles:
        assert shown["data"][title][0]["content"]["data"]["values"]


def test_the_notebook_runs_whole(ran, monkeypatch: pytest.MonkeyPatch) -> None:
    task, project = ran
    monkeypatch.chdir(project.root)
    names, printed = run_here()
    found, value = results(project)["test"], names["costs"].sum() / len(names["costs"])
    loss = {"multiclass": "log_loss", "counts": "poisson_deviance", "regression": "rmse"}[task]
    mean = names["losses"].mean() ** (0.5 if task == "regression" else 1)
    assert mean == pytest.approx(found[loss], rel=1e-5)
    best = 1 if task == "multiclass" else 0
    assert best - value == pytest.approx(found["value"] / 1000, rel=1e-5)
    assert "profit lost (euros)" in printed
    assert "dvc exp run -S train.hist_gradient_boosting.learning_rate=0.04" in printed


def test_the_card_speaks_of_the_task(ran) -> None:
    task, project = ran
    card = project.read("models/card.md")
    for words in {
        "multiclass": ["grignolino, or \\| so in 38.8%", "| barbera |", "raises log loss most"],
        "regression": [
            "`target` is 1",
            "the mean for everyone",
            "raises RMSE most",
            "There is none",
        ],
        "counts": ["| slice | rows | mean | prediction | Poisson deviance |", "shop b\\|c"],
    }[task]:
        assert words in card
    assert all(name in card for name in METRICS[task])
    assert "| profit (euros per 1,000 rows) |" in card


@pytest.mark.parametrize(
    "model", nightly_after(1, ["lightgbm", "random_forest", "blend", "linear"])
)
def test_the_other_models_of_the_task_run_through(ran, tmp_path: Path, model: str) -> None:
    task, project = ran
    linear = {"regression": "ridge", "counts": "baseline"}.get(task, "logistic_regression")
    shutil.copytree(project.root, tmp_path / "copy", symlinks=True)
    copy = Project(tmp_path / "copy")
    name = linear if model == "linear" else model
    copy.edit("params.yaml", "model: hist_gradient_boosting", f"model: {name}")
    for stage in ("train", "evaluate"):
        assert "Warning" not in copy.run("env", "python", "-m", f"truerun.stages.{stage}")
    assert name == "baseline" or better(task, results(copy))
    assert f"`{name}` predicts" in copy.read("models/card.md")


NEVER = {
    "multiclass": [
        (
            "validate",
            "  min_rows: 20\n",
            "  min_rows: 20\n  target_rate: {min: 0, max: 1}\n",
            "validate.target_rate is a range of the target's mean",
        ),
    ],
    "regression": [
        (
            "evaluate",
            "  min_slice_rows: 30\n",
            "  min_slice_rows: 30\n  threshold: 0.5\n",
            "evaluate.threshold goes with task: binary, and schema.yaml has task: regression",
        ),
        ("validate", "by: random", "by: stratified", "split.by: stratified keeps the shares of"),
    ],
    "counts": [
        (
            "validate",
            "      max: 10\n".removeprefix("  "),
            "    max: 0.1\n",
            "target rate: partition a: ",
        ),
    ],
}


def test_what_the_task_has_no_use_for_is_refused_by_name(ran, tmp_path: Path) -> None:
    task, project = ran
    for number, (stage, old, new, told) in enumerate(NEVER[task]):
        shutil.copytree(project.root, tmp_path / str(number), symlinks=True)
        copy = Project(tmp_path / str(number))
        copy.edit("params.yaml", old, new, 1)
        printed = copy.run("env", "python", "-m", f"truerun.stages.{stage}", check=False)
        assert told in printed
        assert "Traceback" not in printed


def test_the_plots_of_the_flights_are_those_of_a_binary_task() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert pipeline["plots"] == dvc_yaml.plots("binary", valued=True)


def test_the_source_that_docs_show_makes_rows(tmp_path: Path) -> None:
    page = (ROOT / "docs/own-source.md").read_text(encoding="utf-8")
    text, _ = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(text.splitlines()) <= 35
    (tmp_path / "source.py").write_text(text, encoding="utf-8")
    (tmp_path / "customers.csv").write_text("customer,plan\nb,full\na,small\nc,\n")
    (tmp_path / "calls.csv").write_text("customer\na\na\na\nb\n")
    source = runpy.run_path(str(tmp_path / "source.py"))
    options = source["Options"](calls=3)
    (name,) = source["partitions"](tmp_path)
    made = source["prepare"](tmp_path, name, options)
    assert made.rows[["customer", "frequent"]].to_numpy().tolist() == [["a", 1], ["b", 0]]
    assert (made.rows_in, made.dropped) == (3, {"no plan": 1})


def test_the_column_that_docs_show_is_made() -> None:
    page = (ROOT / "docs/own-source.md").read_text(encoding="utf-8")
    _, text = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    module = ModuleType("shop.features")
    exec(text, module.__dict__)  # noqa: S102
    rows = pd.DataFrame({"charges": [60.0, 5.0], "months": [3.0, 0.0]})
    ((name, function),) = own_features.checked(module, set(rows)).items()
    made = own_features.called(module, name, function, rows)
    assert (name, made[0], made.isna().tolist()) == ("charges_per_month", 20.0, [False, True])
