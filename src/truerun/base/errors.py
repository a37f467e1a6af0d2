"""What goes wrong for reasons that the user can mend, and how it is told."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence


class PipelineError(Exception):
    """Something that the user can mend; the message says what, where and how."""


def run_stage(stage: Callable[[], None], description: str | None) -> None:
    """Run a stage as a program: no arguments but --help, a `PipelineError` as one clear line.

    All files are closed by then, so the process ends without taking its modules apart, which would
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
    """Run a program; a `PipelineError` ends it with exit status 1 and its message on stderr."""
    try:
        program()
        sys.stdout.flush()
    except BrokenPipeError:  # who reads what is printed has read enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except PipelineError as error:
        sys.stdout.flush()  # what was printed before comes first, in a log of both streams too
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def listed(names: Sequence[str], limit: int = 8) -> str:
    """Names joined for a message, the rest counted: 'a, b and 3 more'."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
