"""GitHub's interface with the standard library: every call has a bound in time and in size."""

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from truerun.base.errors import CiError

SECONDS = 30
ANSWER = 20_000_000  # bytes
PAGE = 100  # items, which is GitHub's most


class GitHubError(CiError):
    """GitHub cannot be reached, refuses, or answers with too much."""


@dataclass(frozen=True)
class Api:
    """One repository at GitHub; paths are relative to it."""

    address: str
    repository: str
    token: str = field(repr=False)

    def get(self, path: str) -> Any:
        """The answer to a question."""
        return json.loads(self.download(path, ANSWER))

    def items(self, path: str) -> Iterator[Any]:
        """Every item of a list, whatever its number of pages."""
        page = 1
        while True:
            items = self.get(f"{path}?per_page={PAGE}&page={page}")
            yield from items
            if len(items) < PAGE:
                return
            page += 1

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The answer to a request that changes something."""
        return json.loads(self._call(method, path, json.dumps(body).encode(), ANSWER))

    def download(self, path: str, most: int) -> bytes:
        """What lies at a path, if it has no more than `most` bytes."""
        return self._call("GET", path, None, most)

    def _call(self, method: str, path: str, body: bytes | None, most: int) -> bytes:
        if not self.address.startswith("https://"):
            raise GitHubError(f"GitHub is asked over https only, not at {self.address}")
        request = urllib.request.Request(  # noqa: S310, the scheme was checked
            f"{self.address}/repos/{self.repository}/{path}",
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
        try:
            with urllib.request.urlopen(  # noqa: S310  # nosec B310
                request, timeout=SECONDS, context=ssl.create_default_context()
            ) as answer:
                content: bytes = answer.read(most + 1)
        except urllib.error.HTTPError as error:
            raise GitHubError(
                f"{method} {path}: GitHub says {error.code} {error.reason}"
            ) from error
        except (OSError, HTTPException) as error:
            raise GitHubError(f"{method} {path}: GitHub cannot be reached: {error}") from error
        if len(content) > most:
            raise GitHubError(f"{method} {path}: the answer has more than {most:,} bytes")
        return content


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
