"""The past played again: each rule trains when it says, and has what its models would have said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from tests.tasks import TARGETS
from truerun.backtest import past, rules, table
from truerun.backtest.__main__ import main
from truerun.backtest.past import Past
from truerun.base import paths, tables, yaml_text
from truerun.contract import contract as contracts
from truerun.model.split import SPLIT
from truerun.project import params
from truerun.tune import rounds

pytestmark = pytest.mark.slow
MONTHS = [f"2024-{month:02}" for month in range(1, 9)]
ROWS = 400  # of a month


def lay_down(turned: int = 99, moved: int = 99, *, split: str = "time") -> None:
    """Eight months, in which x tells the target; from one on the other way, from one on moved."""
    random = np.random.default_rng(7)
    count = ROWS * len(MONTHS)
    month = np.arange(count) // ROWS
    x = random.normal(size=count)
    y = random.normal(size=count) + np.where(month >= moved, 3.0, 0.0)
    sign = np.where(month >= turned, -1, 1)
    rows = pd.DataFrame(
        {
            "id": range(count),
            "day": np.arange(count) // 20,
            "x": x,
            "y": y,
            "target": (sign * x + random.normal(size=count) > 0).astype("int64"),
            SPLIT: np.where(month < len(MONTHS) - 2, "train", "test"),
        }
    )
    columns: dict[str, Any] = {
        "id": {"type": "int", "feature": False},
        "day": {"type": "int", "feature": False},
        "x": {"type": "float"},
        "y": {"type": "float"},
        "target": {**TARGETS["binary"], "categories": [0, 1]},
    }
    told = {"task": "binary", "predicts": "a test", "not_for": "anything else", "key": ["id"]}
    schema = {**told, "target": "target", "columns": columns}
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    held = yaml_text.loaded(PARAMS.read_text(encoding="utf-8"))
    held["featurize"]["exclude"] = []
    held["train"]["model"] = "logistic_regression"
    held["compare"]["cluster"] = "day"
    held["split"] = {"by": split, "test_share": 0.2}
    prices = {"true_positive": 10, "false_positive": -10, "false_negative": 0, "true_negative": 0}
    held["evaluate"]["value"] = {"name": "gain", "unit": "euros", **prices}
    held["evaluate"]["threshold"] = 0.5
    paths.PARAMS.write_text(yaml_text.dumped(held), encoding="utf-8")
    for number, part in rows.groupby(month):
        tables.write_table(part, tables.partition(paths.VALIDATED, MONTHS[int(number)]))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def played() -> Past:
    settings = params.load()
    history = rounds.read(settings, contracts.load(paths.SCHEMA), None, None)
    return past.played(history, settings)


def trained(made: Past, rule: str) -> list[str]:
    course = rules.course(made, rules.RULES[rule])
    return [made.history.names[each] for each in course.trained]


def test_where_nothing_changes_neither_loss_nor_drift_trains_and_nothing_is_gained() -> None:
    lay_down()
    made = played()
    assert trained(made, "never") == trained(made, "on loss") == []
    assert len(trained(made, "on drift")) <= 2  # a new period is the farthest of few by chance
    assert trained(made, "after each period") == MONTHS[3:]
    course = rules.course(made, rules.always)
    assert all(table.in_vain(made, course, each) for each in course.trained)


def test_a_target_that_turns_is_a_loss_without_a_drift_and_training_pays() -> None:
    lay_down(turned=4)
    made = played()
    assert trained(made, "on loss")[0] == MONTHS[5]  # after the first month that is over
    course, kept = (rules.course(made, rule) for rule in (rules.on_loss, rules.never))
    area, worth = table.compared(made, kept, course)
    assert (area.metric, worth.metric) == ("roc_auc", "value")
    assert area.verdict == "better"  # although it learns from what was before the turn, too
    assert not table.in_vain(made, rules.course(made, rules.always), 7)


def test_a_column_that_moves_is_a_drift_without_a_loss() -> None:
    lay_down(moved=4)
    made = played()
    assert MONTHS[5] in trained(made, "on drift")
    assert trained(made, "on loss") == []


def test_scores_are_of_a_model_that_knew_no_later_rows() -> None:
    lay_down(turned=4)
    made = played()
    settings = params.load()
    for age in made.periods:
        alone = rounds.read(settings, contracts.load(paths.SCHEMA), MONTHS[age], MONTHS[age])
        assert (made.scores[age, age] == rounds.scores(alone, settings)[age]).all()
    assert set(made.scores) == {(a, b) for a in made.periods for b in made.periods if a <= b}


def test_the_command_prints_the_table_and_writes_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lay_down(turned=4)
    main(["--output", "table.md"])
    printed = capsys.readouterr().out
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == printed
    rows = [line.split(" | ") for line in printed.splitlines() if line.startswith("| ")]
    assert [row[0].removeprefix("| ") for row in rows[2:]] == list(rules.RULES)
    assert rows[0][3:] == [
        "ROC AUC, against never",
        "gain (euros per 1,000 rows), against never |",
    ]
    assert rows[3][1] == "5"
    assert "Of 2,400 rows, 2024-03 to 2024-08; the first model learned from the 800" in printed
    assert "- on loss: before 2024-06" in printed


def test_a_past_that_begins_with_one_class_is_refused_and_one_that_begins_later_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lay_down()
    for month in MONTHS[:2]:
        place = tables.partition(paths.VALIDATED, month)
        tables.write_table(tables.read_table(place).assign(target=np.int64(0)), place)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 1
    said = "before 2024-03 all rows have target 0: begin later by --from"
    assert said in capsys.readouterr().err
    main(["--from", MONTHS[3], "--to", MONTHS[4]])
    assert "2024-04 to 2024-05" in capsys.readouterr().out


def test_a_table_without_an_order_in_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    lay_down(split="random")
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 1
    assert "only a table with split.by: time has an order" in capsys.readouterr().err
