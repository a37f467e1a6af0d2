"""What was sent on which day, which alarm rang when, and whether that is as it should be."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tools.flights.watch_demo.receiver import Alarm
from tools.flights.watch_demo.week import DAMAGED, DAMAGED_DAY, DAYS, Fortnight

HEADER = ["| day | sent | alarm | rang at | told to | runbook |",
          "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
SHOWN = 3  # columns that are named


@dataclass(frozen=True)
class Rung:
    """Alarms of a name that began on one day, since the first of which it is the hour."""

    name: str
    columns: Sequence[str]
    hour: float
    receivers: Sequence[str]
    runbook: str

    @property
    def day(self) -> int:
        """The day, from 0 on."""
        return int(self.hour // 24)


def rung(alarms: Sequence[Alarm], start: float, hour: float) -> list[Rung]:
    """Alarms by day and name, the earliest first.

    Parameters
    ----------
    start : seconds since 1970, when the first day began.
    hour : seconds that an hour took.
    """
    groups: dict[tuple[int, str], list[tuple[float, Alarm]]] = {}
    for alarm in alarms:
        at = max(0.0, (alarm.began - start) / hour)
        groups.setdefault((int(at // 24), alarm.name), []).append((at, alarm))
    made = [
        Rung(
            name,
            sorted({alarm.column for _, alarm in group if alarm.column}),
            min(at for at, _ in group),
            sorted({alarm.receiver for _, alarm in group}),
            group[0][1].runbook,
        )
        for (_, name), group in groups.items()
    ]
    return sorted(made, key=lambda each: (each.hour, each.name))


def table(weeks: Fortnight, alarms: Sequence[Rung]) -> list[str]:
    """The days as lines of a table of Markdown; the week before is one of them."""
    lines = [*HEADER, *_rows("the week before", f"{sum(weeks.rows[:DAYS]):,} flights",
                             [each for each in alarms if each.day < DAYS])]  # fmt: skip
    for number in range(1, DAYS + 1):
        day = DAYS + number - 1
        date = weeks.first + dt.timedelta(days=day)
        sent = f"{weeks.rows[day]:,} flights" + (
            f" without {DAMAGED}" if number == DAMAGED_DAY else ""
        )
        mine = [each for each in alarms if each.day == day]
        lines += _rows(f"{number}: {date:%A}", sent, mine)
    return lines


def _rows(day: str, sent: str, alarms: Sequence[Rung]) -> list[str]:
    if not alarms:
        return [f"| {day} | {sent} | none | | | |"]
    return [
        f"| {day} | {sent} | {_named(each)} | {_clock(each.hour)} | {', '.join(each.receivers)} |"
        f" {each.runbook} |"
        for each in alarms
    ]


def _named(alarm: Rung) -> str:
    columns = list(alarm.columns[:SHOWN])
    if len(alarm.columns) > SHOWN:
        columns.append(f"{len(alarm.columns) - SHOWN} more")
    return alarm.name + (f": {', '.join(columns)}" if columns else "")


def _clock(hour: float) -> str:
    minutes = int(hour % 24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def faults(weeks: Fortnight, alarms: Sequence[Rung]) -> list[str]:
    """What is not as it should be: a quiet day with an alarm, or the damage without one."""
    damaged = DAYS + DAMAGED_DAY - 1
    false = [
        f"{each.name} rang in the week before"
        if each.day < DAYS
        else f"{each.name} rang on day {each.day - DAYS + 1}, which was quiet"
        for each in alarms
        if each.day != damaged
    ]
    is_told = any(each.day == damaged and {*each.columns} & {*weeks.damaged} for each in alarms)
    return false if is_told else [*false, f"no alarm named a column of the {DAMAGED}"]
