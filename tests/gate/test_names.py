"""Names of metrics in `gate:` that no task has."""

import pytest

from truerun.base.settings import SettingsError
from truerun.gate.names import check_names
from truerun.params.gate import Gate


def refusal(**rules):
    with pytest.raises(SettingsError) as error:
        check_names(Gate.model_validate(rules))
    return str(error.value)


def test_a_metric_that_no_task_has_is_refused_with_the_nearest_name():
    assert refusal(limits={"roc_acu": {"min": 0.7}}) == (
        "params.yaml: gate.limits.roc_acu is not a known key (did you mean roc_auc?)"
    )


def test_every_wrong_name_is_refused_at_once():
    message = refusal(losses={"rmsee": 0.1}, train_test_gap={"zzzzzzzz": 0.1})

    assert "gate.losses.rmsee is not a known key (did you mean rmse?)" in message
    assert "gate.train_test_gap.zzzzzzzz is not a known key (valid here: accuracy, " in message


def test_slices_have_only_the_metrics_that_are_quick_to_compare():
    assert "gate.worst_slice.f1 is not a known key" in refusal(worst_slice={"f1": {"min": 0.2}})


def test_losses_in_slices_are_of_a_main_metric():
    check_names(Gate.model_validate({"slice_losses": {"rmse": {"margin": 2.0, "min_rows": 99}}}))
    message = refusal(slice_losses={"accuracy": {"margin": 0.2}})
    valid = "log_loss, poisson_deviance, rmse, roc_auc"
    assert f"gate.slice_losses.accuracy is not a known key (valid here: {valid})" in message


def test_metrics_of_another_task_are_left_to_the_rules():
    check_names(Gate.model_validate({"limits": {"rmse": {"max": 3.0}, "roc_auc": {"min": 0.7}}}))
