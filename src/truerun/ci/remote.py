"""What CI does with a DVC remote, if .dvc/config names one."""

import sys
from pathlib import Path

from truerun.base.commands import CommandError, run

HERE = Path()


def exchange(action: str, experiment: str | None) -> None:
    """Pull, push, or push an experiment; without a remote, say so."""
    if not dvc("config", "core.remote", check=False).strip():
        print("there is no DVC remote")
    elif action == "pull":
        pull()
    elif experiment is None:
        print(dvc("push").strip())
    else:
        print(dvc("exp", "push", "origin", experiment).strip())


def pull() -> None:
    """Bring what the remote has of this commit; where it cannot be had, say why, and go on."""
    try:
        print(dvc("pull", "--allow-missing").strip())
    except CommandError as error:
        print(f"nothing could be fetched from the DVC remote: {error}", file=sys.stderr)


def dvc(*arguments: str, check: bool = True) -> str:
    """What a DVC command prints; no credentials are looked for at a cloud machine's own address."""
    command = (sys.executable, "-m", "dvc", *arguments)
    return run(HERE, *command, check=check, AWS_EC2_METADATA_DISABLED="true")
