"""Names of metrics in `gate:`: one that no task has is refused, before it seems to be kept."""

import difflib

from truerun.base import paths
from truerun.base.settings import SettingsError
from truerun.model.metrics import METRICS
from truerun.model.tasks import TASKS
from truerun.model.value import VALUE
from truerun.params.gate import Gate

KNOWN = {name: metric for metrics in METRICS.values() for name, metric in metrics.items()}
IN_SLICES = [name for name, metric in KNOWN.items() if metric.in_slices]
MAIN = [facts.main_metric for facts in TASKS.values()]


def check_names(gate: Gate) -> None:
    """Refuse metrics that no task has; of slices, those that are not computed for them,
    or whose losses are not tested there.

    Raises
    ------
    SettingsError
        Names every wrong key, and the nearest right one.
    """
    valid = {
        "limits": [*KNOWN, VALUE],
        "losses": [*KNOWN, VALUE],
        "train_test_gap": list(KNOWN),
        "worst_slice": IN_SLICES,
        "slice_losses": MAIN,
    }
    problems = [
        f"gate.{rule}.{name} is not a known key ({_hint(name, names)})"
        for rule, names in valid.items()
        for name in getattr(gate, rule)
        if name not in names
    ]
    if problems:
        raise SettingsError(f"{paths.PARAMS}: {'; '.join(problems)}")


def _hint(name: str, valid: list[str]) -> str:
    near = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"valid here: {', '.join(sorted(valid))}"
