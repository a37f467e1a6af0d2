"""Should I merge this? The answer, and the reasons for it, from the gate, metrics and decisions."""

from collections.abc import Iterator
from typing import Any

from truerun.report.plain import short
from truerun.report.words import (
    SENTENCE,
    Json,
    capital,
    change,
    counted,
    digits,
    interval,
    joined,
    known,
    metric,
    missing,
    part_of,
    percent,
    rule,
    side,
)

MANY = 0.05  # a share of changed decisions or moved predictions that a reviewer should not overlook
NAMED = 3  # rules of the gate
STOP = "Do not merge this yet"
LOOK = "Look closer before you merge"
LOSS = "Merge only if the loss is worth it"
FINE = "Nothing speaks against merging"
GOOD = "Merge this"
OUTCOMES = {STOP: "fail", LOOK: "warn", LOSS: "warn", FINE: "pass", GOOD: "pass"}
ANSWERS = {"better": GOOD, "worse": LOSS, "can't tell": FINE, "the same": FINE}


def answer(found: Json) -> str:
    """What to do, in a few words."""
    if failed_stage(found) or found["gate"]["outcome"] == "fail":
        return STOP
    told = main_difference(found)
    if found["gate"]["outcome"] == "warn" or told is None:
        return LOOK
    said = ANSWERS.get(told["verdict"], LOOK)
    worse = any(_worse_metrics(found)) or _worse_slices(found)
    return LOOK if worse and OUTCOMES[said] == "pass" else said


def reasons(found: Json) -> str:
    """Why, in a few sentences."""
    failed = failed_stage(found)
    outcome = found["gate"]["outcome"]
    said = [f"{failed} failed." if failed else "", "" if outcome == "pass" else _gate(found)]
    if not (failed and missing(found["metrics"])):
        said.append(_compared(found))
    said += [*_worse_metrics(found), _slices(found), _gate(found) if outcome == "pass" else ""]
    return " ".join(sentence for sentence in said if sentence)


def failed_stage(found: Json) -> str:
    """What failed of the head's pipeline, or nothing."""
    run = found["reproduction"]
    if run["state"] != "failed":
        return ""
    return f"The stage {short(run['failed'], SENTENCE)}" if run["failed"] else "The pipeline"


def main_pairing(found: Json) -> Any | None:
    """The pairing that counts, or None."""
    metrics = known(found["metrics"])
    paired = known(metrics["paired"]) if metrics else None
    return paired[0] if paired else None


def main_difference(found: Json) -> Any | None:
    """The main metric of the pairing that counts, or None."""
    pairing = main_pairing(found)
    told = pairing["differences"] if pairing else ()
    return next((d for d in told if d["metric"] == found["main_metric"]), None)


def not_passed(found: Json, outcome: str) -> list[Any]:
    """The rules of the gate with an outcome."""
    return [told for told in found["gate"]["rules"] if told["outcome"] == outcome]


def _gate(found: Json) -> str:
    rules, outcome = found["gate"]["rules"], found["gate"]["outcome"]
    if outcome == "pass":
        return f"The gate holds: {counted(len(rules), 'rule passes', 'rules pass')}."
    told = not_passed(found, outcome)
    names = "; ".join(rule(one["rule"]) for one in told[:NAMED])
    more = f"; {len(told) - NAMED:,} more" if len(told) > NAMED else ""
    return f"The gate {outcome}s: {names}{more}."


def _compared(found: Json) -> str:
    metrics = found["metrics"]
    why = missing(metrics) or missing(metrics["paired"])
    if why is not None:
        return f"The models could not be compared: {short(why, SENTENCE)}."
    told = main_difference(found)
    if told is None:
        return f"{capital(metric(found['main_metric']))} was not compared."
    rows = short(metrics["paired"][0]["rows"], SENTENCE)
    where = "" if metrics["same_rows"] else f"on {rows}, "
    return capital(f"{where}{_difference(told)}{_moved(found, told)}.")


def _difference(told: Json) -> str:
    name, moved = metric(told["metric"]), interval(told, ", ", "")
    match told["verdict"]:
        case "can't tell":
            return f"{name} can't be told apart ({moved})"
        case "the same":
            return f"{name} is the same ({side(told, 'head')})"
        case "unknown" if told["difference"] is None:
            return f"{name} is not defined on these rows"
        case "unknown":
            decimals = digits(told["metric"], told["base"], told["head"])
            return f"{name} moved by {change(told['difference'], decimals)} (no interval)"
        case verdict:
            return f"{name} is {verdict} ({moved})"


def _moved(found: Json, told: Json) -> str:
    """The share of decisions that changed, or of predictions, as the end of a sentence."""
    decisions, scores = known(found["decisions"]), known(found["scores"])
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
    equal = told["verdict"] in ("can't tell", "the same")
    joined = ", but" if equal and share >= MANY else " and"
    return f"{joined} {percent(share)} of the {what}s {verb}"


def _worse_metrics(found: Json) -> Iterator[str]:
    """The metrics that are worse though the main one is not, in a sentence for each pairing."""
    metrics, first = known(found["metrics"]), main_difference(found)
    if first and first["verdict"] == "worse":
        return
    for number, part in enumerate((known(metrics["paired"]) if metrics else None) or ()):
        names = [
            metric(told["metric"]) for told in part["differences"] if told["verdict"] == "worse"
        ]
        if names:
            where = f"on {short(part['rows'], SENTENCE)}, " if number else ""
            yield capital(f"{where}{joined(names)} {'is' if len(names) == 1 else 'are'} worse.")


def _worse_slices(found: Json) -> int:
    """How many slices are worse."""
    slices = known(found["slices"])
    return sum(has(part, "worse") for part in slices["slices"]) if slices else 0


def _slices(found: Json) -> str:
    slices, worse = known(found["slices"]), _worse_slices(found)
    if not slices or not worse:
        return ""
    verb = "is" if worse == 1 else "are"
    return f"{worse:,} of {counted(slices['tested'], 'slice')} {verb} worse."


def has(part: Json, verdict: str) -> bool:
    """Whether a slice has a verdict in any metric."""
    return any(told["verdict"] == verdict for told in part["differences"])
