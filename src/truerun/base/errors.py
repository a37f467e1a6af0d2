"""Errors that the user can fix, and how programs report them.

    TruerunError
    ├── FileError              a file that is missing, unreadable or cannot be written
    │   ├── SettingsError        a settings file: not YAML, or a key that is not allowed
    │   ├── TableError           a partitioned table
    │   ├── WorkersError         TRUERUN_WORKERS, if it is no number of processes
    │   ├── ClusterError         TRUERUN_EXECUTOR, or a cluster that cannot do the work
    │   └── LockError            dvc.lock
    ├── CommandError           a command that cannot be started, or fails
    ├── ContractError          schema.yaml, or data that is not of its shape
    ├── ModelError             a model, its metrics or its uncertainty
    │   ├── BundleError          a bundle that is broken, or not what it says it is
    │   ├── ModelFileError       a file of a model
    │   ├── StructureError       a part of a model file that could do harm
    │   └── SplitError           a split without training or test rows
    ├── SourceError            raw data, of any source
    ├── OwnFeaturesError       columns that the project's own code makes of a table
    ├── IngestError            raw data that cannot be added
    │   └── RawFilesError        data/raw and its record
    ├── StageError             a stage that cannot do its work
    │   └── DataError            data that breaks what params.yaml asks for
    ├── ReproError             a run of the pipeline
    ├── ReadmeError            a README whose figures cannot be renewed
    ├── CompareError           two revisions that cannot be compared
    │   ├── AttributionError     a difference that cannot be shared out among the changes
    │   │   └── BudgetError        because there is no time left
    │   ├── EvidenceError        what a run hands over, if it is not as it should be
    │   └── RevisionError        a revision that cannot be obtained
    ├── PackageError           truerun as a package: its wheel, or the one that a project names
    ├── GateError              a comparison that cannot be judged
    ├── JudgeError             a change that main's code cannot compare or report
    ├── HistoryError           what became of the commits of a branch
    ├── PredictError           rows that cannot be scored
    ├── ServeError             a service that cannot start, or does not answer
    ├── AppError               a page that cannot be shown
    ├── MonitorError           a served model that cannot be watched
    ├── TrackingError          a server of MLflow that does not take what it is told
    ├── RetrainError           a model that cannot be trained anew
    ├── ReleaseError           a version or a stage that cannot be as it is asked for
    ├── MorningError           the page of a day, or its mail
    ├── TuneError              a search for parameters
    ├── AdoptError             a table, or a request about it, that cannot be made into a pipeline
    │   └── QuestionsError       what the table does not tell, and the user must
    ├── UpgradeError           a project that cannot be brought to another version of truerun
    └── CiError                what workflows call
        ├── ArtifactError        what another run handed over
        ├── CommentError         a verdict that cannot be posted
        ├── GitHubError          GitHub's answer
        │   └── PassingError       one that may be another in a while
        │       └── UnsureError      and the request may have been carried out
        ├── OverrideError        a parameter that an experiment asks for
        ├── UnansweredError      a run that nobody waits for an answer to
        └── VerdictError         a run that gives no verdict
            └── NothingLeftError     because the run left nothing behind

Each room's base class is here; its subclasses are beside the code that raises them.
`truerun.report` stands alone: its `ComparisonError` is of the standard library's kind.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence


class TruerunError(Exception):
    """Something that the user can fix; the message says what, where and how.

    `exit_status` is that of a command that ends by it.
    """

    exit_status = 1


class FileError(TruerunError):
    """A file that is missing, unreadable or cannot be written."""


class ContractError(TruerunError):
    """A contract that is not consistent, or a table that is not of its shape."""


class ModelError(TruerunError):
    """A model, a metric or an uncertainty that cannot be obtained."""


class SourceError(TruerunError):
    """Raw data that is missing or not of the shape that the source expects."""


class OwnFeaturesError(TruerunError):
    """A column that the project's own code does not make as it should."""


class IngestError(TruerunError):
    """Raw data that cannot be added; the message says why."""


class StageError(TruerunError):
    """A stage that cannot do its work."""


class ReadmeError(TruerunError):
    """A README whose figures cannot be renewed."""


class ReproError(TruerunError):
    """A run of the pipeline that failed, or left no metrics."""


class CompareError(TruerunError):
    """Two revisions that cannot be compared."""


class PackageError(TruerunError):
    """The package, its wheel, or what a project says of it, that is not as it should be."""


class GateError(TruerunError):
    """A comparison that cannot be judged."""


class JudgeError(TruerunError):
    """A change that main's code cannot compare or report."""


class HistoryError(TruerunError):
    """A history that cannot be written."""


class PredictError(TruerunError):
    """Rows that cannot be scored; the message says why."""


class ServeError(TruerunError):
    """A service that cannot start, or that does not answer a client; the message says why."""


class AppError(TruerunError):
    """A page that cannot be shown, or a service that does not answer it."""


class TrackingError(TruerunError):
    """A server of MLflow that does not take what it is told, or nothing that it could be told."""


class RetrainError(TruerunError):
    """A training that cannot be begun or ended; the message says why."""


class ReleaseError(TruerunError):
    """A version or a stage that cannot be as it is asked for; the message says why."""


class MorningError(TruerunError):
    """A page of a day that cannot be written, or a mail that cannot be sent."""


class TuneError(TruerunError):
    """A search for parameters that cannot start, or did not finish."""


class AdoptError(TruerunError):
    """A table, or a request about it, that cannot be made into a pipeline."""


class UpgradeError(TruerunError):
    """A project that cannot be brought to another version of the package."""


class CiError(TruerunError):
    """A step of a workflow that cannot be done."""


def run_stage(stage: Callable[[], None], description: str | None) -> None:
    """Run a stage as a program: no arguments but --help, a `TruerunError` as one clear line.

    All files are closed by then, so the process ends without tearing down its modules, which would
    cost a quarter of a second for each stage.
    """
    argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(stage)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def exit_with(program: Callable[[], None]) -> None:
    """Run a program; a `TruerunError` ends it with its exit status, and its message on stderr.

    What it prints and the terminal has no letters for, as one of ASCII, is escaped.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        program()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except TruerunError as error:
        sys.stdout.flush()  # earlier output comes first, also in a log of both streams
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def listed(names: Sequence[str], limit: int = 8) -> str:
    """Names joined for a message, with the rest counted: 'a, b and 3 more'."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
