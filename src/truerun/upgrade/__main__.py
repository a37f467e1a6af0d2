"""Program of `truerun upgrade`; the version that a project comes from starts that of the new one.

A project's own truerun calls `python -m truerun.upgrade WHEEL_FILE` with that wheel on PYTHONPATH:
these arguments, and `--name`, must be understood by all versions to come.
"""

import sys
from collections.abc import Sequence

from truerun.base.errors import exit_with
from truerun.upgrade.command import upgrade
from truerun.upgrade.options import parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 and a message on stderr where it fails."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: sys.exit(upgrade(chosen.wheel, chosen.name)))


if __name__ == "__main__":
    main()
