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
ASKED = TrainingDecision((TrainingReason("asked", "somebody asked for it"),))
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
        ({"alarm": "TruerunModelStale"}, ["alarm"]),
        ({"asked": True, "answer": "act", "age_days": 400}, ["asked", "act", "stale"]),
    ],
)
def test_each_reason_has_its_threshold(change: dict[str, Any], names: list[str]) -> None:
    decision = decide(Situation(**{**vars(QUIET), **change}), ALL)
    assert [each.name for each in decision.reasons] == names
    assert decision.trains == bool(names)


def test_a_cool_down_and_a_budget_hold_back_and_who_asks_waits_for_the_budget_alone() -> None:
    by_act = {**vars(QUIET), "answer": "act"}
    assert not decide(Situation(**{**by_act, "attempts": days_ago(6)}), ALL).trains
    assert decide(Situation(**{**by_act, "attempts": days_ago(7)}), ALL).trains
    assert decide(Situation(**{**by_act, "attempts": days_ago(6), "asked": True}), ALL).trains
    many = days_ago(10, 20, 30, 40, 50, 60)
    for asked in (False, True):
        decision = decide(Situation(**{**by_act, "attempts": many, "asked": asked}), ALL)
        assert not decision.trains
        assert "most_in_quarter" in (decision.held_back or "")
    assert decide(Situation(**{**by_act, "attempts": [*many[:-1], *days_ago(91)]}), ALL).trains
    assert not decide(Situation(**by_act), Retrain(on_act=False)).trains
    by_alarm = {**vars(QUIET), "alarm": "TruerunMonitorActs"}
    assert not decide(Situation(**by_alarm), Retrain(on_act=False)).trains
    assert not decide(Situation(**{**by_alarm, "attempts": days_ago(6)}), ALL).trains


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
    ("comparison", "decision", "proposed", "wins", "said"),
    [
        (compared("better"), BY_ACT, True, True, "it is better"),
        (compared("worse"), BY_AGE, False, False, "it is worse"),
        (compared("can't tell"), BY_ACT, False, False, "nothing says that it is better"),
        (compared("can't tell"), BY_AGE, True, True, "not surely worse, and it is old"),
        (compared("can't tell"), ASKED, True, False, "not surely worse, and somebody asked"),
        (compared("better", ("pass", "fail")), BY_ACT, False, False, "the gate fails"),
        (comparisons.comparison(gate=comparisons.gate("pass"), metrics=comparisons.GONE), BY_AGE,
         False, False, "not compared"),
    ],
)  # fmt: skip
def test_a_challenger_is_judged_as_every_change_is(
    comparison: Any, decision: TrainingDecision, proposed: bool, wins: bool, said: str
) -> None:
    outcome = judged(comparison, decision)
    assert (outcome.proposed, outcome.wins) == (proposed, wins), outcome.why
    assert said in outcome.why


class Hub:
    """What is asked of GitHub, answered as it would."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.required: list[str] = []
        self.rules: Any = []

    repository = "me/town"

    def items(self, path: str) -> Any:
        assert path in ("pulls", "rules/branches/main")
        return [] if path == "pulls" else self.rules

    def get(self, path: str) -> Any:
        assert path == "branches/main"
        return {"protection": {"required_status_checks": {"contexts": self.required}}}

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
        "ingest --from new -- may.csv", "repro --record run.json",
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
    monkeypatch.setattr(program, "situation", lambda *_: Situation(TODAY, asked=True))
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


def by_itself() -> None:
    """Have params.yaml say that a better model is merged by itself."""
    with Path("params.yaml").open("a", encoding="utf-8") as file:
        file.write("retrain: {automatic: true, tune_trials: 3}\n")
    git("commit", "--quiet", "--all", "--message", "By itself")
    git("push", "--quiet", "origin", "main")


RULE = {
    "type": "required_status_checks",
    "parameters": {"required_status_checks": [{"context": "verdict"}]},
}


@pytest.mark.parametrize(
    ("required", "rules", "verdict", "merges"),
    [
        (["verdict"], [], "better", True),
        ([], [{"type": "deletion"}, RULE], "better", True),
        (["Pipeline"], [RULE | {"parameters": None}], "better", False),
        (None, [], "better", False),
        (["verdict"], [], "can't tell", False),
    ],
)
def test_only_where_a_verdict_is_required_is_a_better_model_merged_by_itself(  # noqa: PLR0913, and what is checked
    *,
    required: Any,
    rules: Any,
    verdict: str,
    merges: bool,
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    hub.required, hub.rules = required, rules
    by_itself()
    started = pipeline(verdict, monkeypatch)
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    program.main(["--now", "--today", "2024-03-01", "--propose"])
    assert [line.partition(" --study")[0] for line in started] == [
        "repro", "tune --trials 3", "repro --record run.json",
        "compare --base HEAD --run run.json --output comparison.json",
    ]  # fmt: skip
    said = outputs.read_text(encoding="utf-8")
    assert ("merge=https://example.org/pull/7\n" in said) == merges
    assert len(hub.sent) == 1
    made = "origin/retrain-2024-03-01-asked"
    is_marked = proposals.AUTOMATIC in git("log", "-1", "--format=%B", made)
    assert is_marked == (verdict == "better")
    printed = capsys.readouterr().out
    assert ("main does not require the status verdict" in printed) == (is_marked and not merges)


@pytest.mark.usefixtures("hub")
def test_what_is_new_in_a_folder_is_added_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    started = pipeline("better", monkeypatch)
    outs = f"outs:\n- path: raw/april.csv\n  md5: {'a' * 32}\n"
    Path("data").mkdir()
    Path("data/raw.dvc").write_text(outs, encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "April")
    inbox = tmp_path / "in box"
    (inbox / "folder").mkdir(parents=True)
    for name in ("april.csv", "may.csv", "-june.csv"):
        (inbox / name).write_text("1\n", encoding="utf-8")
    program.main(["--now", "--today", "2024-03-01", "--new", str(inbox)])
    assert started[0] == f"ingest -- {inbox}/-june.csv {inbox}/may.csv"
    git("add", "--all")
    git("reset", "--quiet", "--hard")
    (inbox / "may.csv").unlink()
    (inbox / "-june.csv").unlink()
    del started[:]
    program.main(["--now", "--today", "2024-03-01", "--new", str(inbox)])
    assert started[0] == "repro --record run.json"
    git("add", "--all")
    git("reset", "--quiet", "--hard")
    with pytest.raises(SystemExit):
        program.main(["--now", "--new", "nowhere"])
    assert "--new nowhere: there is no such folder" in capsys.readouterr().err


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
    "change",
    [None, {"branch": "main"}, {"branch": "retrain-2024-03-01-act;x"}, {"close": "no"},
     {"automatic": 1}, {"title": None}, {"close": True, "automatic": True}, {"branch": 7}],
)  # fmt: skip
def test_what_is_handed_over_is_checked(change: dict[str, Any] | None, tmp_path: Path) -> None:
    whole = {"branch": "retrain-2024-03-01-act", "title": "t", "close": False, "automatic": False}
    content = "[]" if change is None else json.dumps(whole | change)
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
