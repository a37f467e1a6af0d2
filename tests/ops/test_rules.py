"""Alarms are silent in a quiet week with nights and weekends, and ring for each fault.

`promtool` runs the rules against series as the service counts them; where it is not installed, what
can be read of the files is held against the service.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

OPS = ROOT / "ops"
RULES = OPS / "prometheus/rules.yml"
PROMTOOL, AMTOOL = shutil.which("promtool"), shutil.which("amtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool (prometheus) is not installed"
)
STEP, EVERY = 10, 30  # minutes between two samples, and between two looks at them
A_DAY = 24 * 60 // STEP
WEEK, LEARNT = 8, 36  # days of data until a fault is seen; a Monday is the last, as the first
NOON = A_DAY // 2
Series = dict[str, list[float]]
USUAL = {"<=1": 0.4, "<=2": 0.35, "other": 0.2, "missing": 0.05}  # shares of a column's bins


def alerts() -> dict[str, dict[str, Any]]:
    """The alarms by name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def traffic(step: int) -> float:
    """Rows in ten minutes: none at night, few on weekends."""
    hour, day = (step % A_DAY) * STEP / 60, step // A_DAY % 7
    return 0.0 if not 6 <= hour < 22 else 30.0 if day < 5 else 6.0


def counted(days: int, share: Callable[[int], float]) -> list[float]:
    """A counter to which a share of the traffic is added in each step."""
    total, made = 0.0, []
    for step in range(days * A_DAY):
        total += traffic(step) * share(step)
        made.append(round(total, 3))
    return made


def quiet(days: int) -> Series:
    """All series of a service that does as it always did."""

    def steadily(share: float) -> list[float]:
        return counted(days, lambda _: share)

    made: Series = {
        'up{job="truerun"}': [1.0] * days * A_DAY,
        'truerun_rows_total{outcome="scored"}': steadily(0.99),
        'truerun_rows_total{outcome="refused"}': steadily(0.01),
        'truerun_requests_total{path="/v1/predict",status="200"}': steadily(1.0),
        'truerun_requests_total{path="/v1/predict",status="500"}': steadily(0.0),
        'truerun_logged_rows_total{outcome="written"}': steadily(1.0),
        'truerun_logged_rows_total{outcome="dropped"}': steadily(0.0),
        'truerun_refusals_total{column="heat"}': steadily(0.01),
        'truerun_model_info{version="a"}': [1.0] * days * A_DAY,
        "truerun_model_made_timestamp_seconds": [0.0] * days * A_DAY,
        "truerun_monitor_status": [0.0] * days * A_DAY,
        "truerun_monitor_label_coverage": [0.9] * days * A_DAY,
        "truerun_monitor_model_age_days": [9.0] * days * A_DAY,
        'truerun_monitor_metric{metric="roc_auc",of="live"}': [0.7] * days * A_DAY,
        'truerun_monitor_expected{metric="roc_auc"}': [0.7] * days * A_DAY,
        'truerun_monitor_findings{check="labels"}': [0.0] * days * A_DAY,
        "truerun_monitor_day_timestamp_seconds": [
            (step // A_DAY - 1) * 86_400.0 for step in range(days * A_DAY)
        ],
        'truerun_score_count{class=""}': steadily(1.0),
        'truerun_score_sum{class=""}': steadily(0.3),
    }
    for label, share in USUAL.items():
        made[f'truerun_cells_total{{column="heat",bin="{label}"}}'] = steadily(share)
    made |= weather(days)
    for edge, share in (("0.05", 0.3), ("0.5", 0.8), ("+Inf", 1.0)):
        made[f'truerun_score_bucket{{class="",le="{edge}"}}'] = steadily(share)
    for edge, share in (("0.05", 0.95), ("0.5", 1.0), ("2.5", 1.0), ("+Inf", 1.0)):
        made[f'truerun_predict_seconds_bucket{{le="{edge}"}}'] = steadily(share)
    return made


def weather(days: int) -> Series:
    """A column whose value is of the day and the same for all rows, and which misses some hours."""

    def is_gap(step: int) -> bool:
        return step % A_DAY * STEP // 60 == 8 and step // A_DAY % 5 < 2

    def is_in(place: int) -> Callable[[int], float]:
        return lambda step: float(step // A_DAY * 5 % 9 % 4 == place and not is_gap(step))

    bins = [(f"<={place}", is_in(place)) for place in range(4)]
    return {
        f'truerun_cells_total{{column="sky",bin="{label}"}}': counted(days, share)
        for label, share in [*bins, ("missing", is_gap)]
    }


def fault(days: int) -> int:
    """The step of noon on the last day."""
    return (days - 1) * A_DAY + NOON


def after(days: int, before: float, then: float) -> list[float]:
    """A share that is another one from the fault on."""
    return counted(days, lambda step: then if step >= fault(days) else before)


def gauge(days: int, before: float, then: float) -> list[float]:
    return [then if step >= fault(days) else before for step in range(days * A_DAY)]


def cells(days: int, *shares: float) -> Series:
    """The bins of the column with other shares from the fault on."""
    return {
        f'truerun_cells_total{{column="heat",bin="{label}"}}': after(days, before, then)
        for (label, before), then in zip(USUAL.items(), shares, strict=True)
    }


def stopped(days: int) -> Series:
    """A service to which nothing comes any more."""
    return {
        name: [
            value if step < fault(days) else values[fault(days)]
            for step, value in enumerate(values)
        ]
        for name, values in quiet(days).items()
        if "_total" in name or "_bucket" in name or "_count" in name
    }


# By the name of the alarm: days, and what is another than in quiet ones.
FAULTS: dict[str, tuple[int, Callable[[int], Series]]] = {
    "TruerunDown": (WEEK, lambda days: {'up{job="truerun"}': gauge(days, 1, 0)}),
    "TruerunFeedStopped": (WEEK, stopped),
    "TruerunColumnEmpty": (WEEK, lambda days: cells(days, 0, 0, 0, 1)),
    "TruerunColumnChanged": (LEARNT, lambda days: cells(days, 0, 0, 0.95, 0.05)),
    "TruerunScoresChanged": (
        LEARNT,
        lambda days: {'truerun_score_bucket{class="",le="0.05"}': after(days, 0.3, 0.8)},
    ),
    "TruerunSlow": (
        WEEK,
        lambda days: {
            'truerun_predict_seconds_bucket{le="0.05"}': after(days, 0.95, 0.1),
            'truerun_predict_seconds_bucket{le="0.5"}': after(days, 1.0, 0.2),
        },
    ),
    "TruerunFailing": (
        WEEK,
        lambda days: {
            'truerun_requests_total{path="/v1/predict",status="500"}': after(days, 0, 0.3)
        },
    ),
    "TruerunRefusing": (
        WEEK,
        lambda days: {
            'truerun_rows_total{outcome="refused"}': after(days, 0.01, 0.6),
            'truerun_rows_total{outcome="scored"}': after(days, 0.99, 0.4),
        },
    ),
    "TruerunLogLost": (
        WEEK,
        lambda days: {'truerun_logged_rows_total{outcome="dropped"}': after(days, 0, 0.1)},
    ),
    "TruerunVersionsDiffer": (
        WEEK,
        lambda days: {'truerun_model_info{version="b"}': gauge(days, 1, 1)},
    ),
    "TruerunModelStale": (
        WEEK,
        lambda days: {"truerun_model_made_timestamp_seconds": gauge(days, 0, -190 * 86_400)},
    ),
    "TruerunMonitorActs": (WEEK, lambda days: {"truerun_monitor_status": gauge(days, 0, 2)}),
    "TruerunMonitorLooks": (WEEK, lambda days: {"truerun_monitor_status": gauge(days, 0, 1)}),
    "TruerunMonitorSilent": (
        WEEK,
        lambda days: {"truerun_monitor_day_timestamp_seconds": gauge(days, 6 * 86_400, 2 * 86_400)},
    ),
    "TruerunLabelsMissing": (
        WEEK,
        lambda days: {'truerun_monitor_findings{check="labels"}': gauge(days, 0, 1)},
    ),
}


def case(series: Series, ringing: Iterable[str], at: Iterable[int]) -> dict[str, Any]:
    """A test of promtool: which alarms ring at some steps, and which do not."""
    rings = set(ringing)
    return {
        "interval": f"{STEP}m",
        "input_series": [
            {"series": name, "values": " ".join(f"{value:g}" for value in values)}
            for name, values in series.items()
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{step * STEP}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(rings)
                ],
            }
            for step in at
        ],
    }


def run(folder: Path, cases: list[dict[str, Any]]) -> "subprocess.CompletedProcess[str]":
    content = {"rule_files": [str(RULES)], "evaluation_interval": f"{EVERY}m", "tests": cases}
    (folder / "tests.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert PROMTOOL is not None
    return subprocess.run(
        [PROMTOOL, "test", "rules", str(folder / "tests.yml")],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@needs_promtool
def test_a_quiet_week_and_a_day_more_are_silent_by_day_and_night(tmp_path: Path) -> None:
    hours = range(A_DAY // 2, WEEK * A_DAY, A_DAY // 16)
    done = run(tmp_path, [case(quiet(WEEK), [], hours)])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.nightly
@needs_promtool
def test_quiet_weeks_are_silent_where_a_column_varies_by_itself(tmp_path: Path) -> None:
    hours = range(A_DAY // 2, LEARNT * A_DAY, A_DAY // 4)
    done = run(tmp_path, [case(quiet(LEARNT), [], hours)])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.nightly
@needs_promtool
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_rings_its_alarm_within_hours(name: str, tmp_path: Path) -> None:
    days, changed = FAULTS[name]
    done = run(
        tmp_path, [case(quiet(days) | changed(days), [name], [fault(days) + 5 * 60 // STEP])]
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.nightly
@needs_promtool
def test_what_rings_does_so_until_it_is_mended(tmp_path: Path) -> None:
    first, mended = 2 * A_DAY + NOON, 4 * A_DAY + NOON  # of a week from Monday to Sunday

    def share(label: str) -> Callable[[int], float]:
        return lambda step: (label == "missing") if first <= step < mended else USUAL[label]

    series = {
        f'truerun_cells_total{{column="heat",bin="{label}"}}': counted(WEEK, share(label))
        for label in USUAL
    }
    cases = [
        case(
            quiet(WEEK) | series,
            ["TruerunColumnEmpty"],
            [first + NOON // 2, mended - EVERY // STEP],
        ),
        case(quiet(WEEK) | series, [], [first, mended + NOON // 2]),
    ]
    done = run(tmp_path, cases)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alarm_has_its_fault_here_and_its_runbook() -> None:
    assert set(FAULTS) == set(alerts())
    for name, rule in alerts().items():
        page = ROOT / rule["annotations"]["runbook"]
        assert name in page.read_text(encoding="utf-8"), name
        assert rule["labels"]["severity"] in ("page", "look")


def test_every_metric_that_is_asked_for_is_one_of_ours() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in
                   [RULES, *(OPS / "grafana").glob("*.json")])  # fmt: skip
    asked = set(re.findall(r"\btruerun_\w+", text))
    page = (ROOT / "src/truerun/serve/metrics_page.py").read_text(encoding="utf-8")
    monitor = (ROOT / "src/truerun/monitor/prometheus.py").read_text(encoding="utf-8")
    counters = {f"truerun_{name}_total" for name in re.findall(r'_counter\(\s*"(\w+)"', page)}
    exact = set(re.findall(r'"(truerun_\w+)"', page))
    parts = {f"{name}_{end}" for name in exact for end in ("bucket", "count", "sum", "total")}
    watched = {f"truerun_monitor_{name}" for name in re.findall(r'"([a-z_]+)",?\s', monitor)}
    watched |= {f"truerun_monitor_{name}" for name in re.findall(r'yield \(?"(\w+)"', monitor)}
    assert asked <= counters | exact | parts | watched, asked - counters - exact - parts - watched


@pytest.mark.skipif(AMTOOL is None, reason="amtool (prometheus-alertmanager) is not installed")
def test_alertmanager_takes_its_file() -> None:
    assert AMTOOL is not None
    command = [AMTOOL, "check-config", str(OPS / "alertmanager/alertmanager.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(AMTOOL is None, reason="amtool (prometheus-alertmanager) is not installed")
@pytest.mark.parametrize(
    ("alarm", "receivers"),
    [
        ("alertname=TruerunModelStale severity=look", "retrain,mail"),
        ("alertname=TruerunMonitorActs severity=page", "retrain,chat-and-issue"),
        ("alertname=TruerunDown severity=page", "chat-and-issue"),
        ("alertname=TruerunLabelsMissing severity=look", "mail"),
    ],
)
def test_an_alarm_goes_to_who_is_told_and_to_who_trains_anew(alarm: str, receivers: str) -> None:
    assert AMTOOL is not None
    config = ("--config.file", str(OPS / "alertmanager/alertmanager.yml"))
    command = [AMTOOL, "config", "routes", "test", *config, *alarm.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{receivers}\n"


@needs_promtool
def test_prometheus_takes_its_file(tmp_path: Path) -> None:
    shutil.copytree(OPS / "prometheus", tmp_path, dirs_exist_ok=True)
    assert PROMTOOL is not None
    command = [PROMTOOL, "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
