"""From a comparison to the document that is rendered: what is said, and in which order."""

from collections.abc import Iterator

from truerun.report import changes, decisions, details, performance
from truerun.report.document import Block, Code, Document, Items, Paragraph, Section, Table
from truerun.report.plain import short, visible
from truerun.report.verdict import OUTCOMES, answer, failed_stage, not_passed, reasons
from truerun.report.words import SENTENCE, Json, counted, missing, rule

LABEL = 24  # characters of a side's name
COMMIT = 10  # of a commit's
ERROR = 3000  # of the end of what a failed stage said


def document(comparison: Json) -> Document:
    """All that a report says of a JSON value of the shape of comparison.schema.json."""
    found: Json = visible(comparison)
    sides = (short(found["base"]["name"], LABEL), short(found["head"]["name"], LABEL))
    sections = (
        *_failure(found),
        *performance.metrics(found, sides),
        *_gate(found),
        *performance.slices(found, sides),
        *decisions.decisions(found, sides),
        *changes.data(found, sides),
        *changes.causes(found, sides),
        *details.cost(found, sides),
        *details.experiments(found),
        *details.reproduction(found),
        *performance.own(found, sides),
        *_unknown(found),
        *_shortened(found),
    )
    said = answer(found)
    return Document(
        outcome=OUTCOMES[said],
        answer=said,
        reasons=reasons(found),
        sections=sections,
        footer=_footer(found, sides),
    )


def _failure(found: Json) -> Iterator[Section]:
    """What a failed stage said, and what `validate` found: all that there is to mend."""
    failed = failed_stage(found)
    if not failed:
        return
    said = (found["reproduction"]["error"] or "").strip()
    end = said if len(said) <= ERROR else f"…\n{said[-ERROR:]}"
    blocks: list[Block] = [Code(end)] if end else []
    yield Section(f"{failed} failed", (*blocks, *changes.findings(found)), folded=False)


def _gate(found: Json) -> Iterator[Section]:
    rules = found["gate"]["rules"]
    told = [*not_passed(found, "fail"), *not_passed(found, "warn")]
    if not told:
        return
    yield Section(
        f"Gate: {found['gate']['outcome']}",
        (
            Table(
                "The rules that do not pass",
                ("outcome", "rule", "found", "needed"),
                "llll",
                tuple(
                    (
                        one["outcome"],
                        f"{rule(one['rule'])}: {short(one['asks'], SENTENCE)}",
                        short(one["found"], SENTENCE),
                        short(one["needed"] or "", SENTENCE),
                    )
                    for one in told
                ),
            ),
            Paragraph(f"{len(rules) - len(told):,} of {counted(len(rules), 'rule')} pass."),
        ),
        folded=False,
    )


def _unknown(found: Json) -> Iterator[Section]:
    """The parts that could not be found out, by the reason."""
    metrics, data = found["metrics"], found["data"]
    parts = {
        "metrics": metrics,
        "metrics in pairs": None if missing(metrics) else metrics["paired"],
        "slices": found["slices"],
        "decisions": found["decisions"],
        "scores": found["scores"],
        "changed rows": data["rows"],
        "quarantine": data["quarantine"],
        "checks of the data": data["findings"],
        "number of test rows": data["test_rows"],
        "test rows that repeat training rows": data["repeated"],
        "test rows that the base was trained on": data["seen"],
        "age of the data": data["newest"],
        "cost": found["cost"],
        "experiments": found["experiments"],
    }
    reasons: dict[str, list[str]] = {}
    for name, part in parts.items():
        why = missing(part)
        if why is not None:
            reasons.setdefault(short(why, 2 * SENTENCE), []).append(name)
    if reasons:
        items = tuple(f"{', '.join(names)}: {why}" for why, names in reasons.items())
        yield Section("Not found out", (Items(items),))


def _shortened(found: Json) -> Iterator[Section]:
    if found["shortened"]:
        items = tuple(short(told, SENTENCE) for told in found["shortened"])
        yield Section("Lists that are not whole", (Items(items),))


def _footer(found: Json, sides: tuple[str, str]) -> str:
    """Which two revisions these are, and what the model predicts."""
    told = [
        f"{label} is {found[key]['commit'][:COMMIT]}"
        if found[key]["commit"]
        else f"{label} is a working tree"
        for label, key in zip(sides, ("base", "head"), strict=True)
    ]
    predicts = short(found["predicts"], SENTENCE)
    what = f" The model predicts {predicts}." if predicts else ""
    return f"{', '.join(told)}.{what}"
