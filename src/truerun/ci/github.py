"""GitHub's interface with the standard library: every call has a bound in time and in size.

A call that GitHub puts off, or that a broken connection cut, is made again after the time that
GitHub asks for. A POST that was cut may have been carried out, so its caller looks first.
"""

import contextlib
import email.message
import email.utils
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from truerun.base.errors import CiError
from truerun.report.visible_text import short, visible_text

SECONDS = 30
ANSWER = 20_000_000  # bytes
REASON = 100_000  # bytes of an answer that tells of an error
PAGE = 100  # items, which is GitHub's most
PAGES = 100
TRIES = 5
PATIENCE = 300.0  # seconds of waiting for one call to succeed
SECONDARY = 60.0  # seconds that GitHub wants after a secondary limit that names no time
GONE, TOO_MANY, FORBIDDEN, NOT_FOUND, SERVER = 410, 429, 403, 404, 500


class GitHubError(CiError):
    """GitHub cannot be reached, refuses, or answers with something other than expected."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class PassingError(GitHubError):
    """GitHub may answer another time: after `wait` seconds, where it says when."""

    def __init__(self, message: str, status: int | None, wait: float | None) -> None:
        super().__init__(message, status)
        self.wait = wait


class UnsureError(PassingError):
    """Nobody knows whether GitHub has done what was asked."""


@dataclass(frozen=True)
class Api:
    """One repository at GitHub; paths are relative to it."""

    address: str
    repository: str
    token: str = field(repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)

    def get(self, path: str) -> Any:
        """The answer to a question."""
        return _parsed(self.download(path, ANSWER), f"GET {path}")

    def items(self, path: str, key: str | None = None) -> Iterator[Any]:
        """Every item of a list, or of the list below a key, whatever its number of pages."""
        mark = "&" if "?" in path else "?"
        for page in range(1, PAGES + 1):
            answer = self.get(f"{path}{mark}per_page={PAGE}&page={page}")
            items = answer.get(key) if key is not None and isinstance(answer, dict) else answer
            if not isinstance(items, list):
                raise GitHubError(f"GET {path}: GitHub's answer is not a list")
            yield from items
            if len(items) < PAGE:
                return
        raise GitHubError(f"GET {path}: GitHub's list has more than {PAGE * PAGES:,} items")

    def send(
        self, method: str, path: str, body: dict[str, Any], *, repeatable: bool = False
    ) -> Any:
        """The answer to a request that changes something; None if it has no content.

        Raises
        ------
        UnsureError
            If a POST may have been carried out. One that is `repeatable` does no harm a second
            time, and is made again instead.
        """
        content = json.dumps(body).encode()
        repeatable = repeatable or method != "POST"
        answer = self._call(method, path, content, ANSWER, repeatable=repeatable)
        return _parsed(answer, f"{method} {path}") if answer else None

    def delete(self, path: str) -> None:
        """Delete what lies at a path; what is not there is deleted already."""
        try:
            self._call("DELETE", path, None, ANSWER, repeatable=True)
        except GitHubError as error:
            if error.status not in (NOT_FOUND, GONE):
                raise

    def download(self, path: str, most: int) -> bytes:
        """What lies at a path, if it has no more than `most` bytes."""
        return self._call("GET", path, None, most, repeatable=True)

    def _call(
        self, method: str, path: str, body: bytes | None, most: int, *, repeatable: bool
    ) -> bytes:
        """Ask until GitHub answers, within `TRIES` and `PATIENCE`."""
        waited = 0.0
        for tried in range(1, TRIES + 1):
            try:
                return self._ask(method, path, body, most)
            except PassingError as error:
                wait = 2.0**tried if error.wait is None else error.wait
                unsure = isinstance(error, UnsureError) and not repeatable
                if unsure or tried == TRIES or waited + wait > PATIENCE:
                    raise
                print(f"{error}; again in {wait:.0f} s", file=sys.stderr)
            self.sleep(wait)
            waited += wait
        raise AssertionError  # the last try returns or raises

    def _ask(self, method: str, path: str, body: bytes | None, most: int) -> bytes:
        """Ask once."""
        if not self.address.startswith("https://"):
            raise GitHubError(f"GitHub is asked over https only, not at {self.address}")
        request = urllib.request.Request(  # noqa: S310, the scheme was checked
            f"{self.address}/repos/{self.repository}/{path}".rstrip("/"),
            data=body,
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        # An artifact is fetched from another host, which shall not see the token.
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        what = f"{method} {path}"
        try:
            with urllib.request.urlopen(  # noqa: S310  # nosec B310
                request, timeout=SECONDS, context=ssl.create_default_context()
            ) as answer:
                content: bytes = answer.read(most + 1)
                missing = answer.length  # read(n) does not mind an answer that is cut
        except urllib.error.HTTPError as error:
            raise self._refusal(what, error) from error
        except (OSError, HTTPException) as error:
            message = f"{what}: GitHub cannot be reached: {error}"
            if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
                raise GitHubError(message) from error
            raise UnsureError(message, None, None) from error
        if len(content) > most:
            raise GitHubError(f"{what}: the answer has more than {most:,} bytes")
        if missing:
            raise UnsureError(f"{what}: GitHub's answer was cut", None, None)
        return content

    def _refusal(self, what: str, error: urllib.error.HTTPError) -> GitHubError:
        """What an answer that is an error means for another try."""
        reason = _message(error)
        message = f"{what}: GitHub says {error.code} {error.reason}"
        message += f": {reason}" if reason and reason != error.reason else ""
        wait = _wait(error.headers, self.now())
        limited = wait is not None or "rate limit" in reason.lower()
        if error.code == TOO_MANY or (error.code == FORBIDDEN and limited):
            return PassingError(message, error.code, SECONDARY if wait is None else wait)
        if error.code >= SERVER:
            return UnsureError(message, error.code, wait)
        return GitHubError(message, error.code)


def _wait(headers: email.message.Message, now: float) -> float | None:
    """The seconds after which GitHub wants to be asked again, if it says so."""
    if after := headers.get("Retry-After"):
        with contextlib.suppress(ValueError):
            return max(0.0, float(int(after)))
        with contextlib.suppress(ValueError, TypeError):
            return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - now)
    if headers.get("X-RateLimit-Remaining") == "0":
        with contextlib.suppress(ValueError):
            return max(0.0, int(headers.get("X-RateLimit-Reset") or "") - now) + 1
    return None


def _message(error: urllib.error.HTTPError) -> str:
    """What GitHub's own words for an error are, in one line; empty if it has none."""
    try:
        answer = json.loads(error.read(REASON))
    except (OSError, HTTPException, ValueError, RecursionError):
        return ""
    message = answer.get("message") if isinstance(answer, dict) else None
    return short(visible_text(message), 200) if isinstance(message, str) else ""


def _parsed(content: bytes, what: str) -> Any:
    """An answer that should be JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        start = content[:60].decode(errors="replace")
        raise GitHubError(f"{what}: GitHub's answer is not JSON: {start!r}") from error


def from_environment() -> Api:
    """The repository that GitHub Actions, or the user, names in environment variables."""
    missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not os.environ.get(name)]
    if missing:
        raise GitHubError(f"set {' and '.join(missing)} in the environment")
    return Api(
        os.environ.get("GITHUB_API_URL", "https://api.github.com"),
        os.environ["GITHUB_REPOSITORY"],
        os.environ["GITHUB_TOKEN"],
    )
