"""The page of what an answer costs, and what of it passes a limit."""

from collections.abc import Mapping, Sequence

from tools.flights.bench_serve.endurance import STATED, Verdict
from tools.flights.bench_serve.load import Load
from tools.flights.bench_serve.services import Cost
from tools.machine import machine

OURS = "truerun"
PROCESSOR, LATENCY, CLIENTS = 0.5, 10.0, 16  # ms of a processor; ms of 99 of 100, with so many
MEMORY, READY = 60.0, 1.5  # MB and seconds
SHOWN = 300  # letters of why a server is missing


def limits(costs: Mapping[str, Cost]) -> list[tuple[str, float, float]]:
    """What our service without a log shall keep: words, limit and figure."""
    ours = costs[OURS]
    most = next(each.most for each in ours.loads if each.clients == CLIENTS)
    return [
        ("ms of processor for a request", PROCESSOR, max(e.processor for e in ours.loads)),
        (f"ms, 99 of 100, with {CLIENTS} clients", LATENCY, most),
        ("MB", MEMORY, ours.memory),
        ("s until it answers", READY, ours.ready),
    ]


def problems(costs: Mapping[str, Cost], verdict: Verdict) -> list[str]:
    """The limits that are passed, and what was wrong under load."""
    passed = [
        f"{figure:.2f} {words}, and {limit:g} are allowed"
        for words, limit, figure in limits(costs)
        if figure > limit
    ]
    return passed + verdict.problems()


def page(
    costs: Mapping[str, Cost],
    missing: Mapping[str, str],
    verdict: Verdict,
    minutes: float,
    busy: float,
) -> str:
    """The page of figures.

    Parameters
    ----------
    missing : why a server is not there, by its name.
    busy : the load of the machine in the last quarter of an hour.
    """
    loads = [_load(name, each) for name, cost in costs.items() for each in cost.loads]
    starts = [f"| {name} | {each.ready:.1f} | {each.memory:.0f} |" for name, each in costs.items()]
    kept = [
        f"| {words} | {limit:g} | {figure:.2f} | {'yes' if figure <= limit else '**no**'} |"
        for words, limit, figure in limits(costs)
    ]
    return "\n".join(
        [
            "# What an answer costs",
            "",
            f"Made by `make bench-serve` on {machine()},",
            f"whose load was {busy:.1f} in the last quarter of an hour: if it is busy, everything",
            "takes longer. Each server has the same model and one worker, in an environment of",
            "its own, and answers one flight a request, on loopback, one server after the other.",
            "Each gave the same score. Processor time and memory are those of all processes of a",
            "server; what these share is counted once. Libraries have one thread each.",
            "",
            "| server | clients | a second | ms of processor each | ms, median | ms, 99 of 100 |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *loads,
            "",
            "| server | s until it answers | MB |",
            "| --- | ---: | ---: |",
            *starts,
            *_missing(missing),
            "",
            f"What `{OURS}` shall keep, without a log:",
            "",
            "| what | at most | measured | kept |",
            "| --- | ---: | ---: | --- |",
            *kept,
            "",
            "## Under load, while models change and workers die",
            "",
            *_endured(verdict, minutes),
            "",
        ]
    )


def _load(name: str, each: Load) -> str:
    return (
        f"| {name} | {each.clients} | {each.a_second:,.0f} | {each.processor:.2f} |"
        f" {each.median:.1f} | {each.most:.1f} |"
    )


def _missing(missing: Mapping[str, str]) -> list[str]:
    """Why servers are missing: the end of what they said."""
    return [
        f"\n{name} is missing here: {' '.join(why.split())[-SHOWN:]}"
        for name, why in missing.items()
    ]


def _endured(verdict: Verdict, minutes: float) -> Sequence[str]:
    """What the minutes of load were, and what came of them."""
    endured = verdict.endured
    wrong = verdict.problems()
    outcome = "; ".join(wrong) if wrong else "Nothing was wrong"
    return [
        f"For {minutes:g} minutes clients asked two workers, with a log. {endured.reloads} times",
        f"another bundle was taken (SIGHUP), {len(endured.kills)} times a worker was killed.",
        f"{verdict.answers:,} answers came, {endured.broken} connections broke with their worker,",
        f"and {len(endured.refused)} requests were refused. Each answer was held against the",
        f"bundle whose version it names: {verdict.wrong} were others. Each was looked for in the",
        f"log: {verdict.lost} lines were missing, {verdict.lost_beyond} of them of more than",
        f"{STATED:g} second before a kill.",
        "",
        f"{outcome}.",
    ]
