"""The rules of the gate: a file for each rule, which says what it asks for and checks it.

Some rules always apply: every stage ends well, a run gives what dvc.lock says, the model and the
checks give what the files say, dvc.lock speaks of the commit, no output changed alone, stages,
settings and files that judge are those of the base, no check of the data fails, whatever the exit
status of the stage that made it, code moves no rows between the sides of the split, and no test row
is one that the base was trained on. The others have a key under `gate:` in params.yaml, and ask for
nothing without it; they come in the order of these keys in `truerun.params.gate`.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module

from truerun.comparison.comparison import GateResult, Outcome, RuleResult
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

ORDER: tuple[Outcome, ...] = ("pass", "warn", "fail")
ALWAYS = (
    *("pipeline", "reproducibility", "recomputed", "revalidated", "lock_inputs"),
    *("unexplained_outputs", "definitions", "settings_that_judge", "guards", "data_checks"),
    *("moved_rows", "unseen_test_rows"),
)
NAMES = (*ALWAYS, *Gate.model_fields)
Rule = Callable[[Gate, Evidence], Iterator[RuleResult]]


def judge(gate: Gate, evidence: Evidence, *, proposed: Gate | None = None) -> GateResult:
    """The outcome of every rule.

    Parameters
    ----------
    gate : the rules that count.
    proposed : those that the change puts in their place; what they would say is one rule more.
    """
    results = _results(gate, evidence)
    if proposed is not None:
        results.append(_of_proposed(proposed, evidence))
    return GateResult(outcome=_worst(results), rules=tuple(results))


def _of_proposed(proposed: Gate, evidence: Evidence) -> RuleResult:
    """That a change edits the rules, and what the new ones would say of it."""
    results = _results(proposed, evidence)
    failed = [result.rule for result in results if result.outcome == "fail"]
    named = f" ({', '.join(failed)})" if failed else ""
    return RuleResult(
        rule="the gate itself",
        outcome="warn",
        unknown=False,
        asks="the same rules as at the base",
        found=f"this change edits gate: in params.yaml; of the {len(results)} new rules"
        f" {len(failed)} would fail{named}",
        needed="a reviewer who agrees to the new rules, which count once they are merged",
    )


def _results(gate: Gate, evidence: Evidence) -> list[RuleResult]:
    return [result for name in NAMES for result in _rule(name)(gate, evidence)]


def _worst(results: Sequence[RuleResult]) -> Outcome:
    return max((result.outcome for result in results), key=ORDER.index)


def _rule(name: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{name}").results
    return rule
