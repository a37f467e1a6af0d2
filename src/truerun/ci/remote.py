"""What CI does with a DVC remote, if .dvc/config names one: without, each is done with nothing.

python -m truerun.ci.remote pull                    bring what can be had; never an error
python -m truerun.ci.remote push                    keep the data and models of this working tree
python -m truerun.ci.remote push-experiment NAME    keep an experiment, in Git's origin too
"""

import argparse
import sys
from pathlib import Path

from truerun.base.commands import CommandError, run
from truerun.base.errors import exit_with

HERE = Path()


def main() -> None:
    """Pull or push."""
    parser = argparse.ArgumentParser(
        prog="python -m truerun.ci.remote",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("pull")
    actions.add_parser("push")
    actions.add_parser("push-experiment").add_argument("name")
    chosen = parser.parse_args()
    if not dvc("config", "core.remote", check=False).strip():
        print("there is no DVC remote")
        return
    if chosen.action == "pull":
        pull()
    elif chosen.action == "push":
        print(dvc("push").strip())
    else:
        print(dvc("exp", "push", "origin", chosen.name).strip())


def pull() -> None:
    """Bring what the remote has of this commit; where it cannot be had, say why, and go on."""
    try:
        print(dvc("pull", "--allow-missing").strip())
    except CommandError as error:
        print(f"nothing comes from the DVC remote: {error}", file=sys.stderr)


def dvc(*arguments: str, check: bool = True) -> str:
    """What a DVC command prints; no credentials are looked for at a cloud machine's own address."""
    command = (sys.executable, "-m", "dvc", *arguments)
    return run(HERE, *command, check=check, AWS_EC2_METADATA_DISABLED="true")


if __name__ == "__main__":
    exit_with(main)
