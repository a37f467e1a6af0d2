"""What version 0.2.0 asks of params.yaml."""

from pathlib import Path

import yaml

from tests.conftest import PARAMS
from truerun.base.yaml_edit import without_key
from truerun.project import params
from truerun.upgrade.migrations import to_0_2_0

NEW = PARAMS.read_text(encoding="utf-8")
OLD = without_key(NEW, "train.blend")


def test_a_blend_is_of_the_trees_as_the_project_has_them(tmp_path: Path) -> None:
    before, after = yaml.safe_load(OLD)["train"], to_0_2_0.params(OLD)
    path = tmp_path / "params.yaml"
    path.write_text(after, encoding="utf-8")
    blend = params.load(path).train.blend
    assert blend.model_dump() == {
        name: before[name] for name in ("hist_gradient_boosting", "lightgbm")
    }
    line = next(line for line in after.splitlines() if line.startswith("  blend: "))
    assert after.replace(f"{line}\n", "") == OLD


def test_a_blend_that_is_there_stays_and_other_texts_too() -> None:
    for text in (NEW, "train: 7\n", "train: {lightgbm: {}}\n", ""):
        assert to_0_2_0.params(text) == text


def test_fixed_limits_of_drift_are_gone() -> None:
    text = "validate: {min_rows: 5, drift: {x: 1}}\n"
    assert to_0_2_0.params(text) == "validate: {min_rows: 5}\n"
