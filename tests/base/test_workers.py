"""Processes that work on partitions: the same results and errors at any number, whoever is killed.

Each scene is a program of its own, since only a process of one thread may fork.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from truerun.base import capacity
from truerun.base.capacity import WorkersError, workers

GIVEN = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["train"]
NAMES = [f"part-{number:02}" for number in range(11)]
MODELS = ("hist_gradient_boosting", "lightgbm", "random_forest", "logistic_regression", "blend")
BEGIN = """
import os, signal, sys
from pathlib import Path
from truerun.base.errors import StageError, exit_with
from truerun.base.partitions import map_partitions
names = sys.argv[1:]
parent = os.getpid()
count = os.environ["TRUERUN_WORKERS"]
sizes = [1] * len(names)
"""


def run(
    scene: str, count: int, *, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a scene with so many workers."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + scene, *NAMES],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TRUERUN_WORKERS": str(count)}
        | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_results_are_the_same_and_in_order_at_any_number_of_workers(tmp_path: Path) -> None:
    scene = """
def write(name):
    Path(f"{count}-{name}").write_text(name.upper())
    return name, os.getpid() == parent
mapped = map_partitions(write, names, "write", sizes)
print(list(mapped) == names == [name for name, _ in mapped.values()])
print({own for _, own in mapped.values()})
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child is left")
"""
    for count in (1, 2, 3, 50):
        done = run(scene, count, folder=tmp_path)
        own = count == 1
        assert (done.stdout, done.stderr) == (f"True\n{{{own}}}\nno child is left\n", "")
    for name in NAMES:
        assert {(tmp_path / f"{n}-{name}").read_text() for n in (1, 2, 3, 50)} == {name.upper()}


@pytest.mark.parametrize("count", [2, 3])
def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, count: int) -> None:
    scene = """
def killed(name):
    if os.getpid() != parent and name == "part-07":
        os.kill(os.getpid(), signal.SIGKILL)
    return name.upper()
print(*map_partitions(killed, names, "test", sizes).values())
"""
    done = run(scene, count, folder=tmp_path)
    assert done.stdout.split() == [name.upper() for name in NAMES]
    assert "was killed" in done.stderr
    assert "TRUERUN_WORKERS=1" in done.stderr


@pytest.mark.slow
def test_the_first_error_in_order_is_raised_as_it_is(tmp_path: Path) -> None:
    scene = """
def fail(name):
    if name in ("part-02", "part-09"):
        raise StageError(f"{name} cannot be read")
    return name
exit_with(lambda: map_partitions(fail, names, "test", sizes))
"""
    for count in (1, 2, 3):
        done = run(scene, count, folder=tmp_path)
        assert (done.returncode, done.stderr) == (1, "error: part-02 cannot be read\n")


def test_what_cannot_be_sent_is_made_again(tmp_path: Path) -> None:
    scene = """
mapped = map_partitions(lambda name: (lambda: name), names, "test", sizes)
print([result() for result in mapped.values()] == names)
"""
    assert run(scene, 2, folder=tmp_path).stdout == "True\n"


def test_a_map_within_a_worker_starts_no_others(tmp_path: Path) -> None:
    scene = """
def pids(name):
    inner = map_partitions(lambda _: os.getpid(), names, "inner", sizes)
    return {os.getpid(), *inner.values()}
print({len(each) for each in map_partitions(pids, names, "outer", sizes).values()})
"""
    assert run(scene, 2, folder=tmp_path).stdout == "{1}\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_parent(tmp_path: Path, sent: signal.Signals) -> None:
    scene = """
def forever(name):
    os.write(1, f"{name}\\n".encode())
    signal.pause()
exit_with(lambda: map_partitions(forever, names, "test", sizes))
"""
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + scene, *NAMES],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TRUERUN_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert {parent.stdout.readline() for _ in range(2)} == {"part-00\n", "part-05\n"}
        parent.send_signal(sent)
        # The streams end when nobody holds them any longer.
        assert parent.communicate(timeout=60) == ("", "interrupted\n" if sent == 2 else "")
    assert parent.returncode == (130 if sent == 2 else -sent)


@pytest.mark.slow
def test_models_fit_and_score_in_workers_after_the_parent_used_threads(tmp_path: Path) -> None:
    scene = f"""
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from truerun.evaluation.evaluation import one_threaded
from truerun.model import estimators
draw = np.random.default_rng(1)
features = draw.normal(size=(2000, 5)).astype(np.float32)
target = (features[:, 0] > 0).astype(np.int8)
for name in {MODELS}:
    chosen = estimators.SECTION.model_validate({{**{GIVEN!r}, "model": name}})
    estimator = estimators.build(chosen, "binary")
    model = Pipeline([("featurizer", "passthrough"), ("estimator", estimator)])
    estimators.fit(name, estimator, features, target)
    before = model.predict_proba(features)
    one = one_threaded(model)
    def score(part):
        estimators.fit(name, clone(one["estimator"]), features[:400], target[:400])
        return os.getpid(), one.predict_proba(features[int(part[-2:]) :: 11])
    mapped = map_partitions(score, names, "score", sizes)
    same = [(scores == before[n::11]).all() for n, (_, scores) in enumerate(mapped.values())]
    print(name, all(same), parent in {{own for own, _ in mapped.values()}})
"""
    done = run(scene, 2, folder=tmp_path, OMP_NUM_THREADS="2")
    assert done.stdout.splitlines() == [f"{name} True False" for name in MODELS]
    assert done.stderr == ""


def test_how_many_work_follows_from_cores_memory_and_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capacity.threading, "active_count", lambda: 1)
    monkeypatch.setattr(capacity.os, "sched_getaffinity", lambda _: range(8))
    monkeypatch.setattr(capacity, "free_memory", lambda: 12 * 10**9)
    monkeypatch.delenv("TRUERUN_WORKERS", raising=False)
    assert workers([10**7] * 20) == 8
    assert workers([10**7] * 3) == 3  # no more than partitions
    assert workers([10**3] * 20) == 1  # a small table
    assert workers([10**9] * 20) == 1  # each takes as much as may be used
    assert workers([10**7] * 19 + [3 * 10**8]) == 3  # as the largest one allows
    monkeypatch.setenv("TRUERUN_WORKERS", "5")
    assert workers([10**7] * 20) == 5
    assert workers([10**3] * 20) == 5
    assert workers([10**9] * 20) == 1
    for wrong in ("0", "two", "-1", "1.5", " 2"):
        monkeypatch.setenv("TRUERUN_WORKERS", wrong)
        with pytest.raises(WorkersError, match="TRUERUN_WORKERS"):
            workers([10**7] * 20)
    monkeypatch.setenv("TRUERUN_WORKERS", "5")
    monkeypatch.setattr(capacity.threading, "active_count", lambda: 2)
    assert workers([10**7] * 20) == 1  # another thread may hold a lock


def test_memory_is_that_of_the_container_where_it_has_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert capacity._left(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("300\n")
    assert capacity._left(tmp_path) is None
    (tmp_path / "memory.max").write_text("1000\n")
    assert capacity._left(tmp_path) == 700
    monkeypatch.setattr(capacity, "_left", lambda _: 700)
    assert capacity.free_memory() == 700
    monkeypatch.setattr(capacity, "_left", lambda _: None)
    assert capacity.free_memory() > 10**6
