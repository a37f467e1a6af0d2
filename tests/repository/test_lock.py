"""dvc.lock is of this very code: what stands in Git is what it was made from."""

import pytest
import yaml

from tests.conftest import ROOT, dvc_md5
from truerun.base import locks

if not (ROOT / "dvc.lock").is_file():
    pytest.skip("nothing was run here yet", allow_module_level=True)
LOCK = locks.load(ROOT / "dvc.lock")
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
MADE = ("data/", "models/")  # what stages make; a run checks it


def test_every_stage_is_locked() -> None:
    assert set(LOCK) == set(STAGES)


def test_code_and_settings_are_those_that_the_lock_was_made_with() -> None:
    for name, stage in LOCK.items():
        locked = {dep["path"]: dep["md5"] for dep in stage["deps"]}
        assert set(locked) == set(STAGES[name]["deps"])
        current = {path: dvc_md5(ROOT / path) for path in locked if not path.startswith(MADE)}
        assert {path: locked[path] for path in current} == current, name


def test_parameters_are_those_that_the_lock_was_made_with() -> None:
    for name, stage in LOCK.items():
        locked = stage["params"]["params.yaml"]
        assert set(locked) == set(STAGES[name]["params"])
        for key, value in locked.items():
            current = PARAMS
            for part in key.split("."):
                current = current[part]
            assert value == current, f"{name}: {key}"


def test_metrics_and_plots_in_git_are_those_of_the_locked_run() -> None:
    outs = [out for stage in LOCK.values() for out in stage["outs"]]
    in_git = [out for out in outs if out["path"].startswith(("metrics/", "plots", "models/card"))]
    assert len(in_git) == 8
    for out in in_git:
        assert dvc_md5(ROOT / out["path"]) == out["md5"], out["path"]


def test_every_stage_depends_on_the_locked_packages() -> None:
    assert all("requirements/run.txt" in stage["deps"] for stage in STAGES.values())
