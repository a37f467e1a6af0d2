"""Program of `truerun compare`: compares two revisions, writes the comparison, sums it up."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from truerun.base import locks, paths, text_files
from truerun.base.errors import CompareError, exit_with, listed
from truerun.base.settings import SettingsError
from truerun.compare import assemble, experiments, reproduction, revisions
from truerun.compare.assemble import Revisions
from truerun.compare.material import LOCK, Material
from truerun.compare.options import parser
from truerun.compare.reproduction import Run
from truerun.compare.revisions import Side, git
from truerun.compare.shorten import Shortener
from truerun.compare.summary import summary
from truerun.comparison.comparison import Comparison, Missing
from truerun.contract import contract as contracts
from truerun.params import params


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: compare(chosen))


def compare(chosen: argparse.Namespace) -> None:
    """Compare, write and sum up."""
    if chosen.run and chosen.head:
        raise CompareError("--run tells of the working tree, not of another revision: drop --head")
    record = reproduction.load(chosen.run) if chosen.run else None
    base = chosen.base or revisions.merge_base()
    with ExitStack() as stack:
        before = stack.enter_context(revisions.checked_out(base, rebuild=chosen.rebuild_base))
        if not chosen.base:
            before = replace(before, name="main")
        after = (
            stack.enter_context(revisions.checked_out(chosen.head))
            if chosen.head
            else revisions.working_tree()
        )
        if record is None and not chosen.head:
            up_to_date()
        if chosen.head_name:
            after = replace(after, name=chosen.head_name)
        found = comparison(before, after, ran(record))
    write(found, chosen.output)
    print(summary(found))
    print(f"\nAll of it: {chosen.output}; `truerun report {chosen.output}` renders it")


def comparison(base: Side, head: Side, run: Run) -> Comparison:
    """Compare two folders; a head whose settings cannot be read has only its failure told."""
    now = datetime.now(UTC)
    try:
        chosen = params.load(head.folder / paths.PARAMS)
        contract = contracts.load(head.folder / paths.SCHEMA)
    except SettingsError as error:
        if run.record is None or not run.record.failed:
            raise
        gone = Missing(missing="the settings cannot be read")
        return assemble.without_settings(Revisions(base, head, run, gone, now), str(error))
    commits = [side.commit or revisions.commit_of("HEAD") for side in (base, head)]
    cut = Shortener()
    runs = experiments.of(list(dict.fromkeys(commits)), contract.task, cut)
    return assemble.compared(Revisions(base, head, run, runs, now), chosen, contract, cut)


def ran(record: reproduction.Record | None) -> Run:
    """What a run of the working tree's pipeline changed of what is in Git."""
    if record is None:
        return Run(None, {}, ())
    committed: dict[str, Any] = {}
    with suppress(locks.LockError):  # as without a lock: all that the run gives is new
        committed = locks.parse(git("show", f"HEAD:./{LOCK}", check=False), f"HEAD:{LOCK}")
    outputs = locks.outputs(Material("", Path()).lock())
    return Run(record, committed, changed(outputs), uncommitted=changed(record.uncommitted))


def changed(files: Sequence[str]) -> list[str]:
    """Those of some files in Git that are not as in the last commit."""
    listing = ("diff", "--name-only", "--relative", "-z", "HEAD", "--", *files)
    return git("--literal-pathspecs", *listing).split("\0")[:-1] if files else []


def up_to_date() -> None:
    """Refuse a working tree whose figures are of other code, data or parameters."""
    status = yaml.safe_load(revisions.dvc("status", "--json")) or {}
    stale = [name for name, changes in status.items() if any(map(_counts, changes))]
    if stale:
        raise CompareError(
            f"the figures at hand are not those of the working tree: run `make repro` first "
            f"(it would run {listed(stale)})"
        )


def _counts(change: Any) -> bool:
    """Whether a change that DVC tells of is more than an output of which the cache has no copy."""
    outs = change.get("changed outs") if isinstance(change, dict) else None
    return not outs or any(state != "not in cache" for state in outs.values())


def write(found: Comparison, path: Path) -> None:
    """Write a comparison as JSON with one line an entry."""
    text_files.write_json(path, found.model_dump(mode="json"))


if __name__ == "__main__":
    main()
