"""The files that an image of this repository is made of, and a service that runs out of one."""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import ROOT
from tests.serve import bundles
from tests.serve.service import SECONDS, Client

KEY = "k" * 24
HEADERS = {"Authorization": f"Bearer {KEY}"}
LIMIT = 250_000_000  # bytes of an image
DISTROLESS = 65_000_000  # bytes, at most, of its last base, which is not here: Debian's packages


@dataclass(frozen=True)
class Files:
    """A folder as `make image` leaves it to a builder; rows, and the scores that they had."""

    folder: Path
    rows: Sequence[Mapping[str, Any]]
    scores: Sequence[float]


def files_of_ours(folder: Path) -> Files:
    """Those of this repository, with a bundle of a source of one's own."""
    folder.mkdir()
    tested = bundles.typed(folder).sample(20, random_state=1)
    (folder / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/serve.txt", folder / "requirements")
    shutil.copy(ROOT / "Dockerfile", folder)
    for path in (folder / "models/bundle").iterdir():
        path.chmod(0o600)  # as files are where a user keeps them from others
    names = ["id", "whole", "number", "few", "full", "many", "note"]
    return Files(folder, bundles.rows_of(tested[names]), tested["score"].tolist())


@contextlib.contextmanager
def started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until the block ends."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)


def client_of(process: subprocess.Popen[str]) -> Client:
    """A client of a service that has just started."""
    assert process.stdout is not None
    first = process.stdout.readline()
    assert " answers by model " in first, first + process.stdout.read()
    return Client(process, first)


def check_scores(client: Client, files: Files) -> None:
    """Hold the answers to rows against the scores that they had."""
    reply = client.predict(files.rows, **HEADERS)
    assert reply.status == 200, reply.body
    scores = [each["score"] for each in reply.content["predictions"]]
    np.testing.assert_array_equal(np.float32(scores), np.float32(files.scores))


def check_rights(client: Client) -> None:
    """No process of the service is root's or may do what root does."""
    for pid in (client.process.pid, *client.workers()):
        said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        assert "Uid:\t65532\t65532\t65532\t65532\n" in said
        assert "CapEff:\t0000000000000000\n" in said
