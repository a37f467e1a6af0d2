"""The experiments of what `dvc exp show` says."""

from typing import Any

from truerun.compare.experiments import RESULTS, best_first
from truerun.compare.shorten import Shortener


def state(rev: str, params: dict[str, Any], **figures: Any) -> dict[str, Any]:
    return {
        "rev": rev,
        "data": {
            "params": {"params.yaml": {"data": params}},
            "metrics": {RESULTS: {"data": {"test": figures}}},
        },
    }


def shown(*experiments: tuple[str | None, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    before = {"train": {"rate": 0.1, "model": "a"}, "seed": 1}
    revs = [{"name": name, "revs": each} for name, each in experiments]
    return [{"data": state("base", before)["data"], "experiments": revs}]


def test_the_best_come_first_and_those_without_the_main_metric_last() -> None:
    listed = shown(
        ("low", [state("1", {}, roc_auc=0.6)]),
        ("none", [state("2", {}, f1=0.9)]),
        ("high", [state("3", {}, roc_auc=0.8)]),
    )
    found = best_first(listed, "binary", Shortener())
    assert [(run.name, run.values["roc_auc"]) for run in found] == [
        ("high", 0.8),
        ("low", 0.6),
        ("none", None),
    ]
    listed = shown(
        ("far", [state("1", {}, rmse=9.0)]),
        ("none", [state("2", {}, mae=1.0)]),
        ("near", [state("3", {}, rmse=2.0)]),
    )
    found = best_first(listed, "regression", Shortener())
    assert [run.name for run in found] == ["near", "far", "none"]


def test_an_experiment_is_its_last_state_with_what_it_changed() -> None:
    after = {"train": {"rate": 0.2, "model": "a"}, "seed": 1, "new": None}
    runs = [state("abc", after, roc_auc=0.6), state("old", {"seed": 9}, roc_auc=0.5)]
    (found,) = best_first(shown((None, runs)), "binary", Shortener())
    assert (found.name, found.values["roc_auc"]) == ("abc", 0.6)
    assert [(one.name, one.base, one.head) for one in found.parameters] == [
        ("train.rate", "0.1", "0.2")
    ]


def test_a_parameter_that_is_new_had_no_value() -> None:
    (found,) = best_first(
        shown(("a", [state("1", {"new": 3}, roc_auc=0.6)])), "binary", Shortener()
    )
    assert [(one.name, one.base, one.head) for one in found.parameters] == [("new", None, "3")]


def test_runs_without_results_and_the_workspace_are_no_experiments() -> None:
    listed = shown(
        ("running", [state("1", {})]),
        ("broken", [state("2", {}, roc_auc=float("nan"), f1="much")]),
        ("here", [state("workspace", {}, roc_auc=0.9)]),
        ("empty", [{"rev": "3", "data": None}]),
        ("whole", [state("4", {}, roc_auc=0.7, f1=float("inf"))]),
    )
    (found,) = best_first(listed, "binary", Shortener())
    assert (found.name, found.values["f1"]) == ("whole", None)
    assert best_first([{"data": None, "experiments": None}], "binary", Shortener()) == ()


def test_of_too_many_experiments_the_best_are_listed() -> None:
    many = [(str(n), [state(str(n), {}, roc_auc=n / 100)]) for n in range(51)]
    shortener = Shortener()
    found = best_first(shown(*many), "binary", shortener)
    assert [run.name for run in found] == [str(n) for n in range(50, 0, -1)]
    assert shortener.notes == ["experiments: 50 of 51 are listed"]
