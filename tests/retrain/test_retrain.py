"""When a model is trained anew, what becomes of it, and that no run is tried twice."""

import datetime as dt
import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests import comparisons
from tests.conftest import PARAMS, ROOT
from tests.monitor.town import MARKER
from truerun.base.errors import CiError
from truerun.ci import proposals
from truerun.ci.github import Api
from truerun.monitor.result import FindingResult, MonitorResult
from truerun.params.retrain import Retrain
from truerun.retrain import __main__ as program
from truerun.retrain.decision import Situation, TrainingDecision, TrainingReason, decide, judged
from truerun.retrain.options import parser

pytestmark = pytest.mark.slow

TODAY = dt.date(2024, 3, 1)
ALL = Retrain(every_days=30, labelled_rows=1000, stale_days=90)
QUIET = Situation(TODAY, TODAY - dt.timedelta(days=3), (), "look", 10, 20)
BY_ACT = TrainingDecision((TrainingReason("act", "the monitor says: act"),))
BY_AGE = TrainingDecision((TrainingReason("stale", "it is old"),))


def days_ago(*days: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=each) for each in days]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, []),
        ({"answer": "act"}, ["act"]),
        ({"age_days": 90}, []),
        ({"age_days": 91}, ["stale"]),
        ({"labelled_rows": 999}, []),
        ({"labelled_rows": 1000}, ["rows"]),
        ({"trained": days_ago(29)[0]}, []),
        ({"trained": days_ago(30)[0]}, ["schedule"]),
        ({"asked": True, "answer": "act", "age_days": 400}, ["asked", "act", "stale"]),
    ],
)
def test_each_reason_has_its_threshold(change: dict[str, Any], names: list[str]) -> None:
    found = decide(Situation(**{**vars(QUIET), **change}), ALL)
    assert [each.name for each in found.reasons] == names
    assert found.trains == bool(names)


def test_a_cool_down_and_a_budget_hold_back_and_who_asks_waits_for_the_budget_alone() -> None:
    by_act = {**vars(QUIET), "answer": "act"}
    assert not decide(Situation(**{**by_act, "attempts": days_ago(6)}), ALL).trains
    assert decide(Situation(**{**by_act, "attempts": days_ago(7)}), ALL).trains
    assert decide(Situation(**{**by_act, "attempts": days_ago(6), "asked": True}), ALL).trains
    many = days_ago(10, 20, 30, 40, 50, 60)
    for asked in (False, True):
        found = decide(Situation(**{**by_act, "attempts": many, "asked": asked}), ALL)
        assert not found.trains
        assert "most_in_quarter" in (found.held_back or "")
    assert decide(Situation(**{**by_act, "attempts": [*many[:-1], *days_ago(91)]}), ALL).trains
    assert not decide(Situation(**by_act), Retrain(on_act=False)).trains


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 30), st.integers(1, 10))
def test_a_year_of_alarms_has_no_more_trainings_than_the_budget(
    alarms: list[int], cooldown: int, most: int
) -> None:
    chosen = Retrain(cooldown_days=cooldown, most_in_quarter=most)
    attempts: list[dt.date] = []
    for day in sorted(alarms):
        today = TODAY + dt.timedelta(days=day)
        if decide(Situation(today, attempts=attempts, answer="act"), chosen).trains:
            attempts.append(today)
    gaps = [(later - earlier).days for earlier, later in pairwise(attempts)]
    assert all(gap >= cooldown for gap in gaps)
    for day in attempts:
        assert sum(0 <= (day - other).days < 91 for other in attempts) <= most


def compared(verdict: str, gate: tuple[str, ...] = ("pass",)) -> Any:
    """A comparison in which the main metric has a verdict."""
    whole = comparisons.comparison(gate=comparisons.gate(*gate), value=None)
    metrics = whole.metrics
    pairs = tuple(
        each.model_copy(
            update={
                "differences": tuple(
                    one.model_copy(
                        update={"verdict": verdict if one.metric == "roc_auc" else "can't tell"}
                    )
                    for one in each.differences
                )
            }
        )
        for each in metrics.paired
    )
    return whole.model_copy(update={"metrics": metrics.model_copy(update={"paired": pairs})})


@pytest.mark.parametrize(
    ("comparison", "decision", "proposed", "said"),
    [
        (compared("better"), BY_ACT, True, "it is better"),
        (compared("worse"), BY_AGE, False, "it is worse"),
        (compared("can't tell"), BY_ACT, False, "nothing says that it is better"),
        (compared("can't tell"), BY_AGE, True, "not surely worse, and it is old"),
        (compared("better", ("pass", "fail")), BY_ACT, False, "the gate fails"),
        (comparisons.comparison(gate=comparisons.gate("pass"), metrics=comparisons.GONE), BY_AGE,
         False, "not compared"),
    ],
)  # fmt: skip
def test_a_challenger_is_judged_as_every_change_is(
    comparison: Any, decision: TrainingDecision, proposed: bool, said: str
) -> None:
    found = judged(comparison, decision)
    assert (found.proposed, said in found.why) == (proposed, True), found.why


class Hub:
    """What is asked of GitHub, answered as it would."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any]]] = []

    repository = "me/town"

    def items(self, path: str) -> list[Any]:
        assert path == "pulls"
        return []

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        self.sent.append((method, path, body))
        return {"number": 7, "html_url": "https://example.org/pull/7"}


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A clone of a project, in which the pipeline gives another model each time."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main", "project")
    git("init", "--quiet", "--bare", "origin")
    monkeypatch.chdir(tmp_path / "project")
    git("config", "user.name", "A")
    git("config", "user.email", "a@example.org")
    Path("params.yaml").write_text(PARAMS.read_text(encoding="utf-8"), encoding="utf-8")
    Path("dvc.lock").write_text("first\n", encoding="utf-8")
    Path(".gitignore").write_text("/comparison.json\n/reports/\n/run.json\n", encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Start")
    git("remote", "add", "origin", str(tmp_path / "origin"))
    git("push", "--quiet", "origin", "main")
    made = Hub()
    monkeypatch.setattr(program, "from_environment", lambda: made)
    return made


def pipeline(verdict: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for the verbs that are started; the list grows by their names."""
    started: list[str] = []

    def start(verb: str, *arguments: str) -> None:
        started.append(" ".join([verb, *arguments]))
        if verb == "repro" and verdict != "the same":
            Path("dvc.lock").write_text(f"{len(started)}\n", encoding="utf-8")
            Path("new.csv").write_text("a file that arrived\n", encoding="utf-8")
        if verb == "compare":
            text = compared(verdict).model_dump_json()
            Path("comparison.json").write_text(text, encoding="utf-8")

    monkeypatch.setattr(program, "start", start)
    return started


def monitored(answer: str, detail: str = "column <b>load</b> @you") -> None:
    """Write what a monitor saw."""
    labels = None
    result = MonitorResult(
        model="a", task="binary", target="bad", until="2024-02-29", answer=answer,
        findings=(FindingResult(check="missing", status=answer, detail=detail),),
        false_alarms_quarter=1.0, age_days=10, days=(), lost_lines=(), other_models=(),
        refusals=(), unknown_categories=(), mistyped=(), columns=(), expected=(), groups=(),
        labels=labels,
    )  # fmt: skip
    Path("reports/monitor").mkdir(parents=True)
    Path("reports/monitor/monitor.json").write_text(result.model_dump_json(), encoding="utf-8")


def test_a_better_model_is_proposed_once_with_the_reason_and_the_figures(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = pipeline("better", monkeypatch)
    monitored("act")
    program.main(["may.csv", "--from", "new", "--today", "2024-03-01", "--propose"])
    assert started == [
        "ingest may.csv --from new", "repro --record run.json",
        "compare --base HEAD --run run.json --output comparison.json",
    ]  # fmt: skip
    ((method, path, body),) = hub.sent
    assert (method, path) == ("POST", "pulls")
    assert (body["head"], body["base"]) == ("retrain-2024-03-01-act", "main")
    assert "    act: column <b>load</b> @you" in body["body"].splitlines()
    assert "roc_auc" in body["body"]
    assert git("branch", "--show-current") == "main"
    assert Path("dvc.lock").read_text(encoding="utf-8") == "first\n"
    assert git("show", "origin/retrain-2024-03-01-act:dvc.lock") == "2"
    assert git("show", "origin/retrain-2024-03-01-act:new.csv") == "a file that arrived"
    assert not Path("new.csv").exists()
    git("branch", "-D", "retrain-2024-03-01-act")  # as in a new clone
    assert git("status", "--porcelain") == ""
    program.main(["--today", "2024-03-07", "--propose"])
    assert "nothing is trained: the last training is 6 days ago" in capsys.readouterr().out
    assert len(hub.sent) == 1


def test_a_model_that_is_not_better_is_closed_and_not_tried_again_at_once(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline("can't tell", monkeypatch)
    monitored("act")
    program.main(["--today", "2024-03-01", "--propose"])
    assert [(method, path) for method, path, _ in hub.sent] == [
        ("POST", "pulls"), ("PATCH", "pulls/7"),
    ]  # fmt: skip
    assert hub.sent[1][2] == {"state": "closed"}
    program.main(["--today", "2024-03-01", "--propose"])
    assert len(hub.sent) == 2
    assert "opened and closed https://example.org/pull/7" in capsys.readouterr().out


def test_two_runs_at_once_become_one(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline("better", monkeypatch)
    monkeypatch.setattr(program, "situation", lambda *_, asked: Situation(TODAY, asked=asked))
    git("push", "--quiet", "origin", "main:refs/heads/retrain-2024-03-01-asked")
    program.main(["--today", "2024-03-01", "--now", "--propose"])
    assert hub.sent == []
    assert "it was tried today" in capsys.readouterr().out


@pytest.mark.usefixtures("hub")
def test_nothing_is_trained_without_a_reason_or_a_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    started = pipeline("the same", monkeypatch)
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    program.main([])
    assert started == []
    program.main(["--decide", "--now"])
    assert started == []
    told = "train=false\nmade=false\ntrain=true\nmade=false\n"
    assert outputs.read_text(encoding="utf-8") == told
    program.main(["--now", "--today", "2024-03-01"])
    assert started == ["repro --record run.json"]
    assert "the pipeline gives the model that is there" in capsys.readouterr().out
    assert git("branch", "--show-current") == "main"


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("content", "said"),
    [("{}", "is not what `truerun monitor` writes"), (json.dumps(MARKER), "is not what")],
)
def test_what_is_not_the_monitors_is_refused(
    content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("monitor.json").write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        program.main(["--monitor", "monitor.json"])
    assert ended.value.code == 1
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("hub")
def test_own_work_is_not_touched_and_without_propose_the_model_is_left_to_be_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline("better", monkeypatch)
    program.main(["--now", "--today", "2024-03-01"])
    assert Path("dvc.lock").read_text(encoding="utf-8") == "1\n"
    handed = Path("reports/retrain")
    assert {path.name for path in handed.iterdir()} == {"change.patch", "body.md", "answer.json"}
    assert "the working tree has the new model" in capsys.readouterr().out
    Path("dvc.lock").write_text("own work", encoding="utf-8")
    with pytest.raises(SystemExit):
        program.main(["--now"])
    assert "nothing uncommitted" in capsys.readouterr().err
    assert Path("dvc.lock").read_text(encoding="utf-8") == "own work"


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"branch": "main", "title": "t", "close": false}',
     '{"branch": "retrain-2024-03-01-act;x", "title": "t", "close": false}',
     '{"branch": "retrain-2024-03-01-act", "title": "t", "close": "no"}'],
)  # fmt: skip
def test_what_is_handed_over_is_checked(content: str, tmp_path: Path) -> None:
    (tmp_path / proposals.ANSWER).write_text(content, encoding="utf-8")
    (tmp_path / proposals.BODY).write_text("", encoding="utf-8")
    with pytest.raises(CiError, match="is not what `truerun retrain` leaves"):
        proposals.propose(cast("Api", Hub()), tmp_path)


def test_the_page_names_every_setting_and_command() -> None:
    page = (ROOT / "docs/retraining.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```diff\n(.*?)```", page, re.DOTALL)
    given = yaml.safe_load(re.sub(r"^\+", "", block, flags=re.MULTILINE))["retrain"]
    Retrain.model_validate(given)
    assert given.keys() == Retrain.model_fields.keys()
    for typed in re.findall(r"^truerun retrain (.+)$", page, re.MULTILINE):
        parser().parse_args(typed.split())
