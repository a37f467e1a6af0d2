"""Rows that break the contract, and rows that are not those of the raw data, are named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.testing import shop
from truerun.base import paths, tables
from truerun.testing import data
from truerun.testing.project import Project, some, spread

PREPARED = tables.partition(paths.PREPARED, "customers")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """The project, its rows prepared."""
    shop.write(tmp_path)
    with shop.entered(tmp_path) as project:
        shop.run("prepare")
        yield project


def test_rows_that_are_as_they_should_be_pass(project: Project) -> None:
    data.check_contract(project)
    data.check_prepared(project)


def test_rows_that_break_the_contract_are_named(project: Project) -> None:
    schema = yaml.safe_load(paths.SCHEMA.read_text(encoding="utf-8"))
    schema["columns"]["own"]["max"] = 5.0
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    pattern = (
        r"customers\.parquet: \d+ of 1,200 rows break schema\.yaml, and .*max_quarantined allo"
    )
    pattern += (
        r"ws 1\.0%\. The first is customer C\d+: column own is [\d.]+, which breaks less_than"
    )
    with pytest.raises(AssertionError, match=pattern):
        data.check_contract(Project.load())
    data.check_prepared(project)


@pytest.mark.slow
def test_a_few_rows_may_break_it(project: Project) -> None:
    rows = tables.read_table(PREPARED)
    rows.loc[:10, "months"] = -1.0
    tables.write_table(rows, PREPARED)
    data.check_contract(project)
    rows.loc[:15, "months"] = -1.0
    tables.write_table(rows, PREPARED)
    with pytest.raises(AssertionError, match=r"16 of 1,200 rows .* column months is -1\.0"):
        data.check_contract(project)


def test_a_feature_that_is_not_declared_is_named(project: Project) -> None:
    schema = yaml.safe_load(paths.SCHEMA.read_text(encoding="utf-8"))
    del schema["columns"]["own"]
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"columns that schema\.yaml does not describe: own"):
        data.check_contract(Project.load())
    data.check_prepared(project)


def test_a_value_that_the_source_does_not_make_is_named(project: Project) -> None:
    rows = tables.read_table(PREPARED)
    rows.loc[7, "months"] = 1234.0
    tables.write_table(rows, PREPARED)
    pattern = (
        r"column months of customer C00007 is 1234\.0, and the source makes \d+\.0: run the pi"
    )
    with pytest.raises(AssertionError, match=pattern):
        data.check_prepared(project)


def test_rows_and_parts_that_are_not_there_are_named(project: Project) -> None:
    tables.write_table(tables.read_table(PREPARED).iloc[1:], PREPARED)
    with pytest.raises(
        AssertionError, match=r"has 1,199 rows of .*, and the source makes 1,200 ro"
    ):
        data.check_prepared(project)
    PREPARED.rename(PREPARED.with_stem("others"))
    with pytest.raises(AssertionError, match=r"holds others, and data/raw gives customers: run th"):
        data.check_prepared(project)


def test_of_many_rows_and_parts_some_are_looked_at() -> None:
    assert some(list("abcdefg")) == ["a", "c", "e", "g"]
    assert some(["a", "b"]) == ["a", "b"]
    rows = shop.table()
    assert len(spread(rows, shop.ROWS)) == shop.ROWS
    assert spread(rows, 5)["customer"].tolist() == rows["customer"][::240].tolist()
    assert len(spread(rows.iloc[:0], 5)) == 0
