"""The README of a project speaks of its model, and shows a comment as the report writes it."""

from dataclasses import replace
from typing import get_args

import pytest

from tests import comparisons
from tests.tasks import contract_of
from truerun.base.tasks import Task
from truerun.model.tasks import TASKS
from truerun.readme import model_figures, page
from truerun.report import markdown
from truerun.report.contents import document

ABOUT = page.About(
    name="shop",
    package="shop",
    task="binary",
    predicts="whether left is 1",
    features=("spent", "plan"),
    maintainer=None,
    in_git=True,
)
# What each example is of: main, this pull request, and the standard error of the difference.
EXAMPLES = {
    "binary": (0.7512, 0.7594, 0.0026),
    "multiclass": (0.8127, 0.7903, 0.0069),
    "regression": (24.137, 23.512, 0.179),
    "counts": (1.214, 1.1875, 0.0074),
}
COLUMNS = {"member": {"type": "float"}, "plan": {"type": "text"}}


@pytest.mark.parametrize("task", get_args(Task))
def test_the_example_of_a_comment_is_what_a_comment_looks_like(task: Task) -> None:
    told = comparisons.difference(TASKS[task].main_metric, *EXAMPLES[task])
    comparison = comparisons.comparison(metrics=comparisons.metrics(told))
    comment = markdown.render(document(comparisons.as_json(comparison)), None)
    readme = page.text(replace(ABOUT, task=task), "")
    shown = readme.split("figures are made up:\n\n")[1].split("\n\n")[0].splitlines()
    assert len(shown) == 3
    assert set(shown) <= set(comment.splitlines())


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("binary", "By ROC AUC the model is better than the rate for everyone: +0.2512 (95 %: "),
        ("regression", "By RMSE the model is better than the mean for everyone: -1.000 (95 %: "),
    ],
)
def test_the_gain_is_over_what_the_table_calls_the_baseline(task: Task, said: str) -> None:
    figures = {"binary": (0.5, 0.7512, 0.01), "regression": (24.0, 23.0, 0.2)}[task]
    difference = comparisons.difference(TASKS[task].main_metric, *figures)
    assert model_figures.gain(difference, TASKS[task].baseline).startswith(said)


def test_a_weak_slice_is_named_as_the_table_has_it() -> None:
    figures = [{"rows": rows, "rmse": rmse} for rows, rmse in [(1, 1072.234), (1204, 0.5)]]
    slices = {"member": {"1.0": figures[0], "0.5": figures[1]}, "plan": {"2.0": figures[1]}}
    assert model_figures.weakest(slices, contract_of("regression", COLUMNS)) == (
        "It is weakest, by RMSE, where `member` is 1 (1,072.2, 1 row);"
        " `member` is 0.5 (0.5000, 1,204 rows); `plan` is `2.0` (0.5000, 1,204 rows)."
    )
    assert model_figures.weakest({}, contract_of("regression", COLUMNS)) == ""
