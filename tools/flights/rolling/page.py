"""The page of what was chosen by months, and what the two newest ones say of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.flights.rolling.figures import MOST_SECONDS, Figures, Interval
from tools.flights.rolling.peer import CORES, PRESETS, Fit
from truerun.base.errors import listed

LETTERS = 300  # letters of why AutoGluon is missing


@dataclass(frozen=True)
class Shown:
    """The figures of each of the newest months, and of all: AutoGluon's if it is there, then ours.

    `fits` are AutoGluon's, `missing` is why there are none.
    """

    figures: dict[str, list[Figures]]
    fits: list[Fit]
    missing: str


def page(
    chosen: Sequence[Figures],
    months: tuple[str, str],
    shown: Shown,
    machine: str,
) -> str:
    """The page of figures.

    Parameters
    ----------
    chosen : figures of the candidates; the first are those of today's settings.
    months : the first and the last by which candidates were held against each other.
    machine : in words.
    """
    now, *others = chosen
    return "\n".join(
        [
            "# The model, month by month",
            "",
            f"Made by `make rolling-months` on {machine}.",
            "",
            "## Chosen by rolling months",
            "",
            f"Each month from {months[0]} to {months[1]} is scored by models of all rows before",
            "it, [as `truerun tune --rolling` does](tuning.md#month-by-month). ROC AUC is that of",
            "all these months together. Differences are to today's settings, in pairs on the same",
            "flights, with 95 % intervals by day. A blend, and models of several seeds, score by",
            "their mean. The last column is processor time of the longest fit, of all members.",
            "",
            "| candidate | ROC AUC | difference, 95 % interval | | months better | s of fit |",
            "| --- | ---: | ---: | --- | ---: | ---: |",
            f"| {now.name} | {now.area.value:.4f} | | | | {now.seconds:.0f} |",
            *(_candidate(each) for each in others),
            "",
            *_choice(others),
            "",
            f"## {' and '.join([*shown.figures][:-1])}, shown once",
            "",
            *_shown(shown),
            "",
        ]
    )


def _candidate(figures: Figures) -> str:
    cells = [
        figures.name,
        f"{figures.area.value:.4f}",
        _apart(figures.difference),
        figures.verdict,
        f"{figures.higher} of {figures.periods}",
        f"{figures.seconds:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _choice(others: Sequence[Figures]) -> list[str]:
    """What of the table is better, and how sure that is."""
    kept = [each for each in others if each.is_kept]
    lines = [
        f"Of {len(others)} candidates {len(kept)} are surely better, each by itself, and fitted in",
        f"less than {MOST_SECONDS:g} s of processor time. Each interval stands alone: of twenty",
        "candidates that are no better, one will seem better or worse.",
    ]
    sure = [each.name for each in kept if each.is_sure_among_all]
    if kept:
        lines.append(
            f"Judged all at once (Bonferroni), these remain: {listed(sure, limit=len(sure))}."
            if sure
            else "Judged all at once (Bonferroni), none remains."
        )
    return lines


def _shown(shown: Shown) -> list[str]:
    """What the newest months say of today's settings, and of AutoGluon's models."""
    lines = [
        "No candidate was scored on these months. Today's settings are: each month is scored by a",
        "model of everything up to the month before, with 95 % intervals by day.",
        "",
        "| month | ours | AutoGluon's | ours less AutoGluon's | |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for month, (*theirs, ours) in shown.figures.items():
        cells = [month, _interval(ours.area), *(_interval(each.area) for each in theirs)]
        cells += [_apart(ours.difference), ours.verdict] if theirs else ["missing", "", ""]
        lines.append(f"| {' | '.join(cells)} |")
    if shown.missing:
        reason = " ".join(shown.missing.split())[:LETTERS]
        return [*lines, "", f"AutoGluon is missing here: {reason}"]
    return [*lines, "", *_fits(shown.fits)]


def _fits(fits: Sequence[Fit]) -> list[str]:
    """How AutoGluon came by its models."""
    return [
        f"AutoGluon {fits[0].version} (`{PRESETS}`, {CORES} cores, by ROC AUC) had the same rows",
        "and raw columns. Its limit is one of time on the wall, so that a busy machine leaves it",
        "less:",
        "",
        "| month | s on the wall | s of processors | models |",
        "| --- | ---: | ---: | --- |",
        *(
            f"| {fit.period} | {fit.wall:.0f} | {fit.processor:.0f} | {', '.join(fit.models)} |"
            for fit in fits
        ),
    ]


def _interval(interval: Interval) -> str:
    return f"{interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"


def _apart(interval: Interval) -> str:
    return f"{interval.value:+.4f} ({interval.low:+.4f} to {interval.high:+.4f})"
