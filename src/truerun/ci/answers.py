"""What GitHub answers, of the shape that it should have: nothing else is read from it."""

from dataclasses import dataclass
from typing import Any, TypeVar

from truerun.ci.github import GitHubError

T = TypeVar("T", int, str, bool)


@dataclass(frozen=True)
class Repository:
    """A repository; its owner's name is what GitHub looks for pull requests by."""

    id: int
    full_name: str
    owner: str


@dataclass(frozen=True)
class WorkflowRun:
    """A run of a workflow."""

    id: int
    attempt: int
    event: str
    file: str  # of the workflow, without the commit that GitHub may name behind it
    conclusion: str | None
    commit: str
    branch: str
    repository: Repository | None  # none where a fork is gone
    url: str


@dataclass(frozen=True)
class Pull:
    """A pull request."""

    number: int
    state: str
    commit: str
    branch: str
    repository: Repository | None
    base: str  # a branch
    base_repository: str
    default_branch: str


@dataclass(frozen=True)
class Comment:
    """A comment of a pull request."""

    id: int
    body: str
    author: str | None


@dataclass(frozen=True)
class Artifact:
    """What a run left behind."""

    id: int
    size: int
    expired: bool


def run(answer: Any) -> WorkflowRun:
    """A run of a workflow."""
    return WorkflowRun(
        id=part(answer, int, "id"),
        attempt=part(answer, int, "run_attempt"),
        event=part(answer, str, "event"),
        file=part(answer, str, "path").split("@")[0],
        conclusion=optional(answer, str, "conclusion"),
        commit=part(answer, str, "head_sha"),
        branch=part(answer, str, "head_branch"),
        repository=_repository(_at(answer, ("head_repository",))),
        url=part(answer, str, "html_url"),
    )


def pull(answer: Any) -> Pull:
    """A pull request."""
    return Pull(
        number=part(answer, int, "number"),
        state=part(answer, str, "state"),
        commit=part(answer, str, "head", "sha"),
        branch=part(answer, str, "head", "ref"),
        repository=_repository(_at(answer, ("head", "repo"))),
        base=part(answer, str, "base", "ref"),
        base_repository=part(answer, str, "base", "repo", "full_name"),
        default_branch=part(answer, str, "base", "repo", "default_branch"),
    )


def comment(answer: Any) -> Comment:
    """A comment; its author may be gone."""
    user = _at(answer, ("user",))
    return Comment(
        id=part(answer, int, "id"),
        body=optional(answer, str, "body") or "",
        author=None if user is None else part(user, str, "login"),
    )


def artifact(answer: Any) -> Artifact:
    """What a run left behind."""
    return Artifact(
        id=part(answer, int, "id"),
        size=part(answer, int, "size_in_bytes"),
        expired=part(answer, bool, "expired"),
    )


def part(answer: Any, kind: type[T], *keys: str) -> T:
    """The value below some keys, of the type that it should have."""
    value = _at(answer, keys)
    if type(value) is not kind:
        raise GitHubError(f"{'.'.join(keys)} in GitHub's answer is no {kind.__name__}")
    return value


def optional(answer: Any, kind: type[T], *keys: str) -> T | None:
    """The value below some keys, which may be null."""
    return None if _at(answer, keys) is None else part(answer, kind, *keys)


def _at(answer: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if not isinstance(answer, dict) or key not in answer:
            raise GitHubError(f"GitHub's answer lacks {'.'.join(keys)}")
        answer = answer[key]
    return answer


def _repository(answer: Any) -> Repository | None:
    if answer is None:
        return None
    return Repository(
        part(answer, int, "id"),
        part(answer, str, "full_name"),
        part(answer, str, "owner", "login"),
    )
