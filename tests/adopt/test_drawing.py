"""Test rows are drawn so that no class is left to learn from alone, or to test alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import drawing, partition_statistics
from truerun.adopt.writing.partition_statistics import PartitionStatistics
from truerun.model import split as splits
from truerun.params.split import Split


def measured(folder: Path, target: list[object], **more: object) -> PartitionStatistics:
    """What is known of a table with this target before its project is written."""
    table = pd.DataFrame({"x": np.random.default_rng(1).random(len(target)).round(6), "y": target})
    columns = {name: more.pop(name) for name in ("team",) if name in more}
    table.assign(**columns).to_csv(folder / "table.csv", index=False)
    return partition_statistics.measure(
        profile_table(folder / "table.csv", Request(target="y", **more))
    )


def sides(statistics: PartitionStatistics) -> tuple[pd.Series, pd.Series]:
    """The target of training and of test rows."""
    [rows] = statistics.prepared
    split = Split.model_validate(statistics.split)
    test = splits.assign(rows[splits.columns(split, ("row", "copy"), None)], split)
    return rows["y"][~test], rows["y"][test]


def test_a_larger_share_is_drawn_where_a_fifth_leaves_out_small_classes(tmp_path: Path) -> None:
    """Of 36 classes of 7 rows a fifth has all in one draw of 4,000; three tenths in one of 23."""
    classes = [f"plot {number}" for number in range(36)]
    statistics = measured(tmp_path, classes * 7)
    learned, tested = sides(statistics)
    assert set(learned) == set(tested) == set(classes)
    assert statistics.split["test_share"] == 0.3
    told = "three tenths (of fewer, a class would have none)"
    assert drawing.in_words(statistics.split) == told
    assert drawing.in_words(measured(tmp_path, classes[:3] * 84).split) == "a fifth"


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (["rare"] * 5 + ["a", "b"] * 1500, None),
        (["yes"] * 5 + ["no"] * 3000, None),
        ([7.25] * 2 + [0.0] * 3000, "regression"),
        ([3] * 2 + [0] * 3000, "counts"),
    ],
)
def test_what_is_rare_is_on_both_sides_of_a_large_table(
    tmp_path: Path, target: list[object], task: str | None
) -> None:
    statistics = measured(tmp_path, target, task=task)
    learned, tested = sides(statistics)
    assert set(learned) == set(tested)
    assert statistics.split["test_share"] == 0.2
    assert len(tested) == pytest.approx(0.2 * len(target), rel=0.2)


def test_few_groups_of_many_rows_are_on_both_sides(tmp_path: Path) -> None:
    """The first of the seeds puts all three teams on one side, as half of all draws do."""
    teams = np.repeat(["north", "south", "east"], 900)
    amounts = np.random.default_rng(2).random(2700).round(5) + 5
    statistics = measured(tmp_path, list(amounts), team=teams, group="team")
    learned, tested = sides(statistics)
    assert statistics.split["by"] == "group"
    assert min(len(learned), len(tested)) >= 900


def test_a_draw_that_leaves_out_the_fewest_rows_is_the_last_resort(tmp_path: Path) -> None:
    """A class of one team cannot be on both sides; the two others are."""
    teams = ["a"] * 9 + [f"team {number}" for number in range(60)]
    target = ["lonely"] * 9 + ["b", "c"] * 30
    statistics = measured(tmp_path, target, team=teams, group="team")
    learned, tested = sides(statistics)
    assert set(learned) ^ set(tested) == {"lonely"}


def test_a_split_by_time_draws_nothing(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    statistics = measured(tmp_path, ["a", "b"] * 30, team=days, time="team")
    assert statistics.split == {"by": "time", "test_share": 0.2}
