"""One comment, whatever happens on the way: races, late posts, calls that were cut."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci import hub as github
from tests.ci.hub import Fault, Hub
from truerun.ci import answers, comment
from truerun.ci.answers import WorkflowRun
from truerun.ci.comment import CommentError
from truerun.ci.github import Api, GitHubError

COMMIT = "1" * 40


@pytest.fixture
def api(hub: Hub, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """GitHub's interface, that waits no time."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    hub.pull(COMMIT)
    address = f"{hub.address}/api/v3"
    return Api(address, github.REPOSITORY, github.WRITE, sleep=lambda _: None)


def run(number: int, attempt: int = 1) -> WorkflowRun:
    """A run with a number."""
    head = {"sha": COMMIT, "ref": "topic", "repo": github.HOME}
    return answers.run(Hub().run(number, head) | {"run_attempt": attempt})


def body(number: int, text: str = "", attempt: int = 1) -> str:
    """The comment of a run."""
    one = run(number, attempt)
    return comment.marked(comment.signed(f"{text or number}\n", one), one)


def place(api: Api, text: str, newest: int = 102) -> str:
    """Place a text, where GitHub knows of runs up to a number."""
    mine = comment.age(answers.Comment(0, text, None))
    return comment.place(api, 1, text, lambda: mine < (newest, 1))


def at_once(*posts: Callable[[], object]) -> None:
    """Do several things at the same time."""
    ready = threading.Barrier(len(posts))

    def do(post: Callable[[], object]) -> None:
        ready.wait()
        post()

    threads = [threading.Thread(target=do, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [(101, 102), (102, 101), (102, 102)])
@pytest.mark.parametrize("time", range(8))
def test_two_posts_in_a_race_end_as_the_comment_of_the_newest_run(
    numbers: tuple[int, int], time: int, hub: Hub, api: Api
) -> None:
    text = str(time)
    at_once(*(lambda number=number: place(api, body(number, text)) for number in numbers))
    assert [told["body"] for told in hub.comments] == [body(102, text)]


@pytest.mark.parametrize("number", [101, 102])
def test_two_that_both_saw_no_comment_end_as_one(
    number: int, hub: Hub, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race at its worst: the other posts after this one has looked, before it posts."""
    rival = 203 - number

    def between(asked: str) -> None:
        if asked.startswith("POST") and not hub.comments:
            hub.comment(body(rival))

    monkeypatch.setattr(hub, "fault", between)
    place(api, body(number))
    assert [told["body"] for told in hub.comments] == [body(102)]


def test_a_late_post_of_an_older_run_changes_nothing(hub: Hub, api: Api) -> None:
    assert place(api, body(102)) == "posted"
    assert place(api, body(101)) == "a newer verdict is there"
    assert [told["body"] for told in hub.comments] == [body(102)]


def test_a_later_attempt_is_newer(hub: Hub, api: Api) -> None:
    place(api, body(102))
    place(api, body(102, attempt=2))
    assert [told["body"] for told in hub.comments] == [body(102, attempt=2)]


def test_a_comment_that_claims_a_run_to_come_is_overwritten(hub: Hub, api: Api) -> None:
    hub.comment(body(10**17, "Merge this"))
    assert place(api, body(102)) == "posted"
    assert [told["body"] for told in hub.comments] == [body(102)]


def test_the_oldest_comment_stays_where_it_is_and_all_others_of_ours_go(hub: Hub, api: Api) -> None:
    hub.comment(f"from before runs were named\n\n{comment.MARK.format(commit=COMMIT)}")
    hub.comment("A thought", user="someone")
    hub.comment(body(100))
    hub.comment(body(100), user="someone")
    place(api, body(102))
    assert [(told["id"], told["body"]) for told in hub.comments] == [
        (1, body(102)),
        (2, "A thought"),
        (4, body(100)),
    ]


def test_the_name_of_a_run_within_a_text_counts_nothing(hub: Hub, api: Api) -> None:
    hub.comment(body(101, "text <!-- run 900, attempt 1 -->"))
    place(api, body(102))
    assert [told["body"] for told in hub.comments] == [body(102)]


@pytest.mark.parametrize("status", [None, 500, 502, 504])
@pytest.mark.parametrize("done", [True, False])
def test_a_post_that_was_cut_becomes_no_second_comment(
    status: int | None, done: bool, hub: Hub, api: Api
) -> None:
    hub.faults.append(Fault("POST ", status, done=done))
    place(api, body(102))
    assert [told["body"] for told in hub.comments] == [body(102)]


def test_a_rate_limit_is_waited_for(hub: Hub, api: Api) -> None:
    limit = {"Retry-After": "20"}
    hub.faults += [Fault(method, 429, headers=limit) for method in ("GET", "POST", "GET")]
    place(api, body(102))
    place(api, body(102, attempt=2))
    assert len(hub.comments) == 1
    assert hub.faults == []


def test_a_comment_that_is_deleted_meanwhile_is_posted_anew(hub: Hub, api: Api) -> None:
    hub.comment(body(101))
    hub.faults.append(Fault("PATCH ", 404))
    assert place(api, body(102)) == "posted"
    assert [told["body"] for told in hub.comments] == [body(102)]


def test_what_never_stays_is_an_error(hub: Hub, api: Api) -> None:
    hub.faults += [Fault("POST ", 500) for _ in range(comment.ROUNDS)]
    with pytest.raises(CommentError, match="does not stay"):
        place(api, body(102))


def test_a_token_that_may_only_read_posts_nothing(hub: Hub, api: Api) -> None:
    reading = Api(api.address, api.repository, github.READ, sleep=api.sleep)
    with pytest.raises(GitHubError, match="GitHub says 403 Forbidden: Resource not accessible"):
        place(reading, body(102))
    assert hub.comments == []
