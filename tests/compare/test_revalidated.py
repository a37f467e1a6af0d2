"""Rows and findings of the checks against what the prepared rows give, once they are edited."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from truerun.base import paths, tables
from truerun.compare import revalidated
from truerun.compare.revision import Revision
from truerun.comparison.comparison import LockDifference, Missing
from truerun.contract.contract import Column, Contract
from truerun.limits.limits_file import ColumnLimits, Limits
from truerun.limits.windows import Windows
from truerun.project import params
from truerun.project.params import Params
from truerun.validation import validation
from truerun.validation.validation import RESULTS, ValidationTerms

NAMES = ("2013-01", "2013-02", "2013-03")
ONE = f"{paths.VALIDATED}/2013-03"
CONTRACT = Contract(
    task="binary",
    predicts="whether a customer leaves",
    not_for="anything else",
    target="left",
    key=("number",),
    columns={
        "number": Column(type="int", feature=False),
        "age": Column(type="int", min=0, max=200),
        "spent": Column(type="float", nullable=True),
        "left": Column(type="int", categories=(0, 1)),
    },
)

LIMITS = Limits(
    windows=Windows(by="rows", length=100),
    columns={
        "age": ColumnLimits(edges=(30.0, 40.0, 50.0), drift=(0.01, 0.3)),
        "left": ColumnLimits(values=(0.0, 1.0)),
    },
)


def chosen(**limits: Any) -> Params:
    whole = params.load(PARAMS)
    mine = {"min_rows": 10, "max_quarantined": 0.1} | limits
    split = whole.split.model_copy(update={"test_partitions": 1})
    return whole.model_copy(
        update={"validate_": whole.validate_.model_copy(update=mine), "split": split}
    )


def terms(its: Params, contract: Contract = CONTRACT) -> ValidationTerms:
    return ValidationTerms(contract, its.validate_, its.split, LIMITS)


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stage `validate` leaves: a drift that it warns of, and a row in quarantine."""
    folder = tmp_path_factory.mktemp("validated")
    random = np.random.default_rng(1)
    for place, name in enumerate(NAMES):
        rows = pd.DataFrame(
            {
                "number": np.arange(100) + 100 * place,
                "age": random.integers(20, 60, 100) + 14 * (place == 2),
                "spent": random.normal(size=100),
                "left": np.arange(100) % 3 // 2,
            }
        )
        rows.loc[rows["number"] == 7, "age"] = 300
        tables.write_table(rows, tables.partition(folder / paths.PREPARED, name))
    done = validation.validate(folder, terms(chosen()), folder)
    assert [finding.check for finding in done.findings] == ["quarantine", "limits", "drift"]
    (folder / paths.PARAMS).write_text(
        yaml.safe_dump({"validate": chosen().validate_.model_dump(mode="json")}), encoding="utf-8"
    )
    limits = LIMITS.model_dump(mode="json", exclude_defaults=True)
    (folder / paths.LIMITS).write_text(yaml.safe_dump(limits), encoding="utf-8")
    (folder / paths.SCHEMA).write_text(
        yaml.safe_dump(CONTRACT.model_dump(mode="json", exclude_none=True)), encoding="utf-8"
    )
    return folder


@pytest.fixture
def head(validated: Path, tmp_path: Path) -> Path:
    return shutil.copytree(validated, tmp_path / "head")


def held(folder: Path, *, exact: bool = True) -> list[LockDifference]:
    head = Revision("the head", None, folder)
    found = revalidated.differences(head, chosen(), CONTRACT, exact=exact)
    assert not isinstance(found, Missing), found
    return found


def edit_results(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    change(content)
    (folder / RESULTS).write_text(json.dumps(content), encoding="utf-8")


def edit_rows(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    tables.write_table(change(tables.read_table(path)), path)


@pytest.mark.slow
@pytest.mark.parametrize("exact", [True, False])
def test_what_the_checks_give_passes_and_an_erased_warning_is_named(
    head: Path, exact: bool
) -> None:
    assert held(head, exact=exact) == []
    edit_results(head, lambda of: of["findings"].pop())
    (one,) = held(head, exact=exact)
    assert (one.stage, one.expected, one.found) == (
        "validate",
        "'warn'" if exact else "1",
        "None",
    )
    name = "drift, column age has a stability index" if exact else "findings of drift, warn"
    assert one.name.startswith(f"validate.json: {name}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda of: of["quarantined"].update(rows=0), "quarantined.rows"),
        (lambda of: of["quarantined"]["checks"].clear(), "quarantined.checks.0.column"),
        (lambda of: of["split"].update(test=99), "split.test"),
        (lambda of: of["findings"][2].update(status="pass"), "drift, column age "),
        (lambda of: of.pop("drift"), "drift.age.psi"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_a_result_that_is_edited_is_named(
    head: Path, change: Callable[[dict[str, Any]], object], name: str, exact: bool
) -> None:
    edit_results(head, change)
    if not exact and name.startswith("drift, "):
        name = "findings of drift, warn"
    assert held(head, exact=exact)[0].name.startswith(f"validate.json: {name}")


@pytest.mark.slow
def test_columns_of_the_heads_own_are_judged_and_its_code_is_not_run(
    head: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows say what the columns are; importing what made them would end this process."""
    for place in (head / "src/shop", tmp_path / "shop"):
        place.mkdir(parents=True)
        (place / "__init__.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    settings = yaml.safe_load((head / paths.PARAMS).read_text(encoding="utf-8"))
    settings["source"] = {"name": "table", "options": {"features": "shop.features"}}
    (head / paths.PARAMS).write_text(yaml.safe_dump(settings), encoding="utf-8")
    monkeypatch.chdir(head)
    monkeypatch.syspath_prepend(tmp_path)
    assert held(head) == []
    edit_rows(
        tables.partition(head / paths.PREPARED, NAMES[2]),
        lambda rows: rows.assign(spent=rows["spent"].where(rows["number"] != 230, 1e6)),
    )
    assert held(head)[0].name == f"{ONE}: spent of 1 row, first number 230"


@pytest.mark.slow
def test_rows_that_are_not_those_of_the_checks_are_named_with_the_first(head: Path) -> None:
    path = tables.partition(head / paths.VALIDATED, "2013-03")

    def moved(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[rows["left"] == 1, "split"] = "train"
        return rows

    edit_rows(path, moved)
    (one,) = held(head)
    assert one.name == f"{ONE}: split of 33 rows, first number 202"
    assert (one.expected, one.found) == ("'test'", "'train'")
    edit_rows(path, lambda rows: rows[1:])
    (one,) = held(head)
    assert one.name == f"{ONE}: shape"
    assert one.found.startswith("99 rows of number, ")
    path.unlink()
    (one,) = held(head)
    assert (one.name, one.found) == (str(paths.VALIDATED), "2013-01, 2013-02")


@pytest.mark.slow
def test_rows_in_quarantine_that_the_contract_would_not_put_there_are_named(head: Path) -> None:
    path = tables.partition(head / paths.QUARANTINE, "2013-01")
    edit_rows(path, lambda rows: rows.assign(failed_check="looks odd"))
    (one,) = held(head)
    assert one.name == f"{paths.QUARANTINE}/2013-01: failed_check of 1 row, first number 7"


def test_rows_that_are_not_read_are_missing_or_told_but_never_a_crash(head: Path) -> None:
    path = tables.partition(head / paths.PREPARED, "2013-02")
    path.write_bytes(b"no table")
    (one,) = held(head)
    assert (one.name, one.expected) == (str(paths.PREPARED), "rows that can be validated")
    assert one.found.startswith("cannot read data/prepared/2013-02.parquet")
    shutil.rmtree(head / paths.PREPARED)
    found = revalidated.differences(
        Revision("the head", None, head), chosen(), CONTRACT, exact=True
    )
    assert isinstance(found, Missing)
    assert found.missing.startswith("the prepared rows of the head: data/prepared")
    assert str(head) not in found.missing


def by_base(
    base: Path, head: Path, its: Params, contract: Contract = CONTRACT
) -> list[str] | Missing | None:
    sides = (Revision(name, None, folder) for name, folder in (("base", base), ("head", head)))
    found = revalidated.findings_by_base(*sides, its, contract)
    if found is None or isinstance(found, Missing):
        return found
    return [f"{finding.check} {finding.status}" for finding in found]


@pytest.mark.slow
def test_the_limits_of_the_base_find_what_wider_ones_let_pass(validated: Path, head: Path) -> None:
    assert by_base(validated, head, chosen()) is None
    settings = yaml.safe_load((validated / paths.PARAMS).read_text(encoding="utf-8"))
    settings["validate"]["min_rows"] = 101
    (head / paths.PARAMS).write_text(yaml.safe_dump(settings), encoding="utf-8")
    found = by_base(head, validated, chosen())
    assert found == [
        "quarantine pass",
        "rows fail",
        "rows fail",
        "rows fail",
        "limits warn",
        "drift warn",
    ]


@pytest.mark.slow
def test_the_contract_of_the_base_holds_for_the_columns_of_both(validated: Path) -> None:
    narrow = CONTRACT.columns["age"].model_copy(update={"max": None, "seasonal": True})
    columns = CONTRACT.columns | {"age": narrow}
    loosened = CONTRACT.model_copy(update={"columns": columns})
    assert by_base(validated, validated, chosen(), loosened) == [
        "quarantine pass",
        "limits warn",
        "drift warn",
    ]
    more = CONTRACT.model_copy(
        update={"predicts": "something else", "columns": CONTRACT.columns | {"b": narrow}}
    )
    assert by_base(validated, validated, chosen(), more) is None


def test_a_base_whose_limits_cannot_be_read_is_missing(validated: Path, head: Path) -> None:
    (head / paths.PARAMS).write_text("validate: {min_rows: many}\n", encoding="utf-8")
    found = by_base(head, validated, chosen())
    assert isinstance(found, Missing)
    assert "validate.min_rows" in found.missing


def test_limits_that_are_gone_are_none_and_those_that_cannot_be_read_are_told(head: Path) -> None:
    (head / paths.LIMITS).unlink()
    assert held(head)  # the warnings of the run are no longer what its checks give
    (head / paths.LIMITS).write_text("windows: [", encoding="utf-8")
    side = Revision("the head", None, head)
    found = revalidated.differences(side, chosen(), CONTRACT, exact=True)
    assert isinstance(found, Missing)
    assert found.missing.startswith("the limits of the head: limits.yaml")
