"""The gate: each rule of `gate:` in params.yaml, held against what a comparison found.

A rule whose figures are missing warns, and says what is missing. Some rules always stand: every
stage ends well, a run gives what dvc.lock says, no check of the data fails, whatever the exit
status of the stage that made it, and no test row is one that the base was trained on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truerun.base.errors import listed
from truerun.comparison.comparison import (
    NAME,
    SENTENCE,
    Cost,
    Data,
    Decisions,
    Difference,
    Gate,
    Metrics,
    Missing,
    Outcome,
    Reproduction,
    Rule,
    Scores,
    Slice,
)
from truerun.contract.contract import Task
from truerun.model.metrics import METRICS
from truerun.params.gate import Bound
from truerun.params.gate import Gate as Asked

ORDER: tuple[Outcome, ...] = ("pass", "warn", "fail")


@dataclass(frozen=True)
class Found:
    """What a comparison found, for the rules to be held against; the slices are all of them."""

    task: Task
    metrics: Metrics | Missing
    slices: Sequence[Slice] | Missing
    decisions: Decisions | Missing | None
    scores: Scores | Missing
    data: Data
    cost: tuple[Cost, ...] | Missing
    reproduction: Reproduction


def judged(asked: Asked, found: Found, *, changed: bool) -> Gate:
    """The outcome of every rule; `changed` says that the rules are not those of the base."""
    rules = [
        *_ran(found.reproduction),
        *_checked(found.data),
        *_unseen(found.data),
        *_test_rows(asked, found.metrics),
        *_limits(asked, found),
        *_losses(asked, found),
        *_gaps(asked, found),
        *_worst_slices(asked, found),
        *_changed_decisions(asked, found),
        *_of_data(asked, found.data),
        *_of_cost(asked, found.cost),
    ]
    if changed:
        rules.append(
            Rule(
                rule="the gate itself",
                outcome="warn",
                unknown=False,
                asks="the same rules as at the base",
                found="this change edits gate: in params.yaml",
                needed="a reviewer who agrees to the new rules",
            )
        )
    return Gate(outcome=max((r.outcome for r in rules), key=ORDER.index), rules=tuple(rules))


def _ran(reproduction: Reproduction) -> Iterator[Rule]:
    failed = reproduction.failed
    yield Rule(
        rule="pipeline",
        outcome="fail" if reproduction.state == "failed" else "pass",
        unknown=False,
        asks="every stage ends well",
        found=f"{failed or 'dvc repro'} failed" if reproduction.state == "failed" else "no failure",
        needed="mend what the error says" if reproduction.state == "failed" else None,
    )
    apart = reproduction.count
    found = {
        "reproduced": "the same hashes",
        "differs": f"{apart:,} {'difference' if apart == 1 else 'differences'}",
        "uncommitted": "changes that are not committed, so nothing to hold the run against",
        "failed": "the pipeline did not end",
        "not run": "the pipeline was not run",
    }[reproduction.state]
    unknown = reproduction.state in ("uncommitted", "failed", "not run")
    differs = reproduction.state == "differs"
    needed = "`dvc repro`, and a commit of what it gives" if differs else None
    if reproduction.state == "uncommitted":
        needed = "a commit of the changes and of what the run gave"
    elif unknown:
        needed = "a run to its end, with `truerun repro --record run.json`"
    yield Rule(
        rule="reproducibility",
        outcome="fail" if differs else "warn" if unknown else "pass",
        unknown=unknown,
        asks="a run gives what dvc.lock and the files in Git say",
        found=found,
        needed=needed,
    )


def _checked(data: Data) -> Iterator[Rule]:
    rule, asks = "checks of the data", "none fails"
    if isinstance(data.findings, Missing):
        yield _unknown(rule, asks, data.findings.missing)
        return
    failed = [finding for finding in data.findings if finding.status == "fail"]
    told = (
        f"{len(failed)} fail, the first is {failed[0].check}: {failed[0].detail}" if failed else ""
    )
    yield Rule(
        rule=rule,
        outcome="fail" if failed else "pass",
        unknown=False,
        asks=asks,
        found=told[:SENTENCE] or "none fails",
        needed="mend the data, or change the limit in review" if failed else None,
    )


def _unseen(data: Data) -> Iterator[Rule]:
    rule, asks = "unseen test rows", "no test row that the base was trained on"
    if isinstance(data.seen, Missing):
        yield _unknown(rule, asks, data.seen.missing)
        return
    rows = f"{data.seen:,} test rows that the base was trained on"
    needed = "a reviewer who agrees to the new split: the base looks better on rows that it knows"
    yield Rule(
        rule=rule,
        outcome="warn" if data.seen else "pass",
        unknown=False,
        asks=asks,
        found=rows if data.seen else "none",
        needed=needed if data.seen else None,
    )


def _test_rows(asked: Asked, metrics: Metrics | Missing) -> Iterator[Rule]:
    if asked.test_rows is None:
        return
    rule, bound = "size of the test set", Bound(min=asked.test_rows)
    asks = f"at least {asked.test_rows:.0%} of the base's rows"
    counts = {} if isinstance(metrics, Missing) else {own.side: own.count for own in metrics.own}
    if len(counts) < 2:  # noqa: PLR2004 - of base and head
        yield _unknown(rule, asks, "the test rows of one side are not known")
        return
    share = counts["head"] / counts["base"]
    yield _bounded(rule, bound, share, f", {counts['head']:,} of {counts['base']:,} rows", asks)


def _limits(asked: Asked, found: Found) -> Iterator[Rule]:
    metrics = found.metrics
    for name, bound in asked.limits.items():
        rule, asks = f"{name}, limit", _asks(bound)
        if name not in METRICS[found.task]:
            yield _no_metric(rule, asks, found.task, name, "limits")
        elif isinstance(metrics, Missing):
            yield _unknown(rule, asks, metrics.missing)
        else:
            own = next(side for side in metrics.own if side.side == "head")
            yield _bounded(rule, bound, own.values.get(name), "")


def _losses(asked: Asked, found: Found) -> Iterator[Rule]:
    metrics = found.metrics
    for name, margin in asked.losses.items():
        rule, asks = f"{name}, loss", f"at most {_said(margin)} worse than the base"
        if name not in METRICS[found.task]:
            yield _no_metric(rule, asks, found.task, name, "losses")
        elif isinstance(metrics, Missing):
            yield _unknown(rule, asks, metrics.missing)
        elif isinstance(metrics.paired, Missing):
            yield _unknown(rule, asks, metrics.paired.missing)
        else:
            told = next(d for d in metrics.paired[0].differences if d.metric == name)
            yield _loss(rule, asks, margin, told)


def _loss(rule: str, asks: str, margin: float, told: Difference) -> Rule:
    """Fails if all of the interval is beyond the margin, warns if a part of it is."""
    if told.difference is None or told.low is None or told.high is None:
        return _unknown(rule, asks, "too few rows or clusters to tell")
    sign = -1 if told.higher_is_better else 1
    least, most = sorted((sign * told.low, sign * told.high))
    outcome: Outcome = "pass"
    needed = None
    if least > margin:
        outcome = "fail"
        needed = f"a loss that could be {_said(margin)} or less; it is at least {_said(least)}"
    elif most > margin:
        outcome = "warn"
        needed = f"a loss of {_said(margin)} or less for sure; it could be {_said(most)}"
    found = f"{_moved(told.difference)} ({_moved(told.low)} to {_moved(told.high)})"
    return Rule(rule=rule, outcome=outcome, unknown=False, asks=asks, found=found, needed=needed)


def _gaps(asked: Asked, found: Found) -> Iterator[Rule]:
    metrics = found.metrics
    for name, most in asked.train_test_gap.items():
        rule, asks = f"{name}, training against test", f"at most {_said(most)} apart"
        if name not in METRICS[found.task]:
            yield _no_metric(rule, asks, found.task, name, "train_test_gap")
        elif isinstance(metrics, Missing):
            yield _unknown(rule, asks, metrics.missing)
        else:
            own = next(side for side in metrics.own if side.side == "head")
            test, training = own.values.get(name), metrics.training.get(name)
            gap = None if test is None or training is None else abs(training - test)
            yield _bounded(rule, Bound(max=most), gap, "", asks)


def _worst_slices(asked: Asked, found: Found) -> Iterator[Rule]:
    slices = found.slices
    for name, bound in asked.worst_slice.items():
        rule, asks = f"{name}, worst slice", _asks(bound)
        if name not in METRICS[found.task]:
            yield _no_metric(rule, asks, found.task, name, "worst_slice")
            continue
        if isinstance(slices, Missing):
            yield _unknown(rule, asks, slices.missing)
            continue
        known = [
            (told.head, f"{part.column} {part.value}, {part.count:,} rows")
            for part in slices
            for told in part.differences
            if told.metric == name and told.head is not None
        ]
        lowest, highest = (worst(known, default=(None, "no slice")) for worst in (min, max))
        if bound.min is not None:
            yield _bounded(rule, Bound(min=bound.min), lowest[0], f" ({lowest[1]})")
        if bound.max is not None:
            yield _bounded(rule, Bound(max=bound.max), highest[0], f" ({highest[1]})")


def _changed_decisions(asked: Asked, found: Found) -> Iterator[Rule]:
    if asked.changed_decisions is None:
        return
    decisions = found.decisions
    rule, bound = "changed decisions", Bound(max=asked.changed_decisions)
    asks = f"at most {asked.changed_decisions:.1%}"
    if decisions is None:
        what = f"task: {found.task} takes no decisions"
        yield _refused(rule, asks, what, "params.yaml without gate.changed_decisions")
    elif isinstance(decisions, Missing):
        yield _unknown(rule, asks, decisions.missing)
    else:
        changed = decisions.changed
        yield _bounded(rule, bound, changed / decisions.count, f", {changed:,} rows", asks)


def _of_data(asked: Asked, data: Data) -> Iterator[Rule]:
    if asked.quarantined is not None:
        rule, asks = "quarantined rows", f"at most {asked.quarantined:.2%}"
        if isinstance(data.quarantine, Missing):
            yield _unknown(rule, asks, data.quarantine.missing)
        else:
            rows = f", {data.quarantine.rows:,} rows"
            yield _bounded(rule, Bound(max=asked.quarantined), data.quarantine.share, rows, asks)
    if asked.repeated is not None:
        rule, asks = "repeated test rows", f"at most {asked.repeated:.2%} that training rows repeat"
        tested = data.test_rows
        if isinstance(data.repeated, Missing) or isinstance(tested, Missing):
            yield _unknown(rule, asks, "the validated rows of the head are not at hand")
        else:
            share = data.repeated / max(1, tested)
            yield _bounded(
                rule, Bound(max=asked.repeated), share, f", {data.repeated:,} rows", asks
            )
    if asked.max_age_days is not None:
        rule, asks = "age of the newest row", f"at most {_said(asked.max_age_days)} days"
        if isinstance(data.newest, Missing):
            yield _unknown(rule, asks, data.newest.missing)
        else:
            newest = f" days ({data.newest.moment})"
            yield _bounded(rule, Bound(max=asked.max_age_days), data.newest.age_days, newest, asks)


def _of_cost(asked: Asked, cost: tuple[Cost, ...] | Missing) -> Iterator[Rule]:
    for name, limit, rule, unit in (
        ("predict_one_ms", asked.predict_one_ms, "time to predict a row", " ms"),
        ("predict_1000_ms", asked.predict_1000_ms, "time to predict 1,000 rows", " ms"),
        ("bytes", asked.model_bytes, "size of the model", " bytes"),
    ):
        if limit is None:
            continue
        asks = f"at most {_said(limit)}{unit}"
        if isinstance(cost, Missing):
            yield _unknown(rule, asks, cost.missing)
        else:
            head = next((item.head for item in cost if item.name == name), None)
            yield _bounded(rule, Bound(max=limit), head, unit, asks)


def _bounded(rule: str, bound: Bound, value: float | None, more: str, asks: str = "") -> Rule:
    """A figure within its bounds, or not."""
    asks = asks or _asks(bound)
    if value is None:
        return _unknown(rule, asks, "not known")
    low = bound.min is not None and value < bound.min
    high = bound.max is not None and value > bound.max
    limit = bound.min if low else bound.max
    needed = f"{_said(abs(value - limit))} {'more' if low else 'less'}" if limit is not None else ""
    return Rule(
        rule=rule,
        outcome="fail" if low or high else "pass",
        unknown=False,
        asks=asks,
        found=f"{_said(value)}{more}"[:NAME],
        needed=needed if low or high else None,
    )


def _unknown(rule: str, asks: str, why: str) -> Rule:
    return Rule(rule=rule, outcome="warn", unknown=True, asks=asks, found="unknown", needed=why)


def _no_metric(rule: str, asks: str, task: Task, name: str, key: str) -> Rule:
    """A rule for a metric that the task does not have."""
    others = f"gate.{key} with metrics of the task: {listed(list(METRICS[task]))}"
    return _refused(rule, asks, f"task: {task} has no metric {name}", f"in params.yaml, {others}")


def _refused(rule: str, asks: str, found: str, needed: str) -> Rule:
    """A rule that cannot hold for what is predicted: it fails, or it would seem to be kept."""
    return Rule(rule=rule, outcome="fail", unknown=False, asks=asks, found=found, needed=needed)


def _asks(bound: Bound) -> str:
    parts = [
        f"{word} {_said(value)}"
        for word, value in (("at least", bound.min), ("at most", bound.max))
        if value is not None
    ]
    return " and ".join(parts)


def _said(value: float) -> str:
    """A figure with few digits, whole numbers with all of theirs."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004


def _moved(value: float) -> str:
    """A difference with its sign, likewise."""
    return f"{value:+,.0f}" if abs(value) >= 1000 else f"{value:+.3g}"  # noqa: PLR2004
