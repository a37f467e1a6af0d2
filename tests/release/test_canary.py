"""A canary that fails, lags or shifts is taken back; one that is like the model holds."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.release.test_versions import refused
from tests.release.workshop import Workshop
from tests.requests.test_requests import line, write
from tests.serve.bundles import typed
from truerun.base.notes import NOTES
from truerun.comparison.comparison import MetricDifference
from truerun.release import answered
from truerun.release.__main__ import main
from truerun.release.canary import CanaryLimits, decide

RANDOM = np.random.default_rng


def page(
    rows: int, *, failed: int = 0, refused: int = 0, slow: float = 0.01, low: float = 0.5
) -> str:
    """A page of a service; of its requests a share is slow, of its scores a share low."""
    good = rows - failed - refused
    lines = [
        "# HELP truerun_requests Requests by path and status.",
        f'truerun_requests_total{{path="/v1/predict",status="200"}} {good}.0',
        f'truerun_requests_total{{path="/v1/predict",status="422"}} {refused}.0',
        f'truerun_requests_total{{path="/v1/predict",status="500"}} {failed}.0',
        'truerun_requests_total{path="/healthz",status="200"} 9.0',
        f'truerun_rows_total{{outcome="scored"}} {good}.0',
        f'truerun_rows_total{{outcome="refused"}} {refused}.0',
    ]
    for edge, share in (("0.005", 1 - slow), ("0.1", 1.0), ("+Inf", 1.0)):
        lines.append(f'truerun_predict_seconds_bucket{{le="{edge}"}} {share * rows}')
    for edge, share in (("0.1", low), ("0.5", 0.9), ("1.0", 1.0), ("+Inf", 1.0)):
        lines.append(f'truerun_score_bucket{{class="",le="{edge}"}} {share * good}')
    return "\n".join(lines) + "\n"


def of(**what: Any) -> answered.Answered:
    return answered.of_page(answered.samples(page(**what), "page"))


LIVE = of(rows=20_000)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"rows": 2000, "failed": 40}, "requests that failed: 0.00% by the model, 2.00%"),
        ({"rows": 2000, "refused": 100}, "rows refused: 0.00% by the model, 5.00%"),
        ({"rows": 2000, "slow": 0.9}, "requests slower than 5 ms: 1.00% by the model, 90.00%"),
        ({"rows": 2000, "low": 0.8}, "shift of scores: 0.300; at most 0.1"),
        ({"rows": 100}, "rows: 20,000 by the model, 100 by the canary; each needs 500"),
        ({"rows": 0}, "0 by the canary; each needs 500"),
    ],
)
def test_what_is_worse_is_taken_back(what: dict[str, Any], said: str) -> None:
    decided = decide(LIVE, of(**what), CanaryLimits())
    assert not decided.holds
    (reason,) = decided.reasons
    assert said in reason


@pytest.mark.parametrize(
    "what",
    [
        {"rows": 2000},
        {"rows": 2000, "failed": 1, "refused": 5, "slow": 0.03, "low": 0.52},
        {"rows": 600, "failed": 3},  # by chance, as far as so few can tell
        {"rows": 2000, "slow": 0.0},  # better
    ],
)
def test_what_is_like_the_model_holds(what: dict[str, Any]) -> None:
    decided = decide(LIVE, of(**what), CanaryLimits())
    assert decided.holds, decided.reasons
    assert len(decided.found) == 5


def test_a_worse_shadow_is_refused_whatever_else_holds() -> None:
    facts = {"metric": "roc_auc", "label": "ROC AUC", "decimals": 4, "unit": None}
    fields = MetricDifference.model_fields
    values: dict[str, Any] = dict.fromkeys(fields) | {
        name: value for name, value in facts.items() if name in fields
    }
    for verdict in ("worse", "better", "can't tell"):
        each = MetricDifference.model_construct(**{**values, "difference": 0.1, "verdict": verdict})
        assert decide(LIVE, of(rows=2000), CanaryLimits(), [each]).holds == (verdict != "worse")


@pytest.mark.slow
def test_a_shadow_is_judged_by_the_outcomes_of_its_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed(tmp_path, name="baseline")
    random = RANDOM(4)
    outcome = random.integers(0, 2, 400)
    live = random.random(400)
    pd.DataFrame({"id": range(400), "target": outcome}).to_csv("outcomes.csv", index=False)
    for name, weight in (("better", 0.3), ("worse", -0.3), ("same", 0.0)):
        shadow = np.clip((1 - abs(weight)) * live + weight * outcome, 0, 1)
        lines = [
            line(number, role, float(score), minute=number)
            for number in range(400)
            for role, score in (("live", live[number]), ("shadow", shadow[number]))
        ]
        write(tmp_path / name, lines)
    for name in ("better", "same"):
        main(["canary", name, "--outcomes", "outcomes.csv"])
        assert "on rows with outcomes" in capsys.readouterr().out
    text = refused(["canary", "worse", "--outcomes", "outcomes.csv"], capsys)
    assert re.search(r"roll back: .* on rows with outcomes: [+-]0\.\d+, worse", text)
    write(tmp_path / "alone", [line(1, "live", 0.5)])
    text = refused(["canary", "alone", "--outcomes", "outcomes.csv"], capsys)
    assert "no row of alone that a shadow scored has an outcome" in text


def test_the_shift_is_that_of_scipy() -> None:
    random = RANDOM(1)
    sides = {"live": random.random(400), "canary": random.random(300) ** 1.5}
    lines = [
        line(number, role, float(score))
        for role in sides
        for number, score in enumerate(sides[role])
    ]
    live, canary = answered.of_log(lines, ("live", "canary"))
    expected = stats.ks_2samp(sides["live"], sides["canary"], method="asymp")
    found = decide(live, canary, CanaryLimits(rows=1)).found[-1]
    assert f"shift of scores: {expected.statistic:.3f}" in found


@pytest.mark.slow
def test_canaries_that_are_like_the_model_are_seldom_taken_back() -> None:
    random = RANDOM(2)
    taken_back = 0
    for _ in range(100):
        lines = [
            line(number, role, float(random.random()) if random.random() > 0.01 else None,
                 seconds=float(random.exponential(0.002)))
            for role, count in (("live", 900), ("canary", 520))
            for number in range(count)
        ]  # fmt: skip
        taken_back += not decide(
            *answered.of_log(lines, ("live", "canary")), CanaryLimits(shift=0.0, slow=0.0)
        ).holds
    assert taken_back <= 3  # of 100, at one of 250: 4 or more in one of 600 runs


def test_a_log_and_pages_are_judged_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = RANDOM(3)
    rows = [line(number, "live", float(random.random())) for number in range(900)]
    good = [line(number, "canary", float(random.random())) for number in range(600)]
    write(tmp_path / "good", rows + good)
    main(["canary", "good"])
    assert "the canary holds" in capsys.readouterr().out
    lags = [line(number, "canary", float(random.random()), seconds=0.2) for number in range(600)]
    write(tmp_path / "lags", rows + lags)
    assert "roll back: requests slower than 10 ms" in refused(["canary", "lags"], capsys)
    write(tmp_path / "none", rows)
    assert "0 by the canary" in refused(["canary", "none"], capsys)
    assert "holds no log" in refused(["canary", "nowhere"], capsys)

    Path("live.txt").write_text(page(5000))
    Path("more.txt").write_text(page(5000))
    Path("canary.txt").write_text(page(800, failed=30))
    pages = ["canary", "--live", "live.txt", "more.txt", "--canary", "canary.txt"]
    assert "requests that failed: 0.00% by the model, 3.75%" in refused(pages, capsys)
    Path("canary.txt").write_text("x" * 200)
    assert "canary.txt: line 1 is no sample" in refused(pages, capsys)
    Path("canary.txt").write_text("up 1\n")
    assert "is no page of /metrics" in refused(pages, capsys)
    for wrong in (["canary"], ["canary", "--live", "x"], ["canary", "good", "--live", "x"]):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2


@pytest.mark.slow
def test_a_shift_that_the_verdict_saw_is_no_fault_of_the_canary(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    note = json.loads(workshop.git("notes", "--ref", NOTES, "show", "HEAD"))
    random = RANDOM(5)
    scores = {"live": random.random(900), "canary": random.random(600) ** 1.5}
    write(
        workshop.folder / "log",
        [line(number, role, float(score)) for role, each in scores.items()
         for number, score in enumerate(each)],
    )  # fmt: skip

    def judged(version: str, commit: str, **compared: Any) -> list[str]:
        workshop.commit(commit, threshold=len(version + commit) / 100)
        workshop.push()
        head = {"commit": workshop.git("rev-parse", "HEAD")}
        workshop.attest(comparison=note["comparison"] | {"head": head} | compared)
        main(["create", version])
        return ["canary", "../log", "--version", version]

    assert "at most 0.1" in refused(["canary", "../log"], capsys)
    saw = {"base": {"counts": [10, 10]}, "head": {"counts": [14, 6]}}
    main(judged("v1.0.0", "It saw it", task="binary", scores=saw))
    assert "at most 0.3" in capsys.readouterr().out
    for number, compared in enumerate(
        [{"task": "multiclass", "scores": saw}, {"task": "binary", "scores": {"missing": "x"}}]
    ):
        options = judged(f"v1.{number + 1}.0", f"It says nothing{number * '.'}", **compared)
        assert "roll back: shift of scores" in refused(options, capsys)
    assert "there is no version v9.0.0" in refused([*options[:-1], "v9.0.0"], capsys)


def test_what_was_counted_before_does_not_count() -> None:
    before = answered.samples(page(5000, failed=100), "page")
    after = answered.samples(page(6000, failed=100), "page")
    counted = answered.of_page(answered.since(before, after))
    assert (counted.requests, counted.failed) == (1000, 0)
    again = answered.of_page(answered.since(after, answered.samples(page(700), "page")))
    assert again.requests == 700  # it began anew
