"""A new project in time is told whether training again would have paid, or how to see it."""

from pathlib import Path

import pytest

from tests.backtest import test_backtest as towns
from truerun.adopt import backtest
from truerun.backtest.rules import RULES

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_start")]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_a_small_table_has_the_table_of_the_command_and_a_large_one_its_name() -> None:
    towns.lay_down(turned=4)
    title, _, header, _, *shown = backtest.lines(Path(), backtest.CELLS, backtest.PARTS)
    assert title == "Would training again have paid so far?"
    assert header.startswith("| train again | trainings | no gain at once | ROC AUC, against")
    assert [line.split(" | ")[0] for line in shown[: len(RULES)]] == [f"| {name}" for name in RULES]
    assert backtest.lines(Path(), backtest.CELLS + 1, 1) == [backtest.COMMAND]
    assert backtest.lines(Path(), 1, backtest.PARTS + 1) == [backtest.COMMAND]


def test_what_cannot_be_said_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    towns.lay_down(split="random")
    (line,) = backtest.lines(Path(), 1, 1)
    assert line.startswith("Whether training again would have paid cannot be said yet: params.yaml")
    monkeypatch.setattr(backtest, "SECONDS", 0.0)
    assert backtest.lines(Path(), 1, 1) == [backtest.COMMAND]
