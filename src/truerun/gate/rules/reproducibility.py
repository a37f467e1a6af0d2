"""A run gives what is in Git."""

from collections.abc import Iterator

from truerun.comparison.comparison import RuleResult
from truerun.gate.evidence import Evidence
from truerun.params.gate import Gate


def results(_: Gate, evidence: Evidence) -> Iterator[RuleResult]:
    """Fails where the run gives something else, and warns where there was none to tell."""
    run = evidence.reproduction
    words = {
        "reproduced": "the same hashes",
        "differs": f"{run.count:,} {'difference' if run.count == 1 else 'differences'}",
        "uncommitted": "uncommitted changes, so there is nothing to compare the run with",
        "failed": "the pipeline did not finish",
        "not run": "the pipeline was not run",
    }[run.state]
    unknown = run.state in ("uncommitted", "failed", "not run")
    differs = run.state == "differs"
    needed = "`dvc repro`, and a commit of what it gives" if differs else None
    if run.state == "uncommitted":
        needed = "a commit of the changes and of what the run gave"
    elif unknown:
        needed = "a complete run, with `truerun repro --record run.json`"
    yield RuleResult(
        rule="reproducibility",
        outcome="fail" if differs else "warn" if unknown else "pass",
        unknown=unknown,
        asks="a run gives what dvc.lock and the files in Git say",
        found=words,
        needed=needed,
    )
