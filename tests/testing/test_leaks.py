"""Whatever a feature must not know of is found out by one of the checks, and by which is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing import shop
from truerun.base.errors import SourceError
from truerun.params.source import SourceSettings
from truerun.testing import leaks
from truerun.testing.project import Project

pytestmark = pytest.mark.slow

CHECKS = {
    "order": leaks.check_order,
    "target": leaks.check_target,
    "test rows": leaks.check_test_rows,
    "later rows": leaks.check_later_rows,
}
ROW = r"feature own of customer C\d{5} is \S+, and \S+ "


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    """The project with features of a text, as far as its rows are validated."""
    shop.write(tmp_path, request.param)
    with shop.entered(tmp_path) as project:
        shop.run("prepare", "validate")
        yield project


def own(expression: str, before: str = "") -> str:
    """A module whose own feature is an expression."""
    return f"import pandas as pd\n{before}\nFEATURES = {{'own': lambda rows: {expression}}}\n"


def failing(project: Project) -> dict[str, str]:
    """What is said by the checks that fail."""
    said = {}
    for name, check in CHECKS.items():
        try:
            check(project)
        except AssertionError as error:
            said[name] = str(error)
    return said


@pytest.mark.parametrize("made", [shop.PER_MONTH], indirect=True)
def test_a_feature_of_its_row_alone_passes(made: Project) -> None:
    assert failing(made) == {}


@pytest.mark.parametrize(
    "made", [own("rows['spent'] - rows['spent'].mean()")], indirect=True, ids=["mean"]
)
def test_a_mean_over_all_rows_is_named(made: Project) -> None:
    said = failing(made)
    assert set(said) == {"test rows", "later rows"}
    pattern = ROW + r"where the rows are left out that the model is tested on \([\d,]+ of 898 rows"
    with pytest.raises(AssertionError, match=pattern):
        leaks.check_test_rows(made)


@pytest.mark.parametrize("made", [own("range(len(rows))")], indirect=True, ids=["position"])
def test_the_position_of_a_row_is_named(made: Project) -> None:
    assert "order" in failing(made)
    with pytest.raises(AssertionError, match=ROW + "where the rows are in another order"):
        leaks.check_order(made)


RATES = "RATES = pd.read_csv('data/raw/customers.csv').groupby('plan')['left'].agg(%s)\n"


@pytest.mark.parametrize(
    "made",
    [own("rows['plan'].map(RATES)", RATES % "lambda left: (left == 'yes').mean()")],
    indirect=True,
    ids=["rates"],
)
def test_targets_that_are_read_from_the_data_are_named(made: Project) -> None:
    assert set(failing(made)) == {"target"}
    pattern = r"^shop\.features makes no columns .* reads more than its rows: shop\.features cannot"
    with pytest.raises(AssertionError, match=pattern):
        leaks.check_target(made)


SOMETIMES = f"""
from pathlib import Path
if Path('data/raw').exists():
    {RATES % "lambda left: (left == 'yes').mean()"}
else:
    RATES = {{}}
"""


@pytest.mark.parametrize(
    "made", [own("rows['plan'].map(RATES)", SOMETIMES)], indirect=True, ids=["sometimes"]
)
def test_targets_that_are_read_where_there_are_any_are_named(made: Project) -> None:
    assert set(failing(made)) == {"target"}
    with pytest.raises(AssertionError, match=ROW + "where there is no folder data to look into"):
        leaks.check_target(made)


LATER = "rows.merge(rows.groupby('plan')['joined'].max().rename('last'), on='plan', how='left')"


@pytest.mark.parametrize(
    "made",
    [own(f"({LATER}['last'] - rows['joined']).dt.days + 0.0")],
    indirect=True,
    ids=["last"],
)
def test_later_rows_are_named(made: Project) -> None:
    assert "later rows" in failing(made)
    with pytest.raises(AssertionError, match=ROW + r"before there are any of rows after 2024-"):
        leaks.check_later_rows(made)


@pytest.mark.parametrize(
    "made", [own("rows.groupby('plan')['spent'].transform('max')")], indirect=True, ids=["max"]
)
def test_other_values_of_later_rows_are_named_too(made: Project) -> None:
    """The largest value is seldom among the later rows, but moves where they are shuffled."""
    assert "later rows" in failing(made)


@pytest.mark.parametrize("made", [shop.PER_MONTH], indirect=True)
def test_a_source_of_ones_own_is_told_from_a_table(made: Project) -> None:
    mine = SourceSettings(name="mine", max_dropped=0.1, options={})
    project = Project(made.contract, made.params.model_copy(update={"source": mine}))
    with pytest.raises(SourceError, match=r"source\.name of params\.yaml is mine: write a test"):
        leaks.check_order(project)
