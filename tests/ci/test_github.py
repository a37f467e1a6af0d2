"""GitHub's interface: what is asked again and when, and what an odd answer is called."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.ci import hub as github
from tests.ci.hub import Fault, Hub
from truerun.ci import answers
from truerun.ci.github import PATIENCE, TRIES, Api, GitHubError, PassingError, UnsureError

NOW = 1_800_000_000
ASKED = "GET .*/actions/runs/101$"
UNICORN = b"<html>Unicorn</html>"


@dataclass
class Asking:
    """GitHub's interface, and how long it waited."""

    api: Api
    waits: list[float] = field(default_factory=list)


@pytest.fixture
def asking(hub: Hub, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """GitHub's interface, to a hub with a run, in a time that stands still."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    hub.pull("1" * 40)
    waits: list[float] = []
    address = f"{hub.address}/api/v3"
    api = Api(address, github.REPOSITORY, github.WRITE, sleep=waits.append, now=lambda: NOW)
    return Asking(api, waits)


PUT_OFF = {
    "429 with a time": (429, {"Retry-After": "7"}, b"", 7),
    "429 with a date": (429, {"Retry-After": "Fri, 15 Jan 2027 08:01:05 GMT"}, b"", 65),
    "429 with none": (429, {}, b"", 60),
    "at once": (429, {"Retry-After": "0"}, b"", 0),
    "primary": (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + 9)}, b"", 10),
    "primary, passed": (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b"", 1),
    "secondary": (403, {"Retry-After": "90"}, b"", 90),
    "secondary, in words": (
        403,
        {},
        b'{"message": "You have exceeded a secondary rate limit"}',
        60,
    ),
    "a bad gateway": (502, {}, UNICORN, 2),
    "out of service": (503, {"Retry-After": "30"}, UNICORN, 30),
    "dropped": (None, {}, b"", 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", PUT_OFF)
def test_what_is_put_off_is_asked_again_when_github_says(
    case: str, hub: Hub, asking: Asking
) -> None:
    status, headers, content, wait = PUT_OFF[case]
    hub.faults.append(Fault(ASKED, status, content, headers))
    assert asking.api.get("actions/runs/101")["id"] == 101
    assert asking.waits == [wait]


def test_tries_have_an_end(hub: Hub, asking: Asking) -> None:
    hub.faults += [Fault(ASKED, 500) for _ in range(TRIES)]
    with pytest.raises(PassingError, match="GitHub says 500"):
        asking.api.get("actions/runs/101")
    assert asking.waits == [2, 4, 8, 16]
    assert asking.api.get("actions/runs/101")["id"] == 101


def test_waiting_has_an_end(hub: Hub, asking: Asking) -> None:
    hub.faults += [Fault(ASKED, 429, headers={"Retry-After": "125"}) for _ in range(3)]
    with pytest.raises(PassingError, match="429"):
        asking.api.get("actions/runs/101")
    assert asking.waits == [125, 125]
    assert sum(asking.waits) < PATIENCE
    hub.faults[:] = [Fault(ASKED, 403, headers={"Retry-After": str(int(PATIENCE) + 1)})]
    asking.waits.clear()
    with pytest.raises(PassingError, match="403"):
        asking.api.get("actions/runs/101")
    assert asking.waits == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_a_refusal_is_final_and_says_what_github_does(
    status: int, hub: Hub, asking: Asking
) -> None:
    hub.faults.append(Fault(ASKED, status, b'{"message": "Not\\nso \\u202e fast"}'))
    with pytest.raises(GitHubError, match=r": Not so \[U\+202E\] fast$") as error:
        asking.api.get("actions/runs/101")
    assert error.value.status == status
    assert asking.waits == []


@pytest.mark.parametrize("content", [UNICORN, b"", b"[]", b'{"message": 7}', b"[" * 100_000])
def test_a_refusal_without_words_is_one_all_the_same(
    content: bytes, hub: Hub, asking: Asking
) -> None:
    hub.faults.append(Fault(ASKED, 404, content))
    with pytest.raises(GitHubError, match=r"GitHub says 404 Not Found$"):
        asking.api.get("actions/runs/101")


@pytest.mark.parametrize("content", [UNICORN, b"", b"{", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_an_error(content: bytes, hub: Hub, asking: Asking) -> None:
    hub.faults.append(Fault(ASKED, 200, content))
    with pytest.raises(GitHubError, match="GitHub's answer is not JSON"):
        asking.api.get("actions/runs/101")


@pytest.mark.parametrize(
    ("content", "key"),
    [(b"{}", None), (b"7", None), (b'{"message": "x"}', "artifacts"), (b"[]", "artifacts")],
)
def test_a_list_must_be_one(content: bytes, key: str | None, hub: Hub, asking: Asking) -> None:
    hub.faults.append(Fault("GET .*/things", 200, content))
    if content == b"[]":
        assert list(asking.api.items("things", key)) == []
        return
    with pytest.raises(GitHubError, match="is not a list"):
        list(asking.api.items("things", key))


def run(**changes: Any) -> Any:
    return Hub().run(101, {"sha": "1" * 40, "ref": "topic", "repo": github.HOME}) | changes


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "lacks id"),
        ([], "lacks id"),
        ({}, "lacks id"),
        (run(id="101"), "id in GitHub's answer is no int"),
        (run(id=True), "id in GitHub's answer is no int"),
        (run(head_sha=None), "head_sha in GitHub's answer is no str"),
        (run(conclusion=7), "conclusion in GitHub's answer is no str"),
        (run(head_repository={"id": 1, "full_name": "a/b", "owner": None}), r"lacks owner\.login"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(answer: Any, message: str) -> None:
    with pytest.raises(GitHubError, match=message):
        answers.run(answer)
    assert answers.run(run(head_repository=None)).repository is None


CHANGES: dict[str, Callable[[Api], Any]] = {
    "PATCH": lambda api: api.send("PATCH", "issues/comments/1", {"body": "b"}),
    "DELETE": lambda api: api.delete("issues/comments/1"),
    "a POST that does no harm twice": lambda api: api.send(
        "POST", f"statuses/{'1' * 40}", {}, repeatable=True
    ),
}


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_does_no_harm_twice_is_done_again(
    change: str, done: bool, hub: Hub, asking: Asking
) -> None:
    hub.comment("a")
    hub.faults.append(Fault("(PATCH|DELETE|POST) ", None, done=done))
    CHANGES[change](asking.api)
    assert asking.waits == [2]


@pytest.mark.parametrize("status", [None, 500, 502])
def test_a_post_that_may_have_been_done_is_not_done_again(
    status: int | None, hub: Hub, asking: Asking
) -> None:
    hub.faults.append(Fault("POST ", status, done=True))
    with pytest.raises(UnsureError):
        asking.api.send("POST", "issues/1/comments", {"body": "b"})
    assert asking.waits == []
    assert len(hub.comments) == 1


def test_a_post_that_was_put_off_was_not_done(hub: Hub, asking: Asking) -> None:
    hub.faults.append(Fault("POST ", 403, headers={"Retry-After": "3"}))
    asking.api.send("POST", "issues/1/comments", {"body": "b"})
    assert asking.waits == [3]
    assert len(hub.comments) == 1


def test_an_answer_that_was_cut_is_asked_for_again(hub: Hub, asking: Asking) -> None:
    hub.faults.append(Fault(ASKED, 200, b"{}", {"Content-Length": "9"}))
    assert asking.api.get("actions/runs/101")["id"] == 101
    assert asking.waits == [2]


def test_github_is_asked_by_https_alone_and_its_address_is_checked(
    hub: Hub, asking: Asking, monkeypatch
) -> None:
    with pytest.raises(GitHubError, match="https only"):
        Api("http://127.0.0.1:1", github.REPOSITORY, "t").get("pulls")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(GitHubError, match="cannot be reached"):  # an authority that is not known
        asking.api.get("pulls")
    assert hub.asked == []
    assert asking.waits == []
