"""What CI does with a DVC remote, if .dvc/config names one."""

import os
import sys
from pathlib import Path

from truerun.base.commands import CommandError, run

HERE = Path()
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")


def exchange(action: str, experiment: str | None) -> None:
    """Pull, push, or push an experiment; without a remote, say so."""
    name = dvc("config", "core.remote", check=False).strip()
    if not name:
        print("there is no DVC remote")
    elif action == "pull":
        pull(name)
    elif experiment is None:
        print(dvc("push").strip())
    else:
        print(dvc("exp", "push", "origin", experiment).strip())


def pull(name: str) -> None:
    """Bring what the remote has of this commit; where it cannot be had, say why, and go on.

    Without credentials, as in a run for a fork, a bucket is asked as anybody may ask a public one.
    """
    bucket = dvc("config", f"remote.{name}.url", check=False).startswith("s3://")
    if bucket and not any(os.environ.get(variable) for variable in CREDENTIALS):
        dvc("remote", "modify", "--local", name, "allow_anonymous_login", "true")
    try:
        print(dvc("pull", "--allow-missing").strip())
    except CommandError as error:
        print(f"nothing could be fetched from the DVC remote: {error}", file=sys.stderr)


def dvc(*arguments: str, check: bool = True) -> str:
    """What a DVC command prints; no credentials are looked for at a cloud machine's own address."""
    command = (sys.executable, "-m", "dvc", *arguments)
    return run(HERE, *command, check=check, AWS_EC2_METADATA_DISABLED="true")
