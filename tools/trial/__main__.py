"""Tables at random from adopt to the report, their last fifth as newer rows: `make trial-tables`.

Each is adopted by the real command, in a folder of its own, as many at once as there are cores; the
programs start warm, as those of the tests do, for most of their time is imports. The choice is by
the seed alone. Prints a line for each table as it ends, and writes docs/trial-tables.md; ends with
exit status 1 where there is a traceback, where something is left of what failed, or where a project
is not clean. Takes about 40 seconds of a core for each table; Ctrl+C ends it, and the page is of
the tables that are done: the same command goes on with the others, if the commit is the same.

Usage: python -m tools.trial [--tables 200] [--seed 1]
       python -m tools.trial PACKAGE/TABLE ...      some tables alone, in a folder that stays
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from tests import warm

from tools.trial import choice, kept, labelled
from tools.trial.choice import Trial
from tools.trial.page import fault_lines, page
from tools.trial.whole_way import Outcome, tried
from truerun.base import text_files
from truerun.base.errors import TruerunError, exit_with
from truerun.base.progress import progress

OUTPUT = Path("docs/trial-tables.md")


def main() -> None:
    """Try the tables, print and write; raise `TruerunError` for faults."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.trial",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="PACKAGE/TABLE", help="tables to try alone")
    parser.add_argument("--tables", type=int, default=200, help="how many (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice (1)")
    chosen = parser.parse_args()
    if chosen.names:
        trials = [choice.trial(name, chosen.seed) for name in chosen.names]
    else:
        trials = choice.trials(chosen.tables, chosen.seed)
    kept_in = None if chosen.names else kept.place(chosen.seed)
    folder = Path(tempfile.mkdtemp(prefix="trial-tables-"))
    try:
        with warm.started(folder) as programs:
            outcomes = all_tried(trials, folder, programs, chosen.seed, kept_in)
    finally:
        if not chosen.names:
            shutil.rmtree(folder, ignore_errors=True)
    if chosen.names:
        print(f"Their files and projects are in {folder}.")
    else:
        text_files.write_text(OUTPUT, page(outcomes, labelled.wrong(), chosen.seed))
        print(f"Written to {OUTPUT}.")
    faults = fault_lines(outcomes)
    if faults:
        raise TruerunError("\n  ".join(["there are faults:", *faults]))


def all_tried(
    trials: Sequence[Trial], folder: Path, programs: Path, seed: int, kept_in: Path | None
) -> list[Outcome]:
    """What became of tables, in their order.

    Those that are not done when the user interrupts are left out.

    Parameters
    ----------
    kept_in : the file of the outcomes that are there, which grows; without one the tables' files
        and projects stay in the folder.
    """
    outcomes = kept.load(kept_in, seed) if kept_in else {}

    def one(trial: Trial) -> Outcome:
        if trial.name in outcomes:
            return outcomes[trial.name]
        own = folder / trial.name.replace("/", "-")
        own.mkdir(parents=True)
        outcome = tried(trial, own, programs)
        if kept_in:
            kept.add(outcome, kept_in)
            shutil.rmtree(own, ignore_errors=True)
        return outcome

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(one, trial) for trial in trials]
        try:
            _show(futures)
        except KeyboardInterrupt:
            futures = [each for each in futures if each.done() and not each.exception()]
            print(f"Stopped, with {len(futures)} of {len(trials)} tables done.", file=sys.stderr)
        finally:
            pool.shutdown(cancel_futures=True)
    return [future.result() for future in futures]


def _show(futures: Sequence["Future[Outcome]"]) -> None:
    """A line for each table as it ends."""
    with progress(doing="Trying tables", unit=" tables", total=len(futures)) as bar:
        for future in as_completed(futures):
            bar.write(line(future.result()))
            sys.stdout.flush()
            bar.update()


def line(one: Outcome) -> str:
    """What became of a table, in a line."""
    parts = [f"asked ({one.answers})"] if one.answers else []
    if one.refusal:
        parts.append(f"refused: {beginning(one.refusal)}")
    else:
        if one.delivery_refusal:
            parts.append(f"newer rows refused: {beginning(one.delivery_refusal)}")
        parts.append(f"newer rows taken {one.taken}" if one.taken else "newer rows not taken")
        parts.append("reported" if one.reported else "no report")
    parts += [f"FAULT: {fault}" for fault, _ in one.faults]
    heading = f"{one.trial.name} {one.trial.target} ({one.trial.form.words}, {one.rows:,} rows)"
    return f"{heading} {one.seconds:.0f} s: {'; '.join(parts)}"


def beginning(message: str) -> str:
    """The first line of a message."""
    return message.partition("\n")[0]


if __name__ == "__main__":
    exit_with(main)
