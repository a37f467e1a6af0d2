"""Columns that were found to be leaks: the decision on them, and what the user is told."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from truerun.adopt.columns.advice import option
from truerun.adopt.columns.column_decisions import DROP, Decision
from truerun.adopt.leaks.search import Leaks
from truerun.base.errors import listed
from truerun.contract.leak_checks import RANKED_BY
from truerun.sources.table.options import Options


def excluded(decisions: Iterable[Decision], leaks: Leaks) -> tuple[Decision, ...]:
    """The decisions, with those on leaks."""
    return tuple(
        replace(
            each,
            kind="leak",
            reason=f"{leaks.left_out[each.column]}: is it known only afterwards?",
            option=DROP,
        )
        if each.column in leaks.left_out
        else each
        for each in decisions
    )


def without(options: Options, columns: Collection[str]) -> Options:
    """The options with some columns left out."""
    columns_left = {
        n: DROP if n in columns else column_options for n, column_options in options.columns.items()
    }
    return options.model_copy(update={"columns": columns_left})


def warnings(decisions: Iterable[Decision], leaks: Leaks, options: Options) -> Iterable[str]:
    """Columns left out as leaks, those that may be leaks, and a sum of columns that is one."""
    for each in decisions:
        if each.kind == "leak":
            yield f"left out: {each.column} {each.reason} If not, {option('keep', each.column)}"
    for suspicion in leaks.asked:
        names = " and ".join(suspicion.columns)
        drop, keep = (
            " ".join(option(called, name) for name in suspicion.columns)
            for called in ("drop", "keep")
        )
        question = "is it" if len(suspicion.columns) == 1 else "are both"
        yield (
            f"may be a leak: {names} {suspicion.reason}; {question} known in time? If not, {drop};"
            f" if so, {keep} vouches for it"
        )
    if leaks.together:
        ranking = f"({RANKED_BY[options.task]} {leaks.together_ranking:.3f})"
        yield (
            f"a sum of {listed(leaks.together)} predicts {options.target} almost perfectly"
            f" {ranking}: are all of them known before it? They are vouched for in schema.yaml"
            " (known_in_time: true); --drop NAME leaves one out"
        )
