"""The settings of a table say what it needs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from tests.tasks import contract_of
from truerun.adopt import command
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table
from truerun.adopt.writing import partition_statistics, project
from truerun.base import paths
from truerun.base.settings import SettingsError
from truerun.model import split as splits
from truerun.params.split import Split
from truerun.template import texts

ROWS = 600
TEXT = texts.texts("sales", "truerun.whl")["params.yaml"]


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sales of two years, each of a shop."""
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "sold_at": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D"),
            "price": random.random(ROWS).round(3),
            "shop": random.choice([f"shop {number}" for number in range(60)], ROWS),
            "returned": random.choice(["yes", "no"], ROWS),
        }
    )
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    table.to_csv(path, index=False)
    return path


def profile_sales(sales: Path, **request: str) -> TableProfile:
    return profile_table(sales, Request(target="returned", **request))


@pytest.mark.slow
def test_what_newer_rows_go_beyond_is_no_feature(sales: Path) -> None:
    assert project.ahead(profile_sales(sales, time="sold_at")) == ["sold_at year", "sold_at days"]
    assert project.ahead(profile_sales(sales)) == []
    alone = profile_table(
        sales, Request(target="returned", time="sold_at", drop=frozenset(["price", "shop"]))
    )
    others = [name for name in alone.columns if name.startswith("sold_at ")]
    assert (project.ahead(alone) != []) == (set(others) > {"sold_at year", "sold_at days"})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("group", [None, "team"])
def test_a_small_table_has_about_a_fifth_of_its_rows_for_the_test(
    tmp_path: Path, seed: int, group: str | None
) -> None:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "x": random.random(30).round(6),
            "team": random.choice(list("abcdefghijkl"), 30),
            "amount": 2000 + random.random(30).round(3),
        }
    )
    table.to_csv(tmp_path / "small.csv", index=False)
    profile = profile_table(tmp_path / "small.csv", Request(target="amount", group=group))
    statistics = partition_statistics.measure(profile)
    settings = yaml.safe_load(project.params(TEXT, profile, statistics))

    split = Split.model_validate(settings["split"])
    assert split.by == "group"
    split_columns = statistics.prepared[0][splits.columns(split, profile.key, None)]
    assert 0.1 <= splits.assign(split_columns, split).mean() <= 0.3
    # The range of the mean is about what was seen, however far from 0 that is.
    rate, deviation = settings["validate"]["target_rate"], table["amount"].std(ddof=0)
    low, high = table["amount"].mean() - deviation, table["amount"].mean() + deviation
    assert low - deviation / 5 <= rate["min"] <= low < high <= rate["max"] <= high + deviation / 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_small_table_has_every_class_on_both_sides(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"x": random.integers(30, 40, 40), "kind": list("abcd") * 10})
    table.to_csv(tmp_path / "small.csv", index=False)
    profile = profile_table(tmp_path / "small.csv", Request(target="kind"))
    statistics = partition_statistics.measure(profile)
    split = Split.model_validate(yaml.safe_load(project.params(TEXT, profile, statistics))["split"])
    [rows] = statistics.prepared
    test = splits.assign(rows[splits.columns(split, profile.key, None)], split)

    assert set(rows["kind"][test]) == set(rows["kind"][~test]) == set("abcd")


@pytest.mark.slow
@pytest.mark.parametrize(("target", "by"), [("sick", "stratified"), ("cost", "random")])
@pytest.mark.parametrize("times", [1, 2])
def test_rows_that_repeat_by_their_nature_are_drawn_one_by_one(
    tmp_path: Path, target: str, by: str, times: int
) -> None:
    random = np.random.default_rng(1)
    few = pd.DataFrame(
        {
            "age": random.choice(["young", "old"], ROWS),
            "sick": random.choice(["yes", "no"], ROWS),
            "cost": random.choice([5.5, 7.25, 9.0], ROWS),
        }
    )
    varied = few.assign(dose=random.random(ROWS).round(4))
    few.to_csv(tmp_path / "few.csv", index=False)
    pd.concat([varied] * times).to_csv(tmp_path / "twice.csv", index=False)  # an accident
    of_few = split_of(tmp_path / "few.csv", target)

    assert (of_few["by"], of_few.get("group")) == (by, None)
    assert split_of(tmp_path / "twice.csv", target)["group"] == "row"


def split_of(file: Path, target: str) -> dict[str, object]:
    """What params.yaml says of the split."""
    profile = profile_table(file, Request(target=target))
    return yaml.safe_load(project.params(TEXT, profile, partition_statistics.measure(profile)))[
        "split"
    ]


@pytest.mark.slow
def test_a_split_by_time_says_that_it_divides_groups(sales: Path) -> None:
    both = profile_sales(sales, time="sold_at", group="shop")
    table = command.AdoptedTable(both, partition_statistics.measure(both), "sales", "sales")
    plan = command.plan(table)
    told = "test rows: the newest fifth by sold_at; rows of one shop may be on both sides"
    assert told in plan


def test_a_metric_of_the_gate_that_no_task_has_is_refused(tmp_path: Path) -> None:
    contract = contract_of("binary", {"price": {"type": "float"}})
    schema = yaml.safe_dump(contract.model_dump(mode="json", exclude_defaults=True))
    (tmp_path / paths.SCHEMA).write_text(schema, encoding="utf-8")
    text = PARAMS.read_text(encoding="utf-8")
    (tmp_path / paths.PARAMS).write_text(text, encoding="utf-8")
    assert command.settings_of(tmp_path)[0] == contract
    wrong = text.replace("    roc_auc: {min: 0.7}", "    roc_acu: {min: 0.7}", 1)
    (tmp_path / paths.PARAMS).write_text(wrong, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"gate\.limits\.roc_acu is not a known key"):
        command.settings_of(tmp_path)
