"""Columns that the project's own functions make of a table, and what is said of wrong ones."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truerun.base.errors import OwnFeaturesError
from truerun.base.settings import SettingsError, checked
from truerun.sources.table import source
from truerun.sources.table.options import Options
from truerun.stages import prepare as stage

TABLE = "id,plan,joined,spent,left\n3,a,2020-01-02,4,no\n1,b,2021-05-01,,yes\n2,a,2020-03-01,1,no\n"
OPTIONS = {
    "format": {"kind": "csv"},
    "missing": ("",),
    "target": "left",
    "task": "binary",
    "positive": "yes",
    "negative": "no",
    "key": ("id",),
    "columns": {
        "id": {"as": "identifier"},
        "plan": {"as": "category"},
        "joined": {"as": "date", "format": "%Y-%m-%d", "parts": ("month",)},
        "spent": {"as": "number"},
        "left": {"as": "category"},
    },
    "features": "shop.features",
}
HEAD = "import numpy as np\nimport pandas as pd\n\n\n"

Made = Callable[[str], pd.DataFrame]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """The rows that the table source prepares with the features of a text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a text may replace another in a second
    raw, package = tmp_path / "data/raw", tmp_path / "src/shop"
    raw.mkdir(parents=True)
    package.mkdir(parents=True)
    (raw / "table.csv").write_text(TABLE, encoding="utf-8")
    (package / "__init__.py").touch()

    def prepare(text: str) -> pd.DataFrame:
        for name in ("shop", "shop.features"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        (package / "features.py").write_text(HEAD + text, encoding="utf-8")
        return source.prepare(Path("data/raw"), "table", Options.model_validate(OPTIONS)).rows

    return prepare


def refused(made: Made, text: str, message: str) -> None:
    """Check what is said of the features of a text."""
    with pytest.raises(OwnFeaturesError, match=message):
        made(text)


def test_a_function_makes_a_column_of_the_other_columns(made: Made) -> None:
    rows = made("FEATURES = {'double': lambda rows: 2 * rows['spent']}")
    assert list(rows)[-1] == "double"
    assert rows["id"].tolist() == ["1", "2", "3"]
    np.testing.assert_array_equal(rows["double"], [np.nan, 2.0, 8.0])


def test_it_gets_date_parts_but_neither_target_nor_key(made: Made) -> None:
    rows = made("FEATURES = {'seen': lambda rows: [' '.join(rows)] * len(rows)}")
    assert rows["seen"].unique().tolist() == ["plan joined joined month spent"]


def test_values_become_as_those_of_the_table(made: Made) -> None:
    rows = made(
        "FEATURES = {\n"
        "  'whole': lambda rows: rows['spent'].fillna(0).astype('int64'),\n"
        "  'known': lambda rows: rows['spent'].notna(),\n"
        "  'upper': lambda rows: rows['plan'].str.upper().astype('category'),\n"
        "  'none': lambda rows: [None] * len(rows),\n"
        "  'next': lambda rows: rows['joined'].dt.tz_localize(None) + pd.Timedelta(days=1),\n"
        "}"
    )
    assert {
        name: str(rows[name].dtype) for name in ("whole", "known", "upper", "none", "next")
    } == {
        "whole": "float64",
        "known": "float64",
        "upper": "str",
        "none": "str",
        "next": "datetime64[us, UTC]",
    }
    assert rows["known"].tolist() == [0.0, 1.0, 1.0]


def test_a_function_cannot_change_the_rows(made: Made) -> None:
    rows = made(
        "def emptied(rows):\n    rows['spent'] = 0.0\n    del rows['plan']\n"
        "    return rows['spent']\n\n\n"
        "FEATURES = {'zero': emptied, 'plans': lambda rows: rows['plan'] + rows['plan']}"
    )
    np.testing.assert_array_equal(rows["spent"], [np.nan, 1.0, 4.0])
    assert rows["plans"].tolist() == ["bb", "aa", "aa"]


def test_a_series_in_another_order_is_taken_by_its_index(made: Made) -> None:
    rows = made("FEATURES = {'same': lambda rows: rows.sort_values('spent')['spent']}")
    np.testing.assert_array_equal(rows["same"], rows["spent"])


def test_no_feature_at_all_is_allowed(made: Made) -> None:
    assert list(made("FEATURES = {}")) == ["left", "id", "plan", "joined", "joined month", "spent"]


@pytest.mark.usefixtures("made")
def test_a_module_that_is_not_there_is_named() -> None:
    options = Options.model_validate({**OPTIONS, "features": "nowhere.features"})
    with pytest.raises(
        OwnFeaturesError,
        match=r"^params\.yaml: source\.options\.features is nowhere\.features, but there is no"
        r" src/nowhere/features\.py$",
    ):
        source.prepare(Path("data/raw"), "table", options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^shop\.features: FEATURES is missing: it maps"),
        ("FEATURES = ['a']", r"^shop\.features: FEATURES is not a mapping"),
        ("FEATURES = {3: len}", r"^shop\.features: FEATURES has 3 as a column's name$"),
        (
            "FEATURES = {'spent': len}",
            r"FEATURES has spent, which is a column of the table already",
        ),
        ("FEATURES = {'id': len}", r"FEATURES has id, which is a column of the table already"),
        ("FEATURES = {'split': len}", r"FEATURES has split, which is a name that the stages use"),
        ("FEATURES = {'a': 7}", r"column a: FEATURES has 7 for it, which is not a function"),
        (
            "FEATURES = {",
            r"^shop\.features cannot be imported: SyntaxError: .* \(line 5 of src/shop",
        ),
        (
            "FEATURES = nothing",
            r"^shop\.features cannot be imported: NameError: .* \(line 5 of src/shop/fe",
        ),
        (
            "import no_such_library",
            r"^shop\.features cannot be imported: ModuleNotFoundError: No mo",
        ),
        ("raise SystemExit(3)", r"^shop\.features cannot be imported: SystemExit: 3 \(line 5 of"),
    ],
)
def test_what_is_wrong_with_a_module_is_said(made: Made, text: str, message: str) -> None:
    refused(made, text, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "rows['age']",
            r"features: column new: its raises KeyError: 'age' \(line 6 of .*, in its\); the",
        ),
        ("rows['left']", r"raises KeyError: 'left' .* the columns that it gets are plan,"),
        ("1 / 0", r"column new: its raises ZeroDivisionError: division by zero \(line 6 of"),
        ("exit(2)", r"column new: its raises SystemExit: 2 \(line 6 of"),
        ("rows['spent'].mean()", r"column new: its returns a float64, where a Series"),
        ("rows", r"column new: its returns a DataFrame, where a Series or an array is due"),
        ("rows['spent'].dropna()", r"column new: its returns 2 values for 3 rows: one is due"),
        ("rows['spent'].set_axis([7, 8, 9])", r"returns a Series with another index than that of"),
        ("rows['spent'].to_numpy()[:, None]", r"returns what cannot be a column: "),
        ("rows['joined'] - rows['joined']", r"values of type timedelta64.* divide it by pd\.Timed"),
        ("[1j] * 3", r"column: values of type complex128, where numbers, text, booleans or dates"),
        ("[3, 'a', None]", r"cannot be a column: values of type mixed-integer, where numbers, te"),
        ("[[1], [2], [3]]", r"cannot be a column: values of type mixed, where numbers, text"),
        ("['\\ud83d'] * 3", r"cannot be a column: .*surrogates not allowed"),
    ],
)
def test_what_is_wrong_with_a_function_is_said(made: Made, body: str, message: str) -> None:
    text = f"def its(rows):\n    return {body}\n\n\nFEATURES = {{'new': its}}"
    refused(made, text, message)


def test_the_line_is_that_of_the_module_where_a_library_raises(made: Made) -> None:
    text = "def its(rows):\n    return rows['plan'].astype('float64')\n\n\nFEATURES = {'new': its}"
    refused(made, text, r"raises ValueError: .*'a' \(line 6 of src/shop/features\.py, in its\)$")


def test_a_name_that_is_no_module_is_refused_with_the_settings() -> None:
    with pytest.raises(SettingsError, match=r"options\.features: is not the name of a module, suc"):
        checked(Options, {**OPTIONS, "features": "src/shop"}, Path("params.yaml"), "source.options")


def test_the_stage_does_not_blame_the_raw_data(made: Made) -> None:
    made("FEATURES = {}")
    Path("src/shop/features.py").write_text("FEATURES = {'new': len}", encoding="utf-8")
    del sys.modules["shop.features"]
    with pytest.raises(OwnFeaturesError, match=r"returns a int, where") as refusal:
        stage.prepare_all(source, Options.model_validate(OPTIONS), 0.1)
    assert not re.search("delete it", str(refusal.value))
