"""Program of `truerun limits`: writes limits.yaml from the training rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from truerun.base import paths, settings, text_files
from truerun.base.errors import exit_with
from truerun.contract import contract as contracts
from truerun.limits import learning, limits_file
from truerun.limits.options import parser
from truerun.limits.windows import ENOUGH
from truerun.params.split import Split


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    parser().parse_args(argv)
    exit_with(lambda: print("\n".join(write(Path()))))


def write(folder: Path) -> list[str]:
    """Write the limits.yaml of the project in a folder; what to say of it."""
    contract = contracts.load(folder / paths.SCHEMA)
    split = settings.load_section(Split, folder / paths.PARAMS, "split")
    learned = learning.learned(folder, contract, split)
    text_files.write_text(folder / paths.LIMITS, limits_file.text(learned))
    return summary(learned)


def summary(learned: Mapping[str, Any]) -> list[str]:
    """What the limits rest on."""
    windows = learned["windows"]
    if windows is None:
        few = f"too few training rows for {ENOUGH} windows of them, so there are none"
        return [f"{paths.LIMITS}: {few}"]
    length = f"{windows['length']} {windows['by']}"
    tried = learned["held_out"]
    low, high = tried["interval"]
    rate = f"held out, {tried['alarms']} of {tried['windows']} windows pass a limit"
    return [
        f"{paths.LIMITS}: of {len(learned['columns'])} columns, by windows of {length}",
        f"{rate}: a rate of {tried['rate']:.1%} ({low:.1%} to {high:.1%})",
        *(f"  {window}: {limit}" for window, limit in tried["alarmed"].items()),
    ]


if __name__ == "__main__":
    main()
