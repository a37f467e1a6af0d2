"""From a comparison to the document that is rendered: its sections, and their order."""

import re
from collections.abc import Iterator

from truerun.report import changes, decision_section, details, performance, why, worth
from truerun.report import history as histories
from truerun.report.change_line import change_line
from truerun.report.document import Block, Code, Document, Items, Paragraph, ReportSection, Table
from truerun.report.slice_line import slice_line
from truerun.report.verdict import OUTCOMES, answer, failed_stage, not_passed, reasons
from truerun.report.visible_text import short, visible
from truerun.report.words import SENTENCE, Json, counted, missing, present, rule

LABEL = 24  # characters of a side's name
COMMIT = 10  # of a commit's
HASH = re.compile("[0-9a-f]{11,40}")  # a name that is a commit's
ERROR = 3000  # of the end of what a failed stage printed


def document(value: Json, history: Json | None = None, commits_url: str | None = None) -> Document:
    """The whole report of a JSON value of the shape of comparison.schema.json.

    Parameters
    ----------
    history : of the shape of history.schema.json, for the page of main.
    commits_url : where a commit can be read, below which its id stands.
    """
    comparison: Json = visible(value)
    sides = (_called(comparison["base"]), _called(comparison["head"]))
    sections = (
        *_failure(comparison),
        *(histories.section(history, comparison, commits_url) if history else ()),
        *performance.metrics(comparison, sides),
        *why.section(comparison),
        *_gate(comparison),
        *worth.section(comparison, sides),
        *performance.slices(comparison, sides),
        *decision_section.decisions(comparison, sides),
        *changes.data(comparison, sides),
        *changes.causes(comparison, sides),
        *details.cost(comparison, sides),
        *details.experiments(comparison),
        *details.reproduction(comparison),
        *performance.own(comparison, sides),
        *_unknown(comparison),
        *_shortened(comparison),
    )
    verdict = answer(comparison)
    return Document(
        outcome=OUTCOMES[verdict],
        answer=verdict,
        reasons=reasons(comparison),
        change=" ".join(filter(None, (change_line(comparison), slice_line(comparison)))),
        sections=sections,
        footer=_footer(comparison, sides),
    )


def _called(revision: Json) -> str:
    """How a side is called: by few digits of its commit, if that is its name."""
    name = revision["name"]
    return name[:COMMIT] if HASH.fullmatch(name) else short(name, LABEL)


def _failure(comparison: Json) -> Iterator[ReportSection]:
    """What a failed stage printed, and what `validate` found: all that there is to mend."""
    failed = failed_stage(comparison)
    if not failed:
        return
    log = (comparison["reproduction"]["error"] or "").strip()
    end = log if len(log) <= ERROR else f"…\n{log[-ERROR:]}"
    blocks: list[Block] = [Code(end)] if end else []
    yield ReportSection(f"{failed} failed", (*blocks, *changes.findings(comparison)), folded=False)


def _gate(comparison: Json) -> Iterator[ReportSection]:
    rules = comparison["gate"]["rules"]
    open_rules = [*not_passed(comparison, "fail"), *not_passed(comparison, "warn")]
    if not open_rules:
        return
    yield ReportSection(
        f"Gate: {comparison['gate']['outcome']}",
        (
            Table(
                "The rules that do not pass",
                ("outcome", "rule", "found", "needed"),
                "vlll",
                tuple(
                    (
                        one["outcome"],
                        f"{rule(comparison, one['rule'])}: {short(one['asks'], SENTENCE)}",
                        short(one["found"], SENTENCE),
                        short(one["needed"] or "", SENTENCE),
                    )
                    for one in open_rules
                ),
            ),
            Paragraph(f"{len(rules) - len(open_rules):,} of {counted(len(rules), 'rule')} pass."),
        ),
        folded=False,
    )


def _unknown(comparison: Json) -> Iterator[ReportSection]:
    """The parts that could not be determined, by the reason."""
    metrics, data = comparison["metrics"], comparison["data"]
    value = present(comparison["value"])
    parts = {
        "metrics": metrics,
        "metrics in pairs": None if missing(metrics) else metrics["paired"],
        "slices": comparison["slices"],
        "decisions": comparison["decisions"],
        "scores": comparison["scores"],
        "value": comparison["value"],
        "best threshold": value["best"] if value else None,
        "changed rows": data["rows"],
        "quarantine": data["quarantine"],
        "checks of the data": data["findings"],
        "checks of the data by the limits of the base": data["findings_by_base"],
        "number of test rows": data["test_rows"],
        "test rows that repeat training rows": data["repeated"],
        "test rows that the base was trained on": data["seen"],
        "age of the data": data["newest"],
        "cost": comparison["cost"],
        "whose doing it was": comparison["attribution"],
        "experiments": comparison["experiments"],
        "files made again from the model": comparison["provenance"]["recomputed"],
        "rows checked again": comparison["provenance"]["revalidated"],
        "changed files that judge": comparison["provenance"]["guards"],
    }
    reasons: dict[str, list[str]] = {}
    for name, part in parts.items():
        why = missing(part)
        if why is not None:
            reasons.setdefault(short(why, 2 * SENTENCE), []).append(name)
    if reasons:
        items = tuple(f"{', '.join(names)}: {why}" for why, names in reasons.items())
        yield ReportSection("Not determined", (Items(items),))


def _shortened(comparison: Json) -> Iterator[ReportSection]:
    if comparison["shortened"]:
        items = tuple(short(note, SENTENCE) for note in comparison["shortened"])
        yield ReportSection("Lists that were cut short", (Items(items),))


def _footer(comparison: Json, sides: tuple[str, str]) -> str:
    """Which two revisions these are, and what the model predicts."""
    names = [
        (label if label == commit else f"{label} is {commit}")
        if (commit := (comparison[key]["commit"] or "")[:COMMIT])
        else f"{label} is a working tree"
        for label, key in zip(sides, ("base", "head"), strict=True)
    ]
    predicts = short(comparison["predicts"], SENTENCE)
    what = f" The model predicts {predicts}." if predicts else ""
    return f"{', '.join(names)}.{what}"
