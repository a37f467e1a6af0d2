"""A model in a process of its own: the same scores, and nothing that ends this one."""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.model.isolation.files import CASES, fitted, method, rows, written
from tests.variants import nightly_after
from truerun.base.commands import ONE_THREAD
from truerun.base.errors import ModelError
from truerun.base.tasks import Task
from truerun.model.isolation import channel
from truerun.model.isolation.isolated_model import IsolatedModel
from truerun.model.model_files import ModelFileError


@pytest.mark.slow
@pytest.mark.usefixtures("warm_start")  # what starts cold is looked at below
@pytest.mark.parametrize(("name", "task"), nightly_after(8, CASES))
def test_scores_are_those_of_this_process_to_the_bit(name: str, task: Task, tmp_path: Path) -> None:
    model = fitted(name, task)
    isolated = IsolatedModel(written(model, tmp_path / "model.skops"))
    features = rows(task)[list(isolated.feature_names_in_)]
    for some in (features, features.iloc[:1], features.iloc[::-1]):
        here, there = (getattr(each, method(task))(some) for each in (model, isolated))
        assert (here.dtype, here.flags.c_contiguous) == (there.dtype, there.flags.c_contiguous)
        np.testing.assert_array_equal(here, there)
    assert isolated.handing_over > 0


@pytest.fixture(scope="module")
def ridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(fitted("ridge", "regression"), tmp_path_factory.mktemp("ridge") / "model.skops")


@pytest.mark.slow
def test_a_file_that_is_missing_or_no_model_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot read .*none\.skops: No such file"):
        IsolatedModel(tmp_path / "none.skops")
    (tmp_path / "text.skops").write_text("text", encoding="utf-8")
    model = IsolatedModel(tmp_path / "text.skops")
    for _ in range(2):
        with pytest.raises(ModelFileError, match=r"text\.skops is not a readable model file: File"):
            model.load()
        with pytest.raises(ModelFileError, match=r"text\.skops is not a readable model file: File"):
            model.predict(rows("regression"))


@pytest.mark.slow
def test_a_model_that_cannot_score_says_why_and_goes_on(ridge: Path) -> None:
    model = IsolatedModel(ridge)
    with pytest.raises(ModelError, match=r"model\.skops gives no scores: .*feature names"):
        model.predict(pd.DataFrame({"other": [1.0]}))
    with pytest.raises(ModelError, match=r"gives no scores: .*predict_proba"):
        model.predict_proba(rows("regression"))
    assert len(model.predict(rows("regression"))) == 200


@pytest.mark.slow
def test_a_process_that_is_killed_or_too_slow_is_told(ridge: Path) -> None:
    model = IsolatedModel(ridge)
    model.load()
    os.kill(model._channel._process.pid, signal.SIGSEGV)
    for _ in range(2):
        with pytest.raises(ModelFileError, match=r"model\.skops: its process crashed \(SIGSEGV\)"):
            model.predict(rows("regression"))
    with pytest.raises(ModelFileError, match=r"its process takes more than 0\.01 seconds in all"):
        IsolatedModel(ridge, seconds=0.01).load()


def test_the_process_ends_with_the_model(ridge: Path) -> None:
    model = IsolatedModel(ridge)
    process = model._channel._process
    del model
    assert process.returncode == -signal.SIGKILL


def instead(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Another program in place of the child, which begins with what the child would have had."""
    begins = "import json, os, struct, sys, time; sys.path.insert(0, sys.argv[1]);"
    begins += " from truerun.model.isolation.messages import message, received;"
    begins += " put = lambda *parts: os.write(1, b''.join(message(*parts)));"
    monkeypatch.setattr(channel, "START", f"{begins}\n{program}")


READY = 'received(sys.stdin.buffer); put({"network": "", "features": ["a"]})\n'
READY += "received(sys.stdin.buffer)\n"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("os.write(1, b'x' * 100)", "its process answers with"),
        ("os.write(1, struct.pack('<II', 5, 0) + b'hello')", "its process answers without sense"),
        ("os.write(1, struct.pack('<II', 2, 0) + b'[]')", "its process answers without names"),
        ("put(dict(x=1), b'more')", "its process answers with 8 and 4 bytes"),
        ("put(dict(x=1))", "it does not say why"),
        ("put(dict(error='a\\nb' * 10_000))", "a ba ba b"),
        ("os.write(1, struct.pack('<II', 2**18, 0) + b'[' * 2**15)", "its process ended with 0"),
        ("os.abort()", r"its process crashed \(SIGABRT\)"),
        ("sys.exit(3)", "its process ended with 3"),
        ("os.close(0); os.close(1); time.sleep(60)", "in all|went silent"),
    ],
)
def test_a_child_that_answers_anything_else_is_told(
    program: str, said: str, ridge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, f"received(sys.stdin.buffer)\n{program}")
    if "silent" in said:
        monkeypatch.setattr(channel, "GOODBYE", 0.5)
    with pytest.raises(ModelFileError, match=rf"model\.skops.*{said}"):
        IsolatedModel(ridge).load()


GOOD = {"shape": [2], "type": "<f8", "order": "C", "seconds": 0.5}


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": [3]},
        {"shape": [2, 1]},
        {"shape": [-2]},
        {"shape": [True, 2]},
        {"shape": "2"},
        {"type": "<f4"},
        {"type": "|O"},
        {"type": None},
        {"order": "K"},
        {"seconds": -1.0},
        {"seconds": float("nan")},
        {"seconds": None},
    ],
    ids=str,
)
def test_an_answer_that_is_no_array_of_scores_is_refused(
    wrong: dict[str, object], ridge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = f"nan = float('nan')\nput({GOOD | wrong!r}, bytes(16))"
    instead(monkeypatch, READY + answer)
    model = IsolatedModel(ridge)
    with pytest.raises(ModelError, match=r"model\.skops: what its process answers are not scores"):
        model.predict(pd.DataFrame({"a": [1.0, 2.0]}))


def test_an_answer_as_it_should_be_is_taken(ridge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, READY + f"put({GOOD!r}, bytes(16))")
    scores = IsolatedModel(ridge).predict(pd.DataFrame({"a": [1.0, 2.0]}))
    np.testing.assert_array_equal(scores, [0, 0])


def test_scores_that_are_not_finite_are_refused(
    ridge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, READY + f"put({GOOD!r}, struct.pack('<dd', 1, float('nan')))")
    with pytest.raises(ModelError, match=r"model\.skops gives scores that are not finite"):
        IsolatedModel(ridge).predict(pd.DataFrame({"a": [1.0, 2.0]}))


def test_the_child_is_given_nothing_of_the_environment_or_of_this_folder(
    ridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    (tmp_path / "json.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    shutil.copy(tmp_path / "json.py", tmp_path / "numpy.py")
    monkeypatch.chdir(tmp_path)
    said = "received(sys.stdin.buffer); put(dict(error=repr([dict(os.environ), os.getcwd()])))"
    instead(monkeypatch, said)
    with pytest.raises(ModelFileError) as caught:
        IsolatedModel(ridge).load()
    given = ONE_THREAD | {"LC_CTYPE": "C.UTF-8"}  # which is Python's own
    assert str(caught.value).endswith(repr([given, "/"]))
