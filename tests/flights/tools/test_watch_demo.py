"""`make watch-demo`: rules at another pace are the same rules, and the story is told as it was.

With RENEW_DOCS=1 what is printed is written into docs/watch-demo.md.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tools.flights.watch_demo import __main__ as demo
from tools.flights.watch_demo import pace, programs, receiver, story, week
from tools.flights.watch_demo.pace import Pace
from tools.flights.watch_demo.receiver import Alarm
from tools.flights.watch_demo.week import Fortnight, WeekError

from tests.conftest import ROOT, clone, processes_in
from truerun.contract import contract

RULES = yaml.safe_load((ROOT / "ops/prometheus/rules.yml").read_text(encoding="utf-8"))
ROUTES = yaml.safe_load((ROOT / "ops/alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
SPEED = Pace(0.4)
WRITTEN = re.compile(r"\[[^\]]+\]|offset [^\s)]+")  # durations, whatever they are
PAGE = ROOT / "docs/watch-demo.md"
BLOCK = re.compile(r"(?<=^```text\n)watch-demo: .*?(?=^```$)", re.MULTILINE | re.DOTALL)
VARYING = re.compile(r"\b\d\d:\d\d\b|\b\d+ more\b|[\d.]+ s\b")  # by machine


@given(st.integers(1, 90), st.sampled_from(list(pace.SECONDS)))
def test_a_duration_is_as_much_shorter_as_an_hour_but_of_four_scrapes(
    count: int, unit: str
) -> None:
    seconds = float(SPEED.duration(f"{count}{unit}").removesuffix("ms")) / 1000
    whole = count * pace.SECONDS[unit] * SPEED.hour / 3600
    assert seconds == pytest.approx(max(whole, SPEED.least), abs=0.0005)


def test_rules_at_another_pace_are_the_same_but_for_their_durations() -> None:
    (kept, _), made = RULES["groups"], pace.rules(RULES, SPEED, "truerun-monitor")
    (group,) = made["groups"]
    for before, after in zip(kept["rules"], group["rules"], strict=True):
        assert WRITTEN.sub("", before["expr"]) == WRITTEN.sub("", after["expr"])
        assert len(WRITTEN.findall(before["expr"])) == len(WRITTEN.findall(after["expr"]))
        for told in WRITTEN.findall(after["expr"]):
            assert re.fullmatch(r"\[\d+ms\]|offset \d+ms", told), told
        same = {"record", "alert", "labels"}
        assert {k: v for k, v in before.items() if k in same} == {
            k: v for k, v in after.items() if k in same
        }
    assert pace.rules(RULES, SPEED, "")["groups"][1]["rules"][-1]["for"] == "800ms"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_them(tmp_path: Path) -> None:
    settings = yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text("utf-8"))
    made = pace.prometheus(settings, SPEED, "truerun", "127.0.0.1:1", "127.0.0.1:2")
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(made), encoding="utf-8")
    made = pace.rules(RULES, SPEED, "")
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(made), encoding="utf-8")
    command = ["promtool", "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_routes_are_the_same_and_no_mail_leaves() -> None:
    made = pace.alertmanager(ROUTES, SPEED, "http://127.0.0.1:1")
    assert made["route"]["group_by"] == ROUTES["route"]["group_by"]
    assert made["route"]["repeat_interval"] == "4800ms"
    shorter = {"repeat_interval": "800ms"}  # of the one that says how often it tells again
    assert made["route"]["routes"] == [
        each | shorter if "repeat_interval" in each else each for each in ROUTES["route"]["routes"]
    ]
    assert made["inhibit_rules"] == ROUTES["inhibit_rules"]
    assert made["receivers"] == [
        {"name": name, "webhook_configs": [{"url": f"http://127.0.0.1:1/{name}"}]}
        for name in ("mail", "chat-and-issue", "retrain")
    ]
    assert "smtp" not in str(made)
    assert "slack" not in str(made)


def flights(first: str, days: int) -> pd.DataFrame:
    """Three flights a day, from a day on."""
    dates = pd.date_range(first, periods=days).repeat(3)
    minutes = [0, 14, 1439] * days
    return pd.DataFrame(
        {
            "scheduled_departure": dates.tz_localize("UTC"),
            "day": dates.strftime("%Y-%m-%d"),
            "minute_of_day": minutes,
            "carrier": "AA",
            "late": 1,
            **{name: 1.0 for name, each in SCHEMA.columns.items() if each.group == "weather"},
        }
    )


SCHEMA = contract.load(ROOT / "schema.yaml")


def test_the_newest_two_weeks_from_monday_are_sent_and_day_five_has_no_weather() -> None:
    weeks = week.fortnight(flights("2023-03-01", 31), SCHEMA, 15)
    assert (str(weeks.first), weeks.rows) == ("2023-03-13", [3] * 14)  # until Sunday the 26th
    assert [each.hour for each in weeks.requests[:4]] == [0, 23.75, 24, 47.75]
    sent = [(each.hour // 24, row) for each in weeks.requests for row in json.loads(each.body)]
    assert len(sent) == 42
    for day, row in sent:
        assert "late" not in row
        assert row["carrier"] == "AA"
        empty = {name for name, value in row.items() if value is None}
        assert empty == (set(weeks.damaged) if day == 11 else set())


def test_too_few_days_are_refused() -> None:
    with pytest.raises(WeekError, match="from 2023-03-14 to 2023-03-31 there are no two weeks"):
        week.fortnight(flights("2023-03-14", 18), SCHEMA, 15)


WEEKS = Fortnight(pd.Timestamp("2023-03-13").date(), [], [1000] * 14, ["heat", "rain", "wind", "x"])


def alarm(name: str, column: str, hour: float) -> Alarm:
    return Alarm(name, column, 5.0 + 0.5 * hour, "mail", "Said.", "docs/runbooks/a.md")


EMPTY = [alarm("Empty", name, 11 * 24 + 6.5 + place) for place, name in enumerate(WEEKS.damaged)]


def test_a_table_has_each_day_with_what_rang_first() -> None:
    rung = story.rung([*reversed(EMPTY), alarm("Slow", "", 3)], 5.0, 0.5)
    lines = story.table(WEEKS, rung)
    assert (
        lines[2] == "| the week before | 7,000 flights | Slow | 03:00 | mail | docs/runbooks/a.md |"
    )
    assert lines[3] == "| 1: Monday | 1,000 flights | none | | | |"
    assert lines[7] == (
        "| 5: Friday | 1,000 flights without weather | Empty: heat, rain, wind, 1 more | 06:30"
        " | mail | docs/runbooks/a.md |"
    )
    assert len(lines) == 10


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        (EMPTY, []),
        ([], ["no alarm named a column of the weather"]),
        ([alarm("Empty", "seats", 270)], ["no alarm named a column of the weather"]),
        ([*EMPTY, alarm("Slow", "", 200)], ["Slow rang on day 2, which was quiet"]),
        ([*EMPTY, alarm("Down", "", -1)], ["Down rang in the week before"]),
        ([*EMPTY, alarm("Empty", "heat", 290)], ["Empty rang on day 6, which was quiet"]),
    ],
)
def test_the_damage_must_ring_and_nothing_else(alarms: list[Alarm], said: list[str]) -> None:
    assert story.faults(WEEKS, story.rung(alarms, 5.0, 0.5)) == said


def test_an_alarm_is_told_once() -> None:
    labels = {"alertname": "Empty", "column": "heat"}
    notes = {"summary": "Said.", "runbook": "docs/runbooks/a.md"}
    one: dict[str, Any] = {"labels": labels, "annotations": notes}
    body = json.dumps({"alerts": [{**one, "startsAt": "1970-01-01T00:00:05.25Z"}]}).encode()
    with receiver.listening() as (address, alarms):
        for _ in range(2):
            urllib.request.urlopen(f"{address}/mail", body).close()  # noqa: S310
    assert alarms == [Alarm("Empty", "heat", 5.25, "mail", "Said.", "docs/runbooks/a.md")]


def test_what_is_not_installed_is_named_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(programs.ProgramError, match="apt-get install prometheus prometheus-alert"):
        demo.main()
    (tmp_path / "prometheus").write_text("#!/bin/sh\n", encoding="ascii")
    (tmp_path / "prometheus").chmod(0o755)
    with pytest.raises(programs.ProgramError, match=r"^prometheus-alertmanager cannot be found"):
        demo.main()
    assert [path.name for path in tmp_path.iterdir()] == ["prometheus"]
    assert not capsys.readouterr().out


@pytest.mark.parametrize("hour", [0.0, -1.0, float("nan"), 1e9])
def test_an_hour_takes_some_time(hour: float) -> None:
    with pytest.raises(demo.DemoError, match=r"is not between 0\.1 and 3600 seconds"):
        demo.main(hour)


def test_a_program_that_does_not_start_is_shown_with_what_it_says(tmp_path: Path) -> None:
    script = "print('no such option'); raise SystemExit(2)"
    command = (sys.executable, "-c", script)
    with (
        pytest.raises(programs.ProgramError, match="does not start:\n  no such option"),
        programs.answering(tmp_path, "/", command, programs.free_port()),
    ):
        pass


def test_the_page_shows_what_is_printed() -> None:
    (shown,) = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert demo.ABOUT.format(pace=Pace(demo.HOUR), hours=2) in shown
    assert "\n".join(story.HEADER) in shown
    for runbook in re.findall(r"docs/runbooks/\S+", shown):
        assert (ROOT / runbook).is_file()
    names = {
        rule["alert"] for group in RULES["groups"] for rule in group["rules"] if "alert" in rule
    }
    told = set(re.findall(r"\bTruerun\w+", shown))
    assert told
    assert told <= names


@pytest.mark.nightly
@pytest.mark.skipif(
    None in map(shutil.which, ("prometheus", "promtool")), reason="prometheus is not installed"
)
def test_a_week_with_a_damaged_day_rings_on_that_day_alone(tmp_path: Path) -> None:
    for name in ("clone", "temporary"):
        (tmp_path / name).mkdir()
    project = clone(tmp_path / "clone")
    shutil.copytree(ROOT / "data/raw", project.root / "data/raw", dirs_exist_ok=True)
    command = (sys.executable, "-m", "tools.flights.watch_demo")
    printed = project.run(*command, TMPDIR=str(tmp_path / "temporary"))
    assert not list((tmp_path / "temporary").iterdir())
    assert not processes_in(tmp_path)
    assert not project.run("git", "status", "--porcelain")
    text = PAGE.read_text(encoding="utf-8")
    if "RENEW_DOCS" in os.environ:
        PAGE.write_text(BLOCK.sub(lambda _: printed, text), encoding="utf-8")
        return
    (shown,) = BLOCK.findall(text)
    assert VARYING.sub("at", printed) == VARYING.sub("at", shown)
