"""The rules of the gate: a file for each rule, which says what it asks for and checks it.

Some rules always apply: every stage ends well, a run gives what dvc.lock says, no check of the data
fails, whatever the exit status of the stage that made it, and no test row is one that the base was
trained on. The others have a key under `gate:` in params.yaml, and ask for nothing without it; they
come in the order of these keys in `truerun.params.gate`.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from truerun.comparison.comparison import GateResult, Outcome, RuleResult
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate

ORDER: tuple[Outcome, ...] = ("pass", "warn", "fail")
ALWAYS = ("pipeline", "reproducibility", "data_checks", "unseen_test_rows")
NAMES = (*ALWAYS, *Gate.model_fields)
Rule = Callable[[Gate, Evidence], Iterator[RuleResult]]


def judge(gate: Gate, evidence: Evidence, *, changed: bool) -> GateResult:
    """The outcome of every rule; `changed` says that the rules are not those of the base."""
    results = [result for name in NAMES for result in _rule(name)(gate, evidence)]
    if changed:
        results.append(
            RuleResult(
                rule="the gate itself",
                outcome="warn",
                unknown=False,
                asks="the same rules as at the base",
                found="this change edits gate: in params.yaml",
                needed="a reviewer who agrees to the new rules",
            )
        )
    outcome = max((result.outcome for result in results), key=ORDER.index)
    return GateResult(outcome=outcome, rules=tuple(results))


def _rule(name: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{name}").results
    return rule
