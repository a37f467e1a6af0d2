"""Program of `truerun gate`: prints the rules, and ends as they say."""

import sys
from collections.abc import Sequence
from pathlib import Path

from truerun.base.errors import GateError, exit_with
from truerun.comparison.comparison import Comparison, GateResult
from truerun.comparison.reading import read
from truerun.gate.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Print what the gate says; exit status 1 if a rule fails or the file cannot be read."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: judge(chosen.comparison, explain=chosen.explain))


def judge(comparison: Path, *, explain: bool) -> None:
    """Read, print, and end with what the gate says."""
    gate = load(comparison).gate
    print("\n".join(lines(gate, explain=explain)))
    if gate.outcome == "fail":
        sys.exit(1)


def load(path: Path) -> Comparison:
    """Read a comparison, strictly."""
    return read(Comparison, path, "a comparison", GateError)


def lines(gate: GateResult, *, explain: bool) -> list[str]:
    """A line for each rule, and the outcome."""
    width = max(len(rule.rule) for rule in gate.rules)
    shown = []
    for rule in gate.rules:
        shown.append(f"{rule.outcome:4}  {rule.rule:{width}}  {rule.asks}: {rule.found}")
        if explain and rule.needed:
            shown.append(f"{'':4}  {'':{width}}  needed: {rule.needed}")
    failed = sum(rule.outcome == "fail" for rule in gate.rules)
    warned = sum(rule.outcome == "warn" for rule in gate.rules)
    words = "fails" if failed else "holds, with warnings" if warned else "holds"
    return [
        *shown,
        f"The gate {words}: {failed} of {len(gate.rules)} rules failed, {warned} warned.",
    ]


if __name__ == "__main__":
    main()
