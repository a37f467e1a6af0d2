"""The page counts what is seen, how soon and what is false; libraries ring where they should."""

from pathlib import Path

import pytest
from tools.bench_monitor import page, peers
from tools.bench_monitor.__main__ import kept
from tools.bench_monitor.page import NONE, OURS, Alarms

from tests.conftest import ROOT
from tests.monitor.streams import AFTER, FAULT, QUARTER, TRIALS, WARM

KIND = "drift, days"


def of_library(*streams: list[page.Alarm]) -> Alarms:
    """The same streams of each trial but those that a library is not made for; two quiet ones."""
    faulty = [list(streams) if trial.name != TRIALS[-1].name else None for trial in TRIALS]
    return Alarms([[(30, KIND), (30, "other")], []], faulty)


def test_a_fault_is_seen_by_an_alarm_that_should_tell_on_its_day_or_later() -> None:
    streams = [
        [(FAULT - 3, KIND), (FAULT - 3, "other"), (FAULT - 1, "other"), (FAULT + 4, KIND)],
        [(FAULT, "other"), (FAULT + 9, KIND), (FAULT + 5, KIND)],
        [(FAULT - 1, KIND), (FAULT + 1, "other")],
        [],
    ]
    row = page.seen(streams, {KIND})
    assert row.days == [4, 5]  # an alarm before it, and one of another kind, see nothing
    assert (row.share, row.when) == ("2 of 4", "4 (5)")
    assert row.before == 3 / 4  # two days of the first and one of the third
    blind = page.seen(streams, {"volume"})
    assert (blind.share, blind.when) == ("0 of 4", "")


def test_the_tables_have_a_row_for_each_tool_and_say_what_it_is_not_made_for() -> None:
    alarms = [[(FAULT - 1, KIND), (FAULT, KIND)], [(FAULT + 2, "performance, days")]]
    ours = Alarms([[], []], [[[(FAULT + 3, "missing")], []] for _ in TRIALS])
    text = page.page({OURS: ours, "NannyML": of_library(*alarms)}, {"evidently": "no\nwheel"})
    cells = {
        line.split(" | ")[0].removeprefix("| "): line.strip("| ").split(" | ")[1:]
        for line in text.partition("## Beside")[2].splitlines()
        if line.startswith("| ")
    }
    assert cells[f"NannyML: {KIND}"][:3] == ["0.5", "0.5", "1 of 2, 0 (0)"]
    assert cells["NannyML: missing cells, days"][:3] == ["0.0", "0.0", "0 of 2"]
    assert cells["NannyML: performance, days"][2] == "1 of 2, 2 (2)"
    assert cells["NannyML: performance, days"][-1] == NONE
    empty = [trial.name for trial in TRIALS if not trial.labelled].index("a column is empty")
    outcomes = [trial for trial in TRIALS if trial.labelled]
    assert cells[OURS][2:] == ["0 of 2"] * len(outcomes)  # of the second table
    assert f"| {OURS} | 0.0 | 0.0 | " in text
    assert cells[f"NannyML: {KIND}"][2 + empty] == "1 of 2, 0 (0)"
    assert not [name for name in cells if name.startswith("evidently")]
    assert "evidently is missing: no wheel" in text
    assert "## Beside" not in page.page({OURS: ours}, {})


def test_the_page_has_all_trials_and_tools() -> None:
    text = (ROOT / "docs/monitor-trials.md").read_text(encoding="utf-8")
    assert [trial.name for trial in TRIALS if f"\n| {trial.name} | " not in text] == []
    rows = [f"\n| {tool}: {kind} | " for tool, kind, _ in page.ROWS]
    assert [row for row in rows if row not in text] == []


def test_what_a_library_sees_more_often_or_sooner_is_named_but_not_what_rings_always() -> None:
    ours = Alarms([[]], [[[(FAULT + 3, next(iter(trial.expected)))], []] for trial in TRIALS])

    def lines(*streams: list[page.Alarm]) -> list[str]:
        return page.better({OURS: ours, "NannyML": of_library(*streams)})

    inputs = [trial for trial in TRIALS if not trial.labelled]
    sooner = lines([(FAULT + 2, KIND)], [])
    assert len(sooner) == len(inputs)
    assert sooner[0].endswith("drift, days: 1 of 2, 2 (2) [1 of 2, 3 (3)]; 0.0 [0.0]")
    assert len(lines([(FAULT + 9, KIND)], [(FAULT + 9, KIND)])) == len(inputs)
    assert lines([(FAULT + 3, KIND)], []) == lines([], []) == []
    assert lines([(day, KIND) for day in range(WARM + 1, FAULT + 1)], [])
    always = [(day, KIND) for day in range(WARM, FAULT + AFTER)]
    assert lines(always, always) == []


def test_what_is_kept_is_not_asked_again(tmp_path: Path) -> None:
    def never() -> Alarms:
        raise AssertionError

    once = kept(tmp_path / "kept", "NannyML", lambda: of_library([(1, KIND)]))
    again = kept(tmp_path / "kept", "NannyML", never)
    assert again == once
    assert again.only(KIND).quiet == [[(30, KIND)], []]


@pytest.mark.nightly
@pytest.mark.parametrize("name", list(peers.PEERS))
def test_a_library_rings_for_an_empty_column_and_another_unit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    if not Path(f".venv/{peers.PEERS[name]}.stamp").exists():
        pytest.skip(f"{name} is not installed: make bench-monitor")
    faults = {"empty": FAULT, "units": FAULT, "nothing": None}
    alarms = peers.play(name, tmp_path, {(change, 3): fault for change, fault in faults.items()})
    kinds = {kind for tool, kind, _ in page.ROWS if tool == name}
    assert {kind for each in alarms.values() for _, kind in each} <= kinds
    ringing = {"NannyML": ("missing cells, days", KIND), "evidently": ("any column, a day",) * 2}
    for change, kind in zip(("empty", "units"), ringing[name], strict=True):
        assert (FAULT, kind) in alarms[change, 3]
    quiet = [day for day, _ in alarms["nothing", 3]]
    assert len(quiet) < len(kinds) * QUARTER
    assert set(quiet) <= set(range(WARM, WARM + QUARTER))
    assert max(day for day, _ in alarms["empty", 3]) < FAULT + AFTER
