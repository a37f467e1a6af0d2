"""Candidates are scored by what is older and held against the first, and the page shows it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tools.flights.rolling import candidates, figures, page, peer
from tools.flights.rolling.__main__ import kept
from tools.flights.rolling.candidates import (
    CANDIDATES,
    NOW,
    Candidate,
    Member,
    Scores,
    seeds,
    since,
)
from tools.flights.rolling.figures import Figures, Interval, chance, compared
from tools.flights.rolling.page import Shown
from tools.flights.rolling.peer import Fit

from tests.conftest import PARAMS, ROOT
from tests.tune.test_rolling import lay_down
from truerun.base import paths
from truerun.contract import contract as contracts
from truerun.model.uncertainty import Estimate
from truerun.project import params
from truerun.tune import rolling, rounds
from truerun.tune.rounds import History

MONTHS = ("2013-03", "2013-04")


@pytest.fixture
def history() -> History:
    """Four months of 40 days with 5 rows each, of which the last two are scored."""
    random = np.random.default_rng(3)
    rows = 800
    return History(
        contracts.load(ROOT / "schema.yaml"),
        pd.DataFrame({"row": range(rows)}),
        (random.random(rows) < 0.4).astype(int),
        np.repeat(np.arange(4), rows // 4),
        ["2013-01", "2013-02", *MONTHS],
        range(2, 4),
        "day",
        np.arange(rows) // 5,
    )


def scored(history: History, noise: float, seconds: float = 1.0) -> Scores:
    """Scores that tell the target better the less noise they have."""
    random = np.random.default_rng(7)
    telling = history.target + noise * random.normal(size=len(history.target))
    return Scores({n: telling[history.period == n] for n in history.scored}, seconds)


def of(name: str, verdict: str = "better", chance: float = 0.001, seconds: float = 9.0) -> Figures:
    """Figures of a candidate."""
    area, difference = Interval(0.76, 0.75, 0.77), Interval(0.0014, 0.0008, 0.0021)
    return Figures(name, area, difference, verdict, chance, 7, 8, seconds)


def test_a_better_score_is_better_in_each_month_and_the_first_is_as_itself(
    history: History,
) -> None:
    scores = {
        "now": scored(history, 3.0),
        "better": scored(history, 1.0, 2.0),
        "same": scored(history, 3.0),
    }
    now, better, same = compared(history, scores, [2, 3])
    assert better.verdict == "better"
    assert (better.higher, better.periods, better.seconds) == (2, 2, 2.0)
    assert better.difference.value == pytest.approx(better.area.value - now.area.value)
    assert better.difference.low > 0
    for each in (now, same):
        assert (each.verdict, each.higher, each.difference) == ("the same", 0, Interval(0, 0, 0))
        assert each.chance == 1
        assert not each.is_kept
    first = compared(history, scores, [2])[1]
    assert first.area != better.area


def test_of_many_a_difference_must_be_surer() -> None:
    estimate = Estimate(value=0.02, error=0.008, freedom=200)
    assert chance(estimate, 1) < 0.05 < chance(estimate, 14)
    assert chance(Estimate(value=0.001, error=0.01, freedom=200), 14) == 1


def test_what_is_kept_is_surely_better_and_quick() -> None:
    assert of("a").is_kept
    assert not of("a", seconds=figures.MOST_SECONDS).is_kept
    assert not of("a", verdict="can't tell").is_kept


def test_an_older_window_leaves_the_rows_before_it_out(history: History) -> None:
    window = since(history, 1)
    assert len(window.rows) == len(window.target) == len(window.cluster) == 600
    assert set(window.period) == {1, 2, 3}


@pytest.mark.slow
def test_members_are_scored_as_tune_scores_and_each_by_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_down()
    text = paths.PARAMS.read_text(encoding="utf-8").replace("samples: 200", "samples: 5")
    paths.PARAMS.write_text(text.replace("model: logistic_regression", "model: lightgbm"))
    months = rounds.read(params.load(), contracts.load(paths.SCHEMA), "2024-04", None)
    now, loose, newest, half = (
        Member(),
        Member("train.lightgbm.reg_lambda=0"),
        Member(months=1),
        Member(half=0.1),
    )
    made = candidates.scores(
        months,
        [
            *(Candidate(str(n), (each,)) for n, each in enumerate([now, loose, newest, half])),
            Candidate("mean", (now, loose)),
        ],
    )
    for number, expected in rounds.scores(months, params.load()).items():
        scores = {name: each.of_period[number] for name, each in made.items()}
        assert (scores["0"] == expected).all()
        assert scores["mean"] == pytest.approx((scores["0"] + scores["1"]) / 2)
        assert not (scores["1"] == expected).all()
        alone = replace(since(months, number - 1), scored=[number])
        assert (scores["2"] == rounds.scores(alone, params.load())[number]).all()
        assert not (scores["3"] == expected).all()
    assert made["mean"].seconds <= made["0"].seconds + made["1"].seconds


def test_each_candidate_is_a_change_of_these_settings_and_none_is_there_twice() -> None:
    text = PARAMS.read_text(encoding="utf-8")
    now = rolling.changed(text, "")
    for member in {member for each in CANDIDATES for member in each.members} - {*NOW.members}:
        changed = rolling.changed(text, member.change)
        assert changed != now or replace(member, change="") != NOW.members[0], member
        assert changed.featurize == now.featurize  # features are made once for all
    assert len({each.members for each in CANDIDATES}) == len(CANDIDATES)
    assert len({each.name for each in (NOW, *CANDIDATES)}) == len(CANDIDATES) + 1
    changes = [member.change for member in seeds(3)]
    assert changes == ["", "train.seed=1", "train.seed=2"]


def test_the_page_has_the_choice_and_the_newest_months_beside_the_peer() -> None:
    chosen = [of("now", "the same"), of("fine"), of("slow", seconds=50), of("lucky", chance=0.4)]
    figures_of = {month: [of(peer.NAME), of("now", "worse")] for month in ("2013-11", "all")}
    fit = Fit("2013-11", 512.4, 301.2, ["LightGBM", "CatBoost"], "1.6.3")
    text = page.page(chosen, MONTHS, Shown(figures_of, [fit], ""), "2 cores")
    assert "| now | 0.7600 | | | | 9 |" in text
    assert "| fine | 0.7600 | +0.0014 (+0.0008 to +0.0021) | better | 7 of 8 | 9 |" in text
    assert "Of 3 candidates 2 are surely better" in text
    assert "these remain: fine." in text
    area, apart = "0.7600 (0.7500 to 0.7700)", "+0.0014 (+0.0008 to +0.0021)"
    assert f"| 2013-11 | {area} | {area} | {apart} | worse |" in text
    assert "| 2013-11 | 301 | 512 | LightGBM, CatBoost |" in text
    assert "## 2013-11, shown once" in text


def test_the_page_says_that_nothing_is_better_and_why_the_peer_is_missing() -> None:
    chosen = [of("now", "the same"), of("lucky", chance=0.4)]
    shown = Shown({"2013-11": [of("now")], "all": [of("now")]}, [], "no\nwheel")
    text = page.page(chosen, MONTHS, shown, "2 cores")
    assert "none remains" in text
    assert "AutoGluon is missing here: no wheel" in text
    assert "| 2013-11 | 0.7600 (0.7500 to 0.7700) | missing |" in text


def test_what_the_peer_left_is_read_by_month(tmp_path: Path) -> None:
    fit = {"processor": 9.5, "wall": 5.0, "models": ["CatBoost"], "version": "1.6.3"}
    left = {month: {"scores": [0.25, place], **fit} for place, month in enumerate(MONTHS)}
    (tmp_path / "scores.json").write_text(json.dumps(left))
    scores, fits = peer.read(tmp_path / "scores.json", ["2013-02", *MONTHS], [1, 2])
    assert {number: list(each) for number, each in scores.of_period.items()} == {
        1: [0.25, 0],
        2: [0.25, 1],
    }
    assert scores.seconds == 9.5
    assert fits == [Fit(month, **fit) for month in MONTHS]


def test_what_is_kept_in_a_folder_is_not_made_again(tmp_path: Path) -> None:
    made = [of("now"), of("other", "can't tell")]
    for ask in (lambda: made, lambda: pytest.fail("it was made again")):
        assert kept(tmp_path / "keep", "chosen", list[Figures], ask) == made
    assert kept(None, "chosen", list[Figures], lambda: made[:1]) == made[:1]
