"""Program of `truerun alarms`."""

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

from truerun.alarms.options import ALARMS, parser
from truerun.alarms.receiver import Receiver
from truerun.base.errors import RetrainError, exit_with
from truerun.base.files import read_bytes
from truerun.ci.github import from_environment

LEAST = 16  # bytes of a secret


def main(argv: Sequence[str] | None = None) -> None:
    """Answer until it is interrupted; exit status 1 and a message on stderr where it cannot."""
    chosen = parser().parse_args(argv)
    exit_with(lambda: answer(chosen))


def answer(chosen: argparse.Namespace) -> None:
    """Answer on the port until interrupted."""
    names = frozenset(chosen.alarms or ALARMS)
    api, secret = from_environment(), read_secret(chosen.secret)
    try:
        receiver = Receiver(chosen.port, api, secret, names)
    except (OSError, OverflowError) as error:
        raise RetrainError(f"--port {chosen.port}: {error}") from error
    with receiver, contextlib.suppress(KeyboardInterrupt):
        print(f"alarms: http://127.0.0.1:{receiver.server_port}/alerts hears", flush=True)
        receiver.serve_forever()


def read_secret(path: Path) -> bytes:
    """The secret in a file, without blanks around it.

    Raises
    ------
    RetrainError
        If it cannot be read, or is so short that it can be guessed.
    """
    try:
        secret = read_bytes(path).strip()
    except OSError as error:
        raise RetrainError(f"{path}: {error.strerror}") from error
    if len(secret) < LEAST:
        raise RetrainError(f"{path} has {len(secret)} bytes, and a secret has {LEAST} or more")
    return secret


if __name__ == "__main__":
    main()
