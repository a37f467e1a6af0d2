"""Program of `truerun requests`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truerun.base import tables
from truerun.base.errors import ServeError, exit_with
from truerun.comparison.comparison import MetricDifference
from truerun.model.scoring import bundle
from truerun.requests import forgetting, log_lines, outcomes, verdicts
from truerun.requests.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Do what a verb says; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: run(chosen))


def run(chosen: argparse.Namespace) -> None:
    """Join, judge or forget."""
    match chosen.verb:
        case "join":
            join(chosen)
        case "canary":
            roles = verdicts.of_canary(log_lines.read(chosen.log))
            print(roles.to_string(float_format="{:.6g}".format, na_rep=""))
        case "forget":
            parts = forgetting.parts_of(chosen.key)
            deleted = forgetting.forget(chosen.log, parts)
            print(f"requests: {deleted:,} lines deleted from {chosen.log}")


def join(chosen: argparse.Namespace) -> None:
    """Join outcomes to a log, and say what they say of a shadow."""
    facts = bundle.read(chosen.bundle).facts
    outcome_of = outcomes.read(chosen.outcomes, facts, chosen.time)
    rows = outcomes.joined(log_lines.read(chosen.log), outcome_of, facts, chosen.cluster)
    if not len(rows):
        raise ServeError(f"no row of {chosen.log} has an outcome in {chosen.outcomes}")
    matched = rows[facts["key"]].drop_duplicates()
    print(f"requests: {len(matched):,} of {len(outcome_of):,} outcomes have a row in {chosen.log}")
    if chosen.output is not None:
        _write(rows, chosen.output)
    count, differences = verdicts.of_shadow(rows, facts)
    if count:
        print(f"\n{count:,} rows that the shadow scored too\n")
        print(f"{'metric':<22}{'live':>10}{'shadow':>10}{'difference (interval)':>34}  verdict")
        for each in differences:
            print(_line(each))


def _write(rows: Any, path: Path) -> None:
    try:
        tables.write_table(rows, path)
    except OSError as error:
        raise ServeError(f"cannot write {path}: {error.strerror or error}") from error
    print(f"requests: joined rows are in {path}")


def _line(each: MetricDifference) -> str:
    base, head = ("" if side is None else f"{side:.4f}" for side in (each.base, each.head))
    shown = "" if each.difference is None else f"{each.difference:+.4f}"
    if each.low is not None and each.high is not None:
        shown += f" ({each.low:+.4f} to {each.high:+.4f})"
    return f"{each.metric:<22}{base:>10}{head:>10}{shown:>34}  {each.verdict}"


if __name__ == "__main__":
    main()
