"""The contract asks of each part of a table what the parts that are there hold."""

import numpy as np
import pandas as pd
import pytest

from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import partition_statistics, project
from truerun.contract import contract as contracts
from truerun.contract import data_checks
from truerun.sources.table import source

ROWS = 300


def part(seed: int) -> pd.DataFrame:
    """Rows of a shop."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "price": random.random(ROWS).round(3),
            "weight": random.random(ROWS).round(3),
            "shop": random.choice(["north", "south"], ROWS),
            "sold": random.choice(["yes", "no"], ROWS),
        }
    )


@pytest.mark.slow
def test_parts_hold_the_contract_that_is_made_of_them(tmp_path):
    first, second = part(1), part(2)
    first.loc[: ROWS - 30, "price"] = None  # nearly all of one part, half of all
    second.loc[: ROWS - 50, "sold"] = None  # most rows that are left out have a weight
    second.loc[ROWS - 20 :, "weight"] = None
    second["shop"] = "east"
    first.to_csv(tmp_path / "a.csv", index=False)
    second.to_csv(tmp_path / "b.csv", index=False)
    profile = profile_table(tmp_path, Request(target="sold"))
    statistics = partition_statistics.measure(profile)
    (tmp_path / "schema.yaml").write_text(project.schema(profile, statistics), encoding="utf-8")
    contract = contracts.load(tmp_path / "schema.yaml")
    (tmp_path / "schema.yaml").unlink()

    assert statistics.constant == {"shop"}
    assert contract.columns["shop"].seasonal
    assert not contract.columns["weight"].seasonal
    prepared = {name: source.prepare(tmp_path, name, profile.options).rows for name in "ab"}
    limits = {n: c.max_missing for n, c in contract.columns.items() if c.max_missing is not None}
    assert set(limits) == {"weight"}
    worst = data_checks.most_missing({n: dict(rows.isna().mean()) for n, rows in prepared.items()})
    assert data_checks.missing_values(worst, limits) == []


@pytest.mark.parametrize(("yes", "excused"), [(3, True), (40, False)])
def test_what_is_rare_may_be_in_no_row_of_a_smaller_part(tmp_path, yes, excused):
    table = part(1).assign(fraud=["yes"] * yes + ["no"] * (ROWS - yes))
    table.to_csv(tmp_path / "table.csv", index=False)
    profile = profile_table(tmp_path / "table.csv", Request(target="price"))
    assert ("fraud" in partition_statistics.measure(profile).constant) == excused


def test_a_column_of_one_value_everywhere_is_not_excused():
    everywhere = {"a": {"x": "1", "y": "1"}, "b": {"x": "1", "y": "2"}}
    assert set(partition_statistics._constant_columns(everywhere)) == {"y"}
    assert set(partition_statistics._constant_columns({"a": {"x": "1"}, "b": {}})) == {"x"}
    assert set(partition_statistics._constant_columns({"a": {"x": "1"}})) == set()
