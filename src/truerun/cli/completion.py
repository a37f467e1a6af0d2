"""Print a script that completes the verbs of truerun, their options and files.

Examples
--------
  source <(truerun completion bash)                              in ~/.bashrc
  truerun completion zsh > ~/.zsh/_truerun                       a folder of zsh's fpath
"""

import argparse
from collections.abc import Sequence

import shtab

from truerun.base.errors import exit_with
from truerun.cli.verbs import VERBS


def main(argv: Sequence[str] | None = None) -> None:
    """Print the script of a shell."""
    shell = parser().parse_args(argv).shell
    exit_with(lambda: print(shtab.complete(command(), shell)))


def parser() -> argparse.ArgumentParser:
    """The verb's options."""
    made = argparse.ArgumentParser(
        prog="truerun completion",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("shell", choices=("bash", "zsh"), help="whose script it is")
    return made


def command() -> argparse.ArgumentParser:
    """The whole command as one parser, put together from those of the verbs."""
    whole = argparse.ArgumentParser(prog="truerun")
    whole.add_argument("--version", action="store_true", help="show the version and exit")
    verbs = whole.add_subparsers(title="verbs")
    for verb in VERBS.values():
        own = verb.parser()
        complete_files(own)
        verbs.add_parser(verb.name, help=verb.summary, parents=[own], add_help=False)
    return whole


def complete_files(parser: argparse.ArgumentParser) -> None:
    """Let the names of files complete what a parser says is a file, below its own verbs too."""
    for action in parser._actions:  # noqa: SLF001 - argparse shows them to nobody, shtab reads them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for below in action.choices.values():
                complete_files(below)
        elif "FILE" in str(action.metavar) or action.metavar == "DATA":
            action.complete = shtab.FILE  # type: ignore[attr-defined]
