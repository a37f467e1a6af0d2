"""What predicting and training cost, of models and commands that are made for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.compare.contracts import small_contract
from tests.package.wheels import vendored
from truerun.base import paths, tables
from truerun.compare import cost, training_part
from truerun.compare.cost import Served

CONTRACT = small_contract("regression")
ROWS = pd.DataFrame({"x": np.zeros(1500)})


class Counting:
    """A model that notes how many rows it is asked for."""

    feature_names_in_ = ("x",)

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, rows: pd.DataFrame) -> Any:
        self.asked.append(len(rows))
        return np.zeros(len(rows))


class Broken(Counting):
    """A model that takes no rows."""

    def predict(self, rows: pd.DataFrame) -> Any:
        raise ValueError(f"wrong columns: {list(rows)}")


def test_one_row_and_a_thousand_are_predicted_as_often_on_both_sides() -> None:
    base, head = Counting(), Counting()
    served = [Served(base, CONTRACT), Served(head, CONTRACT)]
    costs = cost.of_models(served, ROWS, [7, 8])
    once = [cost.ONE] + [1] * cost.REPEATS + [1000] * cost.REPEATS
    assert base.asked == head.asked == once
    assert [one.name for one in costs] == ["predict_one_ms", "predict_1000_ms", "bytes"]
    assert all(one.base > 0 and one.head > 0 for one in costs)
    assert (costs[2].base, costs[2].head) == (7, 8)


def test_times_are_milliseconds_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    # A row takes the base 2 ms, and once 9 s, and the head 3 ms; a thousand rows 4 ms and 5 ms.
    one, many = [2e-3, 3e-3], [4e-3, 5e-3]  # every other time the head is first
    turns = [pair[:: 1 - 2 * (turn % 2)] for pair in (one, many) for turn in range(15)]
    turns[14] = [9.0, 3e-3]
    taken = iter([seconds for turn in turns for seconds in turn])
    times: list[float] = []

    def clock() -> float:
        times.append(times[-1] + next(taken) if len(times) % 2 else float(len(times)))
        return times[-1]

    monkeypatch.setattr(cost.time, "perf_counter", clock)
    served = [Served(Counting(), CONTRACT), Served(Counting(), CONTRACT)]
    one, many, _ = cost.of_models(served, ROWS, [None, None])
    assert (one.base, one.head, many.base, many.head) == pytest.approx((2, 3, 4, 5))
    assert (one.ratio.median, one.ratio.low, one.ratio.high) == pytest.approx((1.5, 1.5, 1.5))
    assert many.ratio.pairs == 15


def test_one_model_of_both_sides_is_measured_once() -> None:
    model = Counting()
    one, many, size = costs = cost.of_one_model(Served(model, CONTRACT), ROWS, 7)
    assert len(model.asked) == 1 + 2 * cost.REPEATS
    assert all(each.same and each.base == each.head and each.ratio is None for each in costs)
    assert size.base == 7
    assert one.head > 0 < many.head


def test_the_interval_of_a_ratio_is_between_ordered_ratios() -> None:
    ratios = [float(n) for n in range(1, 16)]
    found = cost.ratio_of([1.0] * 15, ratios[::-1])
    assert (found.median, found.low, found.high) == (8, 4, 12)
    assert found.confidence == pytest.approx(0.9648, abs=1e-4)  # by the binomial of 15 coins
    assert cost.ratio_of([1.0] * 5, ratios[:5]) is None
    six = cost.ratio_of([1.0] * 6, ratios[:6])
    assert (six.low, six.high) == (1, 6)


@pytest.mark.slow
def test_such_an_interval_holds_the_median_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        found = cost.ratio_of(np.ones(15), random.lognormal(0.3, 1.0, 15))
        held += found.low <= np.exp(0.3) <= found.high
    assert 0.95 < held / 2000 < 0.98  # 0.965, four standard errors to each side


def test_a_side_without_a_model_that_works_has_no_times() -> None:
    one, many, size = cost.of_models([None, Served(Broken(), CONTRACT)], ROWS, [None, 8])
    assert (one.base, one.head, many.base, many.head) == (None, None, None, None)
    assert (size.base, size.head) == (None, 8)


def trained(folder: Path, command: str, reads: str = "src/train.py") -> dict[str, Any]:
    """The lock of a side in a folder, whose training is a command."""
    for name in (reads, "params.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")
    (folder / "src").mkdir(exist_ok=True)
    entry = {"cmd": command, "deps": [{"path": reads}], "params": {"params.yaml": {}}}
    return {"train": entry}


def costs_of(tmp_path: Path, *locks: dict[str, Any]) -> list[Any]:
    return cost.of_training([tmp_path / "base", tmp_path / "head"], locks)


def test_both_sides_are_trained_where_all_that_they_read_lies(tmp_path: Path) -> None:
    locks = [
        trained(tmp_path / "base", "test -f src/train.py -a -f params.yaml -a ! -e other"),
        trained(tmp_path / "head", "test -f data/rows -a -d src", "data/rows"),
    ]
    seconds, peak = costs_of(tmp_path, *locks)
    assert (seconds.name, peak.name) == ("train_seconds", "train_peak_bytes")
    assert seconds.base > 0
    assert seconds.head > 0
    assert min(peak.base, peak.head) > 100_000
    assert (seconds.note, peak.note) == (None, None)


LISTS = "python -c 'import os, sys; sys.exit(sorted(os.listdir(sys.argv[1])) != sys.argv[2:])' "


def months_of(folder: Path, names: str) -> None:
    """Features and validated rows of months, ten rows each."""
    for table in (paths.FEATURES, paths.VALIDATED):
        for name in names:
            tables.write_table(pd.DataFrame({"x": range(10)}), folder / table / f"{name}.parquet")


def test_of_many_rows_both_sides_are_trained_on_the_newest_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_part, "ENOUGH", 15)
    months_of(tmp_path / "base", "abcdf")
    months_of(tmp_path / "head", "abcdefg")  # of which the base lacks e and g
    read = {"path": str(paths.FEATURES)}, {"path": str(paths.VALIDATED)}
    locks = []
    for side in ("base", "head"):
        table = paths.FEATURES if side == "base" else paths.VALIDATED
        locks.append(trained(tmp_path / side, f"{LISTS} {table} d.parquet f.parquet"))
        locks[-1]["train"]["deps"] += read
    seconds, peak = costs_of(tmp_path, *locks)
    assert seconds.base > 0 < seconds.head
    assert "a fit by one thread on the newest 20 of 70 training rows" in seconds.note == peak.note
    # What cannot be fitted on a part is fitted on all rows, and nothing is said of a part.
    for side, lock in zip(("base", "head"), locks, strict=True):
        lock["train"]["cmd"] = "test -e data/validated/a.parquet" + " -a -d src" * (side == "head")
    seconds, _ = costs_of(tmp_path, *locks)
    assert seconds.base > 0 < seconds.head
    assert seconds.note is None


@pytest.mark.slow
def test_a_side_is_trained_by_the_package_that_it_keeps(tmp_path: Path) -> None:
    """The one that is installed would refuse, or be measured in its place."""
    command = "env PYTHONPATH=src python -c 'import own, truerun.base.of_{}'"
    locks = []
    for name in ("base", "head"):
        locks.append(trained(tmp_path / name, command.format(name)))
        (tmp_path / name / "src/own.py").touch()
        vendored(tmp_path / name, files={f"base/of_{name}.py": ""})
    seconds, _ = costs_of(tmp_path, *locks)
    assert min(seconds.base, seconds.head) > 0
    assert not (tmp_path / "head/src/truerun").exists()  # it may be the working tree
    vendored(tmp_path / "base", "9.9.8")
    seconds, _ = costs_of(tmp_path, *locks)
    assert (seconds.base, seconds.head > 0) == (None, True)


def test_a_fit_has_one_thread(tmp_path: Path) -> None:
    locks = [
        trained(tmp_path / "base", "sh -c 'exit $((OMP_NUM_THREADS - 1))'"),
        trained(tmp_path / "head", "sh -c 'exit $((OPENBLAS_NUM_THREADS - 1))'"),
    ]
    seconds, _ = costs_of(tmp_path, *locks)
    assert seconds.base > 0 < seconds.head


def test_the_same_training_is_not_measured(tmp_path: Path) -> None:
    lock = trained(tmp_path / "base", "false")
    (found,) = costs_of(tmp_path, lock, lock)
    assert (found.name, found.base, found.head, found.note) == (
        "train_seconds",
        None,
        None,
        cost.SAME,
    )


@pytest.mark.parametrize("command", ["not-installed", "'half", "", "/"])
def test_a_side_whose_command_cannot_be_started_has_no_figures(
    command: str, tmp_path: Path
) -> None:
    locks = [trained(tmp_path / "base", "true"), trained(tmp_path / "head", command)]
    seconds, _ = costs_of(tmp_path, *locks)
    assert seconds.base > 0
    assert seconds.head is None
    assert "could not be trained here" in seconds.note


@pytest.mark.parametrize("gone", ["src/train.py", "params.yaml"])
def test_a_side_that_lacks_what_it_reads_is_not_trained(tmp_path: Path, gone: str) -> None:
    locks = [trained(tmp_path / "base", "true"), trained(tmp_path / "head", "true --again")]
    (tmp_path / "base" / gone).unlink()
    seconds, peak = costs_of(tmp_path, *locks)
    assert (seconds.base, peak.base) == (None, None)
    assert seconds.head > 0
    assert seconds.note == peak.note == "not comparable: one side could not be trained here"


def test_a_side_that_fails_or_has_no_training_has_no_figures(tmp_path: Path) -> None:
    seconds, peak = costs_of(tmp_path, trained(tmp_path / "base", "false"), {})
    assert (seconds.base, seconds.head, peak.base, peak.head) == (None, None, None, None)


def test_the_size_is_that_of_the_model_if_there_is_one(tmp_path: Path) -> None:
    assert cost.size(tmp_path) is None
    path = tmp_path / paths.MODEL
    path.parent.mkdir(parents=True)
    path.write_bytes(b"12345")
    assert cost.size(tmp_path) == 5
