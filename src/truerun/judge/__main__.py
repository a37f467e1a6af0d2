"""Program of `truerun judge`: runs compare, report and gate, by the code of the main branch."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from truerun.base import paths
from truerun.base.commands import call, capture, import_path, variables
from truerun.base.errors import JudgeError, exit_with
from truerun.compare import commits
from truerun.compare.commits import RevisionError
from truerun.judge.options import parser
from truerun.package import vendored

PACKAGE, ITSELF = paths.SOURCE / "truerun", paths.SOURCE / "truerun/judge/__main__.py"
REPORTS = {"markdown": "comment.md", "html": "report.html"}
HELP = (
    "main's code judges, and cannot read this change, as said above. What it does not know, such as"
    " a new key, metric or estimator, is merged first and used afterwards"
)
OWN = "; `--judge own` compares with the code of this change meanwhile"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 where it fails, or where the gate does."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: judge(chosen))


def judge(chosen: argparse.Namespace) -> None:
    """Compare, write the reports and, if asked, end as the gate says."""
    reports = {form: chosen.reports / name for form, name in REPORTS.items()}
    for path in (chosen.output, *reports.values()):
        path.unlink(missing_ok=True)  # what was there before must not pass for the answer
    with code_of(chosen) as source:
        if _started(source, "compare", *_revisions(chosen)):
            if source:
                raise JudgeError(HELP + OWN)
            raise JudgeError(HELP if chosen.evidence else "there is no comparison, as said above")
        chosen.reports.mkdir(parents=True, exist_ok=True)
        link = ("--run-url", chosen.run_url) if chosen.run_url else ()
        for form, path in reports.items():
            to = ("--format", form, "--output", str(path))
            if _started(source, "report", str(chosen.output), *to, *link):
                raise JudgeError("there is no report, as said above")
        if chosen.gate:
            sys.exit(_started(source, "gate", str(chosen.output), "--explain"))


@contextmanager
def code_of(chosen: argparse.Namespace) -> Iterator[Path | None]:
    """The folder with the code that judges; None if it is the code that is running."""
    is_ours = PACKAGE.is_dir() or paths.MARKS.is_file()
    commit = None if chosen.judge == "own" or not is_ours else _main(chosen)
    if commit is None:
        yield None
        return
    with commits.files_of(commit) as folder:
        if _is_running(commit, folder):
            yield None
            return
        vendored.lay_down(folder, folder / paths.SOURCE)
        if (folder / ITSELF).is_file():
            print(f"The code of main judges, at {commit[:10]}.", file=sys.stderr)
            yield folder / paths.SOURCE
        else:
            print(
                f"main has no judge at {commit[:10]}, so the code of this change compares.",
                file=sys.stderr,
            )
            yield None


def _is_running(commit: str, folder: Path) -> bool:
    """Whether the code of a commit, with its files in a folder, is the code that runs here."""
    wheel = vendored.wheel_of(folder)
    same = (
        capture(Path(), "git", "diff", "--quiet", commit, "--", str(paths.SOURCE)).returncode == 0
    )
    return same and (wheel is None or vendored.is_running(wheel))


def _main(chosen: argparse.Namespace) -> str | None:
    """The commit of main whose code judges; None if a base is named, and main is unknown."""
    if chosen.merge_base_with is not None:
        commits.merge_base_with(chosen.merge_base_with, chosen.head or "HEAD")  # or it is refused
        return str(chosen.merge_base_with)
    try:
        return commits.merge_base(chosen.head or "HEAD")
    except RevisionError as error:
        if chosen.base is None:
            raise
        print(f"The code of this change compares: {error}.", file=sys.stderr)
        return None


def _revisions(chosen: argparse.Namespace) -> list[str]:
    """The options of `truerun compare`, as they were given."""
    options = {
        "--base": chosen.base,
        "--merge-base-with": chosen.merge_base_with,
        "--head": chosen.head,
        "--evidence": chosen.evidence,
        "--run": chosen.run,
        "--head-name": chosen.head_name,
        "--output": chosen.output,
    }
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    if chosen.attribute:
        given += ["--attribute", f"--budget={chosen.budget}"]
    return [*given, *(["--rebuild-base"] if chosen.rebuild_base else [])]


def _started(source: Path | None, room: str, *arguments: str) -> int:
    """Exit status of a program, run with the code in a folder, or with that which is running.

    A module of the change that is called as a package is does not take its place: not beside the
    package, since all of `src` is main's, and not in this folder (-P).
    """
    environment = variables(Path(), PYTHONPATH=str(source) if source else import_path(Path()))
    command = (sys.executable, "-P", "-m", f"truerun.{room}", *arguments)
    return call(Path(), *command, environment=environment)


if __name__ == "__main__":
    main()
