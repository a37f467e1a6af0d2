"""Program of `truerun backtest`: plays the past again, and prints what rules would have given."""

from collections.abc import Sequence
from pathlib import Path

from truerun.backtest import past, table
from truerun.backtest.options import parser
from truerun.base import paths
from truerun.base.errors import exit_with
from truerun.base.text_files import write_text
from truerun.contract import contract as contracts
from truerun.project import params
from truerun.tune import rounds


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: backtest(chosen.first, chosen.last, chosen.output))


def backtest(first: str | None, last: str | None, output: Path | None) -> None:
    """Play the past again; print the table, and write it if asked to."""
    settings = params.load()
    history = rounds.read(settings, contracts.load(paths.SCHEMA), first, last)
    text = "\n".join(table.lines(past.played(history, settings))) + "\n"
    print(text, end="")
    if output is not None:
        write_text(output, text)


if __name__ == "__main__":
    main()
