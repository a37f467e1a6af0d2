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
from truerun.compare import assemble, evidence, experiments, reproduction, revisions
from truerun.compare.assemble import ComparisonInputs
from truerun.compare.attribution.attribute import NOT_ASKED, Whose
from truerun.compare.commits import commit_of, git, merge_base, merge_base_with
from truerun.compare.options import parser
from truerun.compare.reproduction import Run
from truerun.compare.revision import LOCK, Revision
from truerun.compare.shorten import Shortener
from truerun.compare.summary import summary
from truerun.comparison.comparison import Comparison, Missing
from truerun.contract import contract as contracts
from truerun.gate.names import check_names
from truerun.project import params


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: compare(chosen))


def compare(chosen: argparse.Namespace) -> None:
    """Compare, write and sum up."""
    if chosen.run and (chosen.head or chosen.evidence):
        raise CompareError(
            "--run is a run of the working tree, not of another revision: drop --head or --run"
        )
    if chosen.evidence and not chosen.head:
        raise CompareError("--evidence is of a commit: name it with --head")
    if chosen.attribute and chosen.head:
        raise CompareError(
            "--attribute runs the code of the working tree, and no other commit's: drop --head, and"
            " `git switch` to the commit"
        )
    base = chosen.base or base_of(chosen.head or "HEAD", chosen.merge_base_with)
    record = reproduction.load(chosen.run) if chosen.run else None
    with ExitStack() as stack:
        before = stack.enter_context(revisions.checked_out(base, rebuild=chosen.rebuild_base))
        if not chosen.base:
            before = replace(before, name="main")
        if chosen.evidence:
            after, record = stack.enter_context(evidence.checked_out(chosen.evidence, chosen.head))
        elif chosen.head:
            commit = stack.enter_context(revisions.checked_out(chosen.head))
            after = replace(commit, data_only=True)  # it may be a stranger's
        else:
            after = revisions.working_tree()
            if record is None:
                up_to_date()
        if chosen.head_name:
            after = replace(after, name=chosen.head_name)
        whose = Whose(
            minutes=chosen.budget if chosen.attribute else None,
            claim=evidence.claimed(chosen.evidence) if chosen.evidence else None,
        )
        result = comparison(before, after, ran(record, after.folder), whose)
        if chosen.evidence:
            evidence.check_whole(result)
    write(result, chosen.output)
    print(summary(result))
    print(f"\nIn full: {chosen.output}; `truerun report {chosen.output}` renders it")


def base_of(head: str, commit: str | None) -> str:
    """Where a head left a commit, or the main branch."""
    if commit is None:
        return merge_base(head)
    return merge_base_with(commit, head)


def comparison(base: Revision, head: Revision, run: Run, whose: Whose = NOT_ASKED) -> Comparison:
    """Compare two folders; of a head whose settings cannot be read only the failure is reported."""
    now = datetime.now(UTC)
    try:
        chosen = params.load(head.folder / paths.PARAMS)
        check_names(chosen.gate)
        contract = contracts.load(head.folder / paths.SCHEMA)
    except SettingsError as error:
        if run.record is None or not run.record.failed:
            raise
        unread = Missing(missing="the settings cannot be read")
        inputs = ComparisonInputs(base, head, run, unread, now, whose)
        return assemble.without_settings(inputs, str(error))
    commits = [side.commit or commit_of("HEAD") for side in (base, head)]
    shortener = Shortener()
    runs = experiments.of(list(dict.fromkeys(commits)), contract.task, shortener)
    inputs = ComparisonInputs(base, head, run, runs, now, whose)
    return assemble.compare(inputs, chosen, contract, shortener)


def ran(record: reproduction.Record | None, folder: Path = Path()) -> Run:
    """What a run of the pipeline changed of what is in Git, in the folder of what it gave."""
    if record is None:
        return Run(None, {}, ())
    committed: dict[str, Any] = {}
    with suppress(locks.LockError):  # as without a lock: all that the run gives is new
        written = git("show", f"HEAD:./{LOCK}", folder=folder, check=False)
        committed = locks.parse(written, f"HEAD:{LOCK}")
    outputs = locks.outputs(Revision("", None, folder).lock())
    uncommitted = changed(folder, record.uncommitted)
    return Run(record, committed, changed(folder, outputs), uncommitted=uncommitted)


def changed(folder: Path, files: Sequence[str]) -> list[str]:
    """Those of some files in Git that are not as in the last commit."""
    listing = ("diff", "--name-only", "--relative", "-z", "HEAD", "--", *files)
    return git("--literal-pathspecs", *listing, folder=folder).split("\0")[:-1] if files else []


def up_to_date() -> None:
    """Refuse a working tree whose figures are of other code, data or parameters."""
    status = yaml.safe_load(revisions.dvc("status", "--json")) or {}
    stale = [name for name, changes in status.items() if any(map(_counts, changes))]
    if stale:
        raise CompareError(
            f"the figures here are not those of the working tree: run `make repro` first "
            f"(it would run {listed(stale)})"
        )


def _counts(change: Any) -> bool:
    """Whether a change that DVC reports is more than an output that the cache lacks."""
    outs = change.get("changed outs") if isinstance(change, dict) else None
    return not outs or any(state != "not in cache" for state in outs.values())


def write(result: Comparison, path: Path) -> None:
    """Write a comparison as JSON with one line an entry."""
    text_files.write_json(path, result.model_dump(mode="json"))


if __name__ == "__main__":
    main()
