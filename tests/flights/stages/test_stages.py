"""The stages on real DVC, in a clone, on a sample of the real data."""

import json
import re
import sys
from dataclasses import asdict

import pandas as pd
import pytest
import yaml

from flights import source as flights
from tests.conftest import ROOT, Project
from tests.variants import nightly_after
from truerun.base import tables, text_files
from truerun.contract import contract as contracts
from truerun.contract.drift import drift
from truerun.model import estimators, model_files

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

STAGES = ("prepare", "validate", "featurize", "train", "evaluate")


def test_a_run_leaves_git_and_dvc_clean(project: Project) -> None:
    assert project.run("git", "status", "--short") == ""
    assert "up to date" in project.run("dvc", "status")


def test_a_second_run_changes_nothing_and_says_so(project: Project) -> None:
    lock = project.read("dvc.lock")
    printed = project.run("python", "-m", "truerun.repro")
    assert "Nothing has changed since the last run." in printed
    assert "prepare, validate, featurize, train, evaluate: unchanged" in printed
    assert "roc_auc" in printed
    assert project.read("dvc.lock") == lock
    assert project.run("git", "status", "--short") == ""


def test_the_stages_run_with_the_python_of_make_without_an_activated_environment(project) -> None:
    command = [sys.executable, "-m", "truerun.repro", "--force", "--single-item", "train"]
    printed = project.run(*command, PATH="/usr/bin:/bin")
    assert "train: ran" in printed
    assert project.run("git", "status", "--short") == ""


def test_a_changed_parameter_reruns_what_depends_on_it_and_nothing_else(project: Project) -> None:
    project.edit("params.yaml", "learning_rate: 0.08", "learning_rate: 0.2")
    printed = project.run("python", "-m", "truerun.repro")
    assert "train, evaluate: ran" in printed
    assert "prepare, validate, featurize: unchanged" in printed
    changed = json.loads(project.run("dvc", "metrics", "diff", "--json"))
    assert changed["metrics/evaluate.json"]["test.roc_auc"]["diff"] != 0


def test_an_experiment_runs_the_code_beside_it_and_is_compared(project: Project) -> None:
    project.run("dvc", "exp", "run", "--temp", "--name", "rate", "-S", "train.model=baseline")
    shown = json.loads(project.run("dvc", "exp", "show", "--json"))
    text = json.dumps(shown)
    assert '"name": "rate"' in text
    assert '"roc_auc": 0.5' in text
    assert project.run("git", "status", "--short") == ""  # the workspace is untouched


@pytest.mark.parametrize(
    "model", nightly_after(1, ["lightgbm", "random_forest", "blend", "logistic_regression"])
)
def test_every_other_estimator_trains_and_beats_the_baseline(project: Project, model: str) -> None:
    project.edit("params.yaml", "model: hist_gradient_boosting", f"model: {model}")
    project.edit("params.yaml", "n_estimators: 60", "n_estimators: 20")
    for stage in ("train", "evaluate"):
        project.run("env", "python", "-m", f"truerun.stages.{stage}")
    results = json.loads(project.read("metrics/evaluate.json"))
    assert results["test"]["roc_auc"] > 0.6
    assert results["test"]["log_loss"] < results["baseline"]["log_loss"]
    assert model in project.read("models/card.md")


def test_an_unknown_parameter_stops_the_run_by_its_name(project: Project) -> None:
    project.edit("params.yaml", "    max_leaf_nodes: 31", "    max_leafs: 31")
    printed = project.run("dvc", "repro", check=False)
    assert "train.hist_gradient_boosting.max_leafs is not a known key" in printed
    assert "did you mean max_leaf_nodes?" in printed
    assert "Traceback" not in printed


def test_data_that_breaks_the_contract_stops_the_run_and_is_told(project: Project) -> None:
    """Weather in other units: every wind direction of a month is out of range."""
    weather = project.root / "data/raw/weather/2013-09.csv"
    table = pd.read_csv(weather, dtype="str", keep_default_na=False)
    table["wind_dir"] = "400"
    table.to_csv(weather, index=False)
    printed = project.run("dvc", "repro", check=False)
    assert "column wind_direction, check less_than_or_equal_to(360), such as 400.0" in printed
    assert "more than validate.max_quarantined allows (1.00%)" in printed
    assert "Traceback" not in printed
    results = json.loads(project.read("metrics/validate.json"))
    assert results["quarantined"]["rows"] > 4000
    kept = pd.read_parquet(project.root / "data/quarantine/2013-09.parquet")
    assert set(kept["failed_column"]) == {"wind_direction"}
    assert set(kept["failed_value"]) == {"400.0"}


def test_a_column_that_gives_the_target_away_stops_the_run_by_its_name(project: Project) -> None:
    for path in (project.root / "data/prepared").glob("*.parquet"):
        raw = pd.read_csv(project.root / f"data/raw/flights/{path.stem}.csv")
        departure = pd.to_datetime(raw["time_hour"]) + pd.to_timedelta(raw["minute"], unit="min")
        raw["scheduled_departure"] = departure.astype("datetime64[ms, UTC]")
        rows = pd.read_parquet(path)
        rows.merge(raw[[*flights.KEY, "dep_delay"]], on=flights.KEY).to_parquet(path)
    plane = "  # plane: from the register"
    project.edit("schema.yaml", plane, f"  dep_delay: {{type: float}}\n{plane}")
    printed = project.run("python", "-m", "truerun.stages.validate", check=False)
    assert re.findall(r"leakage: (\D+) ranks the target", printed) == ["column dep_delay"]
    assert "is it known when the prediction is made?" in printed
    assert "Traceback" not in printed
    honest = json.loads(project.read("metrics/validate.json"))["leakage"]
    assert [name for name, area in honest.items() if area > 0.8] == ["dep_delay", "(combination)"]


@pytest.mark.nightly
def test_a_split_by_group_runs_to_the_end(project: Project) -> None:
    project.edit("params.yaml", "by: time", "by: group\n  group: carrier\n  test_share: 0.2")
    project.edit("params.yaml", "  test_partitions: 1 ", "  # test_partitions: 1 ")
    project.run("dvc", "repro")
    sides = pd.concat(
        pd.read_parquet(path, columns=["carrier", "split"])
        for path in (project.root / "data/validated").glob("*.parquet")
    )
    assert sides.groupby("carrier")["split"].nunique().max() == 1
    assert set(sides["split"]) == {"train", "test"}


@pytest.mark.parametrize(
    ("stage", "old", "new", "message"),
    [
        (
            "validate",
            "by: time",
            "by: group\n  group: carrierx\n  test_share: 0.2\n#",
            "split.group names carrierx, which is not a column of schema.yaml",
        ),
        (
            "featurize",
            "exclude: [plane]",
            "exclude: [schedule, history, now, weather, plane]",
            "featurize.exclude leaves no feature",
        ),
        (
            "featurize",
            "exclude: [plane]",
            "exclude: [flight]",
            "flight, which is neither a feature nor a group",
        ),
        ("evaluate", "slices: [carrier", "slices: [airline", "evaluate.slices names airline"),
        (
            "evaluate",
            "importance_rows: 100",
            "importance_rows: 1",
            "too few test rows to have every",
        ),
    ],
)
def test_a_parameter_that_cannot_work_is_told_by_its_name(project, stage, old, new, message):
    project.edit("params.yaml", old, new)
    if stage == "validate":
        project.edit("params.yaml", "  test_partitions: 1 ", "  # test_partitions: 1 ")
    printed = project.run("python", "-m", f"truerun.stages.{stage}", check=False)
    assert message in printed
    assert "Traceback" not in printed


@pytest.mark.nightly
def test_a_notebook_and_its_settings_do_not_reach_a_stage(project: Project) -> None:
    lock = project.read("dvc.lock")
    backend = "module://matplotlib_inline.backend_inline"
    project.run("dvc", "repro", "--force", "--single-item", "evaluate", MPLBACKEND=backend)
    assert project.read("dvc.lock") == lock


def test_every_row_that_comes_in_is_accounted_for(sample_project: Project) -> None:
    prepared = json.loads(sample_project.read("metrics/prepare.json"))
    validated = json.loads(sample_project.read("metrics/validate.json"))
    trained = json.loads(sample_project.read("metrics/train.json"))
    evaluated = json.loads(sample_project.read("metrics/evaluate.json"))
    raw = sum(
        len(file.read_bytes().splitlines()) - 1
        for file in (sample_project.root / "data/raw/flights").glob("*.csv")
    )
    assert prepared["rows_in"] == raw
    assert prepared["rows_out"] == raw - sum(prepared["dropped"].values())
    assert validated["rows_in"] == prepared["rows_out"]
    assert validated["rows_out"] == validated["rows_in"] - validated["quarantined"]["rows"]
    assert trained["rows"] + evaluated["test"]["rows"] == validated["rows_out"]


def test_drift_is_measured_from_all_training_rows_to_all_test_rows(sample_project: Project) -> None:
    found = json.loads(sample_project.read("metrics/validate.json"))["drift"]
    rows = tables.read_partitions(sample_project.root / "data/validated")
    train, test = (rows[rows["split"] == side] for side in ("train", "test"))
    columns = contracts.load(ROOT / "schema.yaml").columns
    assert list(found) == [*(c for c in columns if columns[c].feature and c != "late"), "late"]
    for column in ("carrier", "temperature", "wind_gust", "late"):
        expected = text_files.rounded(asdict(drift(train[column], test[column])))
        assert {name: found[column][name] for name in expected} == expected


def test_the_model_artifact_is_the_file_that_predictions_come_from(sample_project: Project) -> None:
    artifact = yaml.safe_load(sample_project.read("dvc.yaml"))["artifacts"]["flight-delay"]
    model = model_files.load_model(sample_project.root / artifact["path"], estimators.TRUSTED)
    predictions = pd.read_parquet(sample_project.root / "data/predictions.parquet")
    rows = pd.read_parquet(sample_project.root / "data/validated/2013-10.parquet")
    score = model.predict_proba(rows[list(model.feature_names_in_)])[:, 1].astype("float32")
    assert (predictions["score"] == score).all()
    assert (
        len(predictions) == json.loads(sample_project.read("metrics/evaluate.json"))["test"]["rows"]
    )


def test_dvc_yaml_names_stages_plots_and_metrics_that_exist(project: Project) -> None:
    assert project.run("dvc", "stage", "list", "--names-only").split() == list(STAGES)
    shown = project.run("dvc", "plots", "show", "--json")
    pictures = [f"plots/{path.name}" for path in project.root.glob("plots/*.svg")]
    assert len(pictures) == 8
    titles = ["ROC curve", "Precision and recall", "Gains", "Scores by class", "Calibration"]
    titles += ["Decisions", "Permutation importance", "Value by threshold"]
    assert set(json.loads(shown)["data"]) == {*titles, *pictures}
    assert "metrics/evaluate.json" in project.run("dvc", "metrics", "show")


# What must hold of any model that is served.


@pytest.fixture(scope="module")
def rows(sample_project: Project) -> pd.DataFrame:
    return pd.read_parquet(sample_project.root / "data/validated/2013-10.parquet")


@pytest.fixture(scope="module")
def score(sample_project: Project):
    model = model_files.load_model(sample_project.root / "models/model.skops", estimators.TRUSTED)
    return lambda rows: model.predict_proba(rows[list(model.feature_names_in_)])[:, 1]


def test_the_served_model_ranks_better_than_chance_and_is_better_than_the_rate(
    sample_project,
) -> None:
    results = json.loads(sample_project.read("metrics/evaluate.json"))
    assert results["test"]["roc_auc"] > 0.65
    assert results["test"]["brier"] < results["baseline"]["brier"]


def test_an_unknown_carrier_and_destination_still_get_a_score(rows, score) -> None:
    unknown = rows.head(50).assign(carrier="ZZ", destination="QQQ", origin="XXX")
    assert ((score(unknown) > 0) & (score(unknown) < 1)).all()


def test_missing_weather_and_history_still_get_a_score(rows, score) -> None:
    numbers = [name for name in rows if rows[name].dtype == "float32"]
    assert (score(rows.head(50).assign(**dict.fromkeys(numbers, float("nan")))) > 0).all()


def test_a_score_does_not_depend_on_the_rows_beside_it(rows, score) -> None:
    assert (score(rows.head(200))[::-1] == score(rows.head(200).iloc[::-1])).all()
    assert score(rows.head(1))[0] == score(rows)[0]


def test_what_is_no_feature_does_not_matter(rows, score) -> None:
    renumbered = rows.assign(flight=1, day="1999-01-01", late=0)
    assert (score(renumbered) == score(rows)).all()


CONTRACT = contracts.load(ROOT / "schema.yaml")
NOW = [name for name, column in CONTRACT.columns.items() if column.group == "now"]
WORSE = {
    "more departures": {
        "departures_hour_origin": 8,
        "departures_hour_carrier": 4,
        "departures_before_origin": 8,
    },
    "more delays": {name: 15 if name.startswith("delay_") else 0.15 for name in NOW},
    "more wind": {"wind_speed": 8, "wind_gust": 10},
    "more rain": {
        "precipitation": 0.1,
        "precipitation_origin_6h": 0.2,
        "precipitation_all_3h": 0.3,
    },
    "less sight": {"visibility": -3},
    "falling pressure": {"pressure": -5, "pressure_change_3h": -2},
}


@pytest.mark.parametrize("what", WORSE)
def test_worse_conditions_lower_no_score(rows, score, what) -> None:
    assert {CONTRACT.columns[name].monotone for name in WORSE[what]} <= {"increasing", "decreasing"}
    better = score(rows)
    for steps in (1, 2, 3):
        worse = score(worse_by(rows, WORSE[what], steps))
        assert (worse >= better).all(), f"{steps} steps"
        better = worse


@pytest.mark.parametrize("group", ["schedule", "now", "weather"])
def test_all_that_is_worse_in_a_group_raises_the_mean_score(rows, score, group) -> None:
    worse = rows
    for step in WORSE.values():
        of_group = {n: size for n, size in step.items() if CONTRACT.columns[n].group == group}
        worse = worse_by(worse, of_group, 1)
    assert score(worse).mean() > score(rows).mean()


def worse_by(rows: pd.DataFrame, step: dict[str, float], steps: int) -> pd.DataFrame:
    """The rows with some columns moved, within the range that schema.yaml allows."""
    moved = {}
    for name, size in step.items():
        column = CONTRACT.columns[name]
        values = (rows[name] + steps * size).clip(column.min, column.max)
        moved[name] = values.astype(rows[name].dtype)
    return rows.assign(**moved)


def test_delays_everywhere_raise_the_mean_score_by_much(rows, score) -> None:
    calm, delayed = (
        rows.assign(**{name: value * (100 if "delay_" in name else 1) for name in NOW})
        for value in (0.0, 0.8)
    )
    assert score(delayed).mean() > score(calm).mean() + 0.05
