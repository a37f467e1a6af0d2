"""The settings of a table say what it needs, and keep nothing of the table before."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline import paths
from pipeline.adopt import command, facts, project
from pipeline.adopt.origins import Address, Local
from pipeline.adopt.profile import Profile, profile
from pipeline.adopt.request import Request
from tests.conftest import ROOT

ROWS = 600
PARAMS = (ROOT / paths.PARAMS).read_text(encoding="utf-8")


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


def found(sales: Path, **request: str) -> Profile:
    return profile(sales, Request(target="returned", **request))


def test_what_newer_rows_go_beyond_is_no_feature(sales: Path) -> None:
    assert project.ahead(found(sales, time="sold_at")) == ["sold_at year", "sold_at days"]
    assert project.ahead(found(sales)) == []
    alone = profile(
        sales, Request(target="returned", time="sold_at", drop=frozenset(["price", "shop"]))
    )
    others = [name for name in alone.columns if name.startswith("sold_at ")]
    assert (project.ahead(alone) != []) == (set(others) > {"sold_at year", "sold_at days"})


def fail(text: str) -> float:
    return yaml.safe_load(text)["validate"]["drift"]["psi"]["fail"]


def test_a_limit_of_drift_that_a_split_by_time_asked_for_does_not_stay(sales: Path) -> None:
    timed = found(sales, time="sold_at")
    text = project.params(PARAMS, timed, facts.gathered(timed))
    assert fail(text) == project.UNREACHED
    anyhow = found(sales)
    gathered = facts.gathered(anyhow)
    assert fail(project.params(text, anyhow, gathered)) == project.REACHED
    own = text.replace(f"fail: {project.UNREACHED}", "fail: 2.0")
    assert fail(project.params(own, anyhow, gathered)) == 2.0


def test_a_split_by_time_says_that_it_divides_groups(sales: Path) -> None:
    both = found(sales, time="sold_at", group="shop")
    plan = command.plan(both, facts.gathered(both), "sales")
    told = "test rows: the newest fifth by sold_at; rows of one shop may be on both sides"
    assert told in plan


def test_a_table_in_the_clone_is_not_left_for_git(
    sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command.run(Path(), "git", "init", "--quiet")
    Path("my sales.csv").write_bytes(sales.read_bytes())
    Path("more").mkdir()
    Path("more/sales.csv").write_bytes(sales.read_bytes())
    for name, remove in (("my sales.csv", "rm 'my sales.csv'"), ("more", "rm -r more")):
        told = command.next_steps(Local(Path(name)))
        assert f"  {remove}    (or move it: it is under DVC now, and not for Git)" in told
    Path(".gitignore").write_text("*.csv\n", encoding="utf-8")
    for origin in (Local(Path("my sales.csv")), Local(sales), Address("https://example.org/x")):
        assert "(or move" not in "".join(command.next_steps(origin))
