"""Should I merge this? The answer, and the reasons for it, from the gate, metrics and decisions."""

from collections.abc import Iterator
from typing import Any

from truerun.report import why, worth
from truerun.report.visible_text import short
from truerun.report.words import (
    SENTENCE,
    Json,
    capital,
    change,
    counted,
    digits,
    facts,
    interval,
    joined,
    label,
    missing,
    part_of,
    percent,
    present,
    rule,
    side,
)

MANY = 0.05  # a share of changed decisions or moved predictions that a reviewer should not overlook
NAMED = 3  # rules of the gate
STOP = "Do not merge this yet"
LOOK = "Look closer before you merge"
LOSS = "Merge only if the loss is worth it"
FINE = "Nothing stands in the way of merging"
GOOD = "Merge this"
OUTCOMES = {STOP: "fail", LOOK: "warn", LOSS: "warn", FINE: "pass", GOOD: "pass"}
ANSWERS = {"better": GOOD, "worse": LOSS, "can't tell": FINE, "the same": FINE}


def answer(comparison: Json) -> str:
    """What to do, in a few words."""
    if failed_stage(comparison) or comparison["gate"]["outcome"] == "fail":
        return STOP
    difference = main_difference(comparison)
    if comparison["gate"]["outcome"] == "warn" or difference is None:
        return LOOK
    by_metric = ANSWERS.get(difference["verdict"], LOOK)
    worse = any(_worse_metrics(comparison)) or _worse_slices(comparison)
    worse = worse or worth.is_worse(comparison)
    return LOOK if worse and OUTCOMES[by_metric] == "pass" else by_metric


def reasons(comparison: Json) -> str:
    """Why, in a few sentences."""
    failed = failed_stage(comparison)
    outcome = comparison["gate"]["outcome"]
    sentences = [
        f"{failed} failed." if failed else "",
        "" if outcome == "pass" else _gate(comparison),
        _guards(comparison),
    ]
    if not (failed and missing(comparison["metrics"])):
        sentences += [
            _compared(comparison),
            worth.sentence(comparison),
            why.sentence(comparison),
        ]
    sentences += [
        *_worse_metrics(comparison),
        _slices(comparison),
        _gate(comparison) if outcome == "pass" else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _guards(comparison: Json) -> str:
    """Which files that judge a change, or guard against one, are others, as a request."""
    changed = present(comparison["provenance"]["guards"])
    if not changed:
        return ""
    names = [short(file["path"], SENTENCE) for file in changed[:NAMED]]
    if len(changed) > NAMED:
        names.append(f"{len(changed) - NAMED:,} more")
    return f"It changes what judges it, {joined(names)}: ask for a second reviewer."


def failed_stage(comparison: Json) -> str:
    """What failed of the head's pipeline, or nothing."""
    run = comparison["reproduction"]
    if run["state"] != "failed":
        return ""
    return f"The stage {short(run['failed'], SENTENCE)}" if run["failed"] else "The pipeline"


def outputs_same(comparison: Json) -> bool:
    """Whether no output of a stage differs from the base's, by what is in Git and by the run."""
    run_differs = comparison["reproduction"]["state"] in ("differs", "uncommitted")
    return not (comparison["causes"]["stages"] or run_differs)


def main_pairing(comparison: Json) -> Any | None:
    """The pairing that counts, or None."""
    metrics = present(comparison["metrics"])
    paired = present(metrics["paired"]) if metrics else None
    return paired[0] if paired else None


def main_difference(comparison: Json) -> Any | None:
    """The main metric of the pairing that counts, or None."""
    pairing = main_pairing(comparison)
    differences = pairing["differences"] if pairing else ()
    return next((d for d in differences if d["metric"] == comparison["main_metric"]), None)


def not_passed(comparison: Json, outcome: str) -> list[Any]:
    """The rules of the gate with an outcome."""
    return [one for one in comparison["gate"]["rules"] if one["outcome"] == outcome]


def _gate(comparison: Json) -> str:
    rules, outcome = comparison["gate"]["rules"], comparison["gate"]["outcome"]
    if outcome == "pass":
        return f"The gate holds: {counted(len(rules), 'rule passes', 'rules pass')}."
    listed_rules = not_passed(comparison, outcome)
    names = "; ".join(rule(comparison, one["rule"]) for one in listed_rules[:NAMED])
    more = f"; {len(listed_rules) - NAMED:,} more" if len(listed_rules) > NAMED else ""
    return f"The gate {outcome}s: {names}{more}."


def _compared(comparison: Json) -> str:
    metrics = comparison["metrics"]
    why = missing(metrics) or missing(metrics["paired"])
    if why is not None:
        return f"The models could not be compared: {short(why, SENTENCE)}."
    difference = main_difference(comparison)
    if difference is None:
        return f"{capital(label(facts(comparison, comparison['main_metric'])))} was not compared."
    rows = short(metrics["paired"][0]["rows"], SENTENCE)
    where = "" if metrics["same_rows"] else f"on {rows}, "
    return capital(f"{where}{_difference(difference)}{_moved(comparison, difference)}.")


def _difference(difference: Json) -> str:
    name, moved = label(difference), interval(difference, ", ", "")
    match difference["verdict"]:
        case "can't tell":
            return f"{name} can't be told apart ({moved})"
        case "the same":
            return f"{name} is the same ({side(difference, 'head')})"
        case "unknown" if difference["difference"] is None:
            return f"{name} is not defined on these rows"
        case "unknown":
            decimals = digits(difference, difference["base"], difference["head"])
            return f"{name} moved by {change(difference['difference'], decimals)} (no interval)"
        case verdict:
            return f"{name} is {verdict} ({moved})"


def _moved(comparison: Json, difference: Json) -> str:
    """The share of decisions that changed, or of predictions, as the end of a sentence."""
    decisions, scores = present(comparison["decisions"]), present(comparison["scores"])
    if decisions:
        what, verb, moved, whole = "decision", "changed", decisions["changed"], decisions["count"]
    elif scores and scores["moved"] is not None:
        what, verb, moved, whole = "prediction", "moved", scores["moved"], scores["count"]
    else:
        return ""
    share = part_of(moved, whole)
    if not whole:
        return ""
    if not share:
        return f" and no {what} {verb}"
    equal = difference["verdict"] in ("can't tell", "the same")
    joint = ", but" if equal and share >= MANY else " and"
    return f"{joint} {percent(share)} of the {what}s {verb}"


def _worse_metrics(comparison: Json) -> Iterator[str]:
    """The metrics that are worse though the main one is not, in a sentence for each pairing."""
    metrics, first = present(comparison["metrics"]), main_difference(comparison)
    if first and first["verdict"] == "worse":
        return
    for number, part in enumerate((present(metrics["paired"]) if metrics else None) or ()):
        names = [
            label(difference)
            for difference in part["differences"]
            if difference["verdict"] == "worse" and (number or difference["metric"] != worth.VALUE)
        ]
        if names:
            where = f"on {short(part['rows'], SENTENCE)}, " if number else ""
            yield capital(f"{where}{joined(names)} {'is' if len(names) == 1 else 'are'} worse.")


def tested(slices: Json) -> list[tuple[Json, Json]]:
    """The slices, each with its difference in the metric by which they are judged."""
    return [
        (part, difference)
        for part in slices["slices"]
        for difference in part["differences"]
        if difference["metric"] == slices["metric"]
    ]


def _worse_slices(comparison: Json) -> int:
    """How many slices are worse."""
    slices = present(comparison["slices"])
    return sum(one["verdict"] == "worse" for _, one in tested(slices)) if slices else 0


def _slices(comparison: Json) -> str:
    slices, worse = present(comparison["slices"]), _worse_slices(comparison)
    if not slices or not worse:
        return ""
    verb = "is" if worse == 1 else "are"
    metric = label(tested(slices)[0][1])
    return f"{worse:,} of {counted(slices['tested'], 'slice')} {verb} worse in {metric}."
