"""Each period is scored by what is older, and settings are told apart in pairs."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from tests.tasks import TARGETS
from truerun.base import paths, tables, yaml_text
from truerun.base.errors import TuneError
from truerun.contract import contract as contracts
from truerun.model.estimators.ranges import Values
from truerun.model.split import SPLIT
from truerun.params.split import Split
from truerun.project import params
from truerun.stages import featurize
from truerun.tune import __main__ as tune
from truerun.tune import folds, gain, periods, rolling, rounds

pytestmark = pytest.mark.slow
MONTHS = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]


def lay_down(*, whole: bool = False, split: str = "time") -> pd.DataFrame:
    """Five months of 60 rows, of which x tells the target more from month to month."""
    random = np.random.default_rng(5)
    at = pd.date_range("2024-01-01", periods=300, freq="12h", tz="UTC")
    rows = pd.DataFrame(
        {
            "id": range(300),
            "at": at.as_unit("ms"),
            "day": np.arange(300) // 4,
            "x": random.normal(size=300),
            "town": random.choice([f"t{n}" for n in range(30)], 300),
        }
    )
    rows["target"] = (rows["x"] + random.normal(size=300) > 0).astype("int64")
    columns = {
        "id": {"type": "int", "feature": False},
        "at": {"type": "time", "feature": False},
        "day": {"type": "int", "feature": False},
        "x": {"type": "float"},
        "town": {"type": "text"},
        "target": TARGETS["binary"],
    }
    told = {"task": "binary", "predicts": "a test", "not_for": "anything else", "key": ["id"]}
    schema = {**told, "target": "target", "time": "at", "columns": columns}
    paths.SCHEMA.write_text(yaml.safe_dump(yaml.safe_load(str(schema).replace("(0, 1)", "[0, 1]"))))
    held = yaml_text.loaded(PARAMS.read_text(encoding="utf-8"))
    held["featurize"]["exclude"] = []
    held["train"]["model"] = "logistic_regression"
    held["compare"]["cluster"] = "day"
    held["split"] = {"by": split, "test_share": 0.2}
    paths.PARAMS.write_text(yaml_text.dumped(held), encoding="utf-8")
    side = np.where(np.arange(300) < 240, "train", "test")
    part = np.zeros(300, int) if whole else np.arange(300) // 60
    for number, month in rows.assign(**{SPLIT: side}).groupby(part):
        tables.write_table(month, tables.partition(paths.VALIDATED, MONTHS[int(number)]))
    return rows


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    tune.main(["--rolling", *arguments])
    return capsys.readouterr().out


def history(first: str | None = None, last: str | None = None) -> rounds.History:
    return rounds.read(params.load(), contracts.load(paths.SCHEMA), first, last)


def test_a_period_is_scored_by_what_is_older_and_by_nothing_else() -> None:
    rows = lay_down()
    whole = rounds.scores(history(), params.load())
    assert list(whole) == [2, 3, 4]
    assert all(len(each) == 60 for each in whole.values())
    # What is newer is turned round: no score of an older period moves, all of the newer ones do.
    rows = rows.assign(target=np.where(rows["id"] < 180, rows["target"], 1 - rows["target"]))
    for number, name in enumerate(MONTHS):
        month = rows[rows["id"] // 60 == number].assign(**{SPLIT: "train"})
        tables.write_table(month, tables.partition(paths.VALIDATED, name))
    other = rounds.scores(history(), params.load())
    assert [bool((whole[n] == other[n]).all()) for n in (2, 3, 4)] == [True, True, False]
    one = rounds.scores(history("2024-04", "2024-04"), params.load())
    assert (one[3] == whole[3]).all()


def test_rows_in_one_partition_are_cut_by_their_time_and_equal_moments_stay_together() -> None:
    lay_down(whole=True)
    made = history()
    assert len(made.names) == periods.BLOCKS
    assert made.names[0] == "2024-01-01 00:00:00"
    assert np.bincount(made.period).tolist() == [37, 38, 37, 38, 37, 38, 37, 38]
    period, names = periods.blocks(pd.Series(pd.to_datetime(["2024-01-02", "2024-01-01"] * 3)))
    assert period.tolist() == [1, 0] * 3
    assert len(names) == 2


def test_a_search_goes_through_time_too_where_each_period_has_all_classes() -> None:
    lay_down()
    featurize.main()
    made = folds.read(params.load())
    assert (made.rolling, made.folds) == (True, 2)  # of four months of training rows
    assert made.fold.tolist() == [-1] * 120 + [0] * 60 + [1] * 60
    kept = folds.score_fold(made, params.load().train, 0)
    newer = np.where(made.fold == 1, 1 - made.target, made.target)
    again = folds.score_fold(replace(made, target=newer), params.load().train, 0)
    assert (kept == again).all()

    def known(values: Values, fold: int) -> folds.Array:
        return made.target[made.fold == fold] * (values["C"] > 1)

    tried = [gain.TriedParameters({"C": 2.0}, (1.0, 1.0))]
    outcome = gain.measure_gain(made, {"C": 1.0}, tried, known)
    assert (outcome.gain.base, outcome.gain.head) == (0.5, 1.0)  # of rows in periods alone
    target = np.where(made.fold == 1, 1, made.target)  # a month without a class is no round
    assert folds.rolling_folds(target, periods.of("abcd", [60] * 4, None), made.contract) is None
    assert not folds.read(params.load().model_copy(update={"split": random_split()})).rolling


def random_split() -> Split:
    return Split(by="random", test_share=0.2)


def test_settings_are_compared_in_pairs_month_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    lay_down()
    said = printed(capsys, "--with", "train.model=baseline", "--with", "train.seed=7")
    first, second = said.split("With train.seed=7:")
    assert "ROC AUC of each period, by models of all rows before it, in pairs by day." in first
    line = r"^\| (2024-\d\d|all) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|.*$"
    lines = re.findall(line, first, re.MULTILINE)
    assert [(name, rows) for name, rows, *_ in lines] == [
        *((month, "60") for month in MONTHS[2:]),
        ("all", "180"),
    ]
    assert {after for *_, after in lines[:3]} == {"0.5000"}
    assert re.search(r"^\| all .*-0\.\d+ \(-0\.\d+ to -0\.\d+\) \| worse \|$", first, re.MULTILINE)
    assert second.count("the same") == 4  # a linear model draws nothing
    alone = printed(capsys, "--from", "2024-04")
    assert re.search(r"^\| 2024-04 \| 60 \| [\d.]+ \|$", alone, re.MULTILINE)
    assert "2024-03" not in alone


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--with", "train.model"), "'train.model' is no change of a setting"),
        (("--with", "gate.limits=1"), "'gate.limits=1' is no change of a setting"),
        (("--with", "train.modle=ridge"), "train.modle is not a known key (did you mean model?)"),
        (("--with", "train.ridge.alpha.x=1"), "has no train.ridge.alpha, which train.ridge"),
        (("--with", "train.model=[ridge"), "the value of 'train.model=[ridge' is not YAML"),
        (("--from", "2023"), "there is no period 2023: there are 2024-01, 2024-02"),
        (("--from", "2024-01"), "none is left to be scored"),
        (("--from", "2024-05", "--to", "2024-04"), "none is left to be scored"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    lay_down()
    with pytest.raises(SystemExit) as ended:
        tune.main(["--rolling", *arguments])
    assert ended.value.code == 1
    assert said in capsys.readouterr().err


def test_rows_without_an_order_or_a_class_are_refused() -> None:
    lay_down(split="random")
    with pytest.raises(TuneError, match="rounds go through time"):
        history()
    rows = lay_down()
    last = rows[rows["id"] >= 240].assign(target=1, **{SPLIT: "test"})
    tables.write_table(last, tables.partition(paths.VALIDATED, MONTHS[4]))
    with pytest.raises(TuneError, match="2024-05 lacks a class of target"):
        rolling.table([], None, None)


def test_what_goes_with_rolling_is_refused_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        tune.main(["--from", "2024-04"])
    assert ended.value.code == 2
    assert "--with, --from and --to go with --rolling" in capsys.readouterr().err
