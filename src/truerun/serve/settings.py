"""How a service runs: its options, checked, and the keys of its clients."""

import argparse
import hashlib
import hmac
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from truerun.base.errors import ServeError
from truerun.base.files import read_bytes
from truerun.serve.options import BATCHES, KEYS

SHORTEST_KEY = 16  # characters
MOST_WORKERS = 256


@dataclass(frozen=True)
class Keys:
    """Keys of clients, as hashes; without any, every client is let in."""

    digests: Sequence[bytes] = field(repr=False)

    def admit(self, authorization: bytes) -> bool:
        """Whether the value of a header is a key, in a time that tells nothing of the keys."""
        scheme, _, key = authorization.partition(b" ")
        given = hashlib.sha256(key.strip()).digest()
        is_known = False
        for digest in self.digests:  # all of them: which one it is takes no part in the time
            is_known |= hmac.compare_digest(digest, given)
        return is_known and scheme.lower() == b"bearer"


@dataclass(frozen=True)
class Retention:
    """How much of a log is kept: the lines of so many days, and no more than so many bytes."""

    days: float
    most_bytes: int


@dataclass(frozen=True)
class ServeSettings:
    """What `truerun serve` was asked for; sizes in bytes, times in seconds."""

    host: str
    port: int
    workers: int
    bundle: Path
    keys: Keys
    most_rows: int
    most_bytes: int
    longest: float
    most_waiting: int
    batch: Path | None
    batch_hours: float
    log: Path | None
    log_kept: Retention
    shadow: Path | None
    canary: Path | None
    canary_share: float

    @property
    def is_local(self) -> bool:
        """Whether only clients of this machine can reach it."""
        return is_loopback(self.host)


def of(chosen: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> ServeSettings:
    """The settings of options.

    Raises
    ------
    ServeError
        If one is out of its range, or the service could be reached by anyone.
    """
    for name, least, most in (
        ("port", 0, 65_535),
        ("workers", 1, MOST_WORKERS),
        ("rows", 1, 1_000_000),
        ("bytes", 1, 2**30),
        ("seconds", 0.001, 3600),
        ("waiting", 1, 100_000),
        ("batch_hours", 0, 1e6),
        ("log_days", 0, 1e6),
        ("log_megabytes", 100, 1e9),
        ("canary_share", 0, 1),
    ):
        value = getattr(chosen, name)
        if value is not None and not least <= value <= most:
            raise ServeError(
                f"--{name.replace('_', '-')} {value} is not between {least} and {most:,}"
            )
    if chosen.batch is not None and chosen.batch.suffix not in BATCHES:
        raise ServeError(f"--batch {chosen.batch}: it ends in {' or '.join(BATCHES)}")
    if chosen.shadow is not None and chosen.log is None:
        raise ServeError("--shadow goes with --log FOLDER: what it answers is only kept there")
    settings = ServeSettings(
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers or len(os.sched_getaffinity(0)),
        bundle=chosen.bundle,
        keys=_keys(chosen.keys, environment),
        most_rows=chosen.rows,
        most_bytes=chosen.bytes,
        longest=chosen.seconds,
        most_waiting=chosen.waiting,
        batch=chosen.batch,
        batch_hours=chosen.batch_hours,
        log=chosen.log,
        log_kept=Retention(chosen.log_days, int(chosen.log_megabytes * 1e6)),
        shadow=chosen.shadow,
        canary=chosen.canary,
        canary_share=chosen.canary_share,
    )
    if not settings.keys.digests and not settings.is_local:
        raise ServeError(
            f"--host {settings.host} can be reached from other machines, and without keys it would"
            f" answer anyone: set {KEYS}, or name a file by --keys"
        )
    return settings


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _keys(file: Path | None, environment: Mapping[str, str]) -> Keys:
    """The keys of a file, or of the environment."""
    if file is None:
        text, where = environment.get(KEYS, ""), KEYS
    else:
        try:
            text, where = read_bytes(file).decode("utf-8"), str(file)
        except OSError as error:
            raise ServeError(f"--keys {file} cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise ServeError(f"--keys {file} is not UTF-8") from error
    keys = text.split()
    if file is not None and not keys:
        raise ServeError(f"{where} holds no key: it has one a line")
    for number, key in enumerate(keys, start=1):
        if len(key) < SHORTEST_KEY or not key.isascii():
            raise ServeError(
                f"key {number} of {where} is no {SHORTEST_KEY} or more letters of ASCII: `openssl"
                " rand -hex 24` makes one"
            )
    return Keys([hashlib.sha256(key.encode()).digest() for key in keys])
