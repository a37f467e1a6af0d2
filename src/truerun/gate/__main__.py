"""Print the outcome of each rule of the gate; exit status 1 if one fails.

Examples
--------
  python -m truerun.gate comparison.json
  python -m truerun.gate comparison.json --explain     what would have to be true
"""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from truerun.base.errors import GateError, exit_with
from truerun.comparison.comparison import Comparison, GateResult


def main() -> None:
    """Read, print, and end with the gate's outcome."""
    parser = argparse.ArgumentParser(
        prog="python -m truerun.gate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("comparison", type=Path, help="what truerun.compare wrote")
    parser.add_argument("--explain", action="store_true", help="say what would have to be true")
    chosen = parser.parse_args()
    gate = load(chosen.comparison).gate
    print("\n".join(lines(gate, explain=chosen.explain)))
    if gate.outcome == "fail":
        sys.exit(1)


def load(path: Path) -> Comparison:
    """Read a comparison, strictly."""
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except OSError as error:
        raise GateError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise GateError(f"{path} is not a comparison: {where}: {first['msg']}") from error


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
    exit_with(main)
