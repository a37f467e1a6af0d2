"""The part that may write: whom it answers, what it takes from a run, and how it posts."""

import json
import os
import re
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci import hub as github
from tests.ci.comparisons import archive, comparison, zipped
from tests.ci.hub import Hub
from tests.conftest import ROOT
from truerun.ci import artifact, comment
from truerun.ci.__main__ import main
from truerun.ci.github import Api, GitHubError

HEAD, NEXT = "1" * 40, "2" * 40
WHOLE = archive(comparison=comparison(HEAD), report=b"<html>")


@pytest.fixture
def answer(
    hub: Hub, programs: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., int]:
    """Run the verb as comment.yml does; its exit status."""
    monkeypatch.chdir(ROOT)

    def run(number: int = 101, token: str = github.WRITE) -> int:
        for name, value in {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": "src",
            "SSL_CERT_FILE": str(certificate),
            "NODE_EXTRA_CA_CERTS": str(certificate),
            "GITHUB_API_URL": f"{hub.address}/api/v3",
            "GITHUB_SERVER_URL": hub.address,
            "GITHUB_REPOSITORY": github.REPOSITORY,
            "GITHUB_TOKEN": token,
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }.items():
            monkeypatch.setenv(name, value)
        try:
            main(["comment", str(number)])
        except SystemExit as stopped:
            return int(str(stopped.code))
        return 0

    return run


@pytest.fixture
def posted(hub: Hub) -> Hub:
    """GitHub with a pull request whose run left a comparison behind."""
    hub.pull(HEAD)
    hub.artifacts[101] = [WHOLE]
    return hub


def test_cml_posts_in_a_home_of_its_own_and_publishes_nothing(
    posted: Hub, answer: Callable[..., int], programs: Path, tmp_path: Path, capfd
) -> None:
    assert answer() == 0
    (told,) = posted.comments
    assert told["user"] == {"login": github.BOT}
    assert "validate" in told["body"]
    assert comment.MARKED.search(told["body"])
    assert (tmp_path / "summary.md").read_text() in told["body"]
    assert "posted to #1 by CML" in capfd.readouterr().out
    assert posted.leaked == []  # the store of artifacts, which is another host, sees no token
    if "CML" in os.environ:
        return
    kept = json.loads((programs / "cml.json").read_text())
    assert "--publish=false" in kept["call"]
    assert "--target=pr/1" in kept["call"]
    home = Path(kept["environment"]["HOME"])
    assert home != Path.home()
    assert not home.exists()
    expected = {"HOME", "ITERATIVE_DO_NOT_TRACK", "REPO_TOKEN", "GITHUB_SHA", *comment.KEPT}
    assert set(kept["environment"]) - {"LC_CTYPE"} == expected
    assert github.WRITE not in " ".join(kept["call"])


def test_a_second_push_changes_the_comment(posted: Hub, answer: Callable[..., int]) -> None:
    assert answer() == 0
    posted.pulls[0]["head"]["sha"] = NEXT
    posted.runs[102] = posted.run(102, posted.pulls[0]["head"])
    posted.artifacts[102] = [archive(comparison=comparison(NEXT), report=b"")]
    assert answer(102) == 0
    assert len(posted.comments) == 1
    assert NEXT in posted.comments[0]["body"]


@pytest.mark.parametrize("why", ["missing", "fails"])
def test_githubs_interface_does_what_cml_cannot(
    why: str, posted: Hub, answer: Callable[..., int], programs: Path
) -> None:
    cml = (programs / "cml").read_bytes()
    (programs / "cml").write_bytes(b"#!/bin/sh\nexit 7\n")
    if why == "missing":
        (programs / "cml").unlink()
    assert answer() == 0
    assert answer() == 0
    assert len(posted.comments) == 1
    (programs / "cml").write_bytes(cml)
    (programs / "cml").chmod(0o755)
    assert answer() == 0  # CML comes to the same comment
    assert len(posted.comments) == 1


def test_a_comment_of_someone_else_with_our_mark_is_left_alone(
    posted: Hub, answer: Callable[..., int]
) -> None:
    planted = f"All is well\n\n{comment.MARK.format(commit=HEAD)}"
    posted.comment(planted, user="someone")
    assert answer() == 0
    assert answer() == 0
    assert posted.comments[0]["body"] == planted
    assert [told["user"]["login"] for told in posted.comments] == ["someone", github.BOT]


def test_the_comment_is_found_behind_any_number_of_others(
    posted: Hub, answer: Callable[..., int]
) -> None:
    for number in range(130):
        posted.comment(f"A thought, the {number}th", user="someone")
    assert answer() == 0
    assert answer() == 0
    assert len(posted.comments) == 131


def test_of_several_pull_requests_with_the_commit_the_runs_own_is_answered(
    hub: Hub, answer: Callable[..., int], capfd
) -> None:
    hub.pull(HEAD, "topic", github.FORK)
    hub.pull(HEAD, "other")
    hub.pull(HEAD, "topic", None)  # of a fork that is gone
    hub.artifacts[101] = hub.artifacts[102] = [WHOLE]
    assert answer(101) == 0  # the fork's
    assert len(hub.comments) == 1
    hub.pulls[0]["state"] = "closed"
    assert answer(101) == 0
    assert "nothing is posted" in capfd.readouterr().out
    assert len(hub.comments) == 1


def test_nothing_is_posted_when_the_branch_has_moved_on(
    posted: Hub, answer: Callable[..., int], capfd
) -> None:
    posted.pulls[0]["head"] = posted.pulls[0]["head"] | {"sha": NEXT}
    posted.pulls[0]["before"] = HEAD
    assert answer() == 0
    assert "no open pull request has" in capfd.readouterr().out
    assert posted.comments == []


def test_a_run_without_a_comparison_is_told_with_its_log(
    posted: Hub, answer: Callable[..., int]
) -> None:
    posted.artifacts.clear()
    assert answer() == 0
    (told,) = posted.comments
    assert "gave no comparison" in told["body"]
    assert f"/{github.REPOSITORY}/actions/runs/101" in told["body"]


def test_the_newest_try_of_a_run_counts(posted: Hub, answer: Callable[..., int]) -> None:
    posted.artifacts[101].insert(0, b"of the first try")
    assert answer() == 0
    assert len(posted.comments) == 1


def link() -> zipfile.ZipInfo:
    """A name that is a link."""
    entry = zipfile.ZipInfo("comparison.json")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def twice() -> bytes:
    """An archive with two files of one name."""
    with warnings.catch_warnings(action="ignore"):
        return zipped(("comparison.json", b"{}"), ("comparison.json", comparison(HEAD)))


def understated(content: bytes, size: int) -> bytes:
    """An archive that tells of a smaller size than its file has."""
    true = size.to_bytes(4, "little")
    assert content.count(true) == 2  # beside the file, and in the directory at the end
    return content.replace(true, (1000).to_bytes(4, "little"))


GOOD = comparison(HEAD)
LARGE = b" " * (artifact.MOST_TAKEN + 1)
HOSTILE = {
    "no archive": (b"PK, but no archive", "cannot be read"),
    "cut": (WHOLE[:-30], "cannot be read"),
    "nothing": (zipped(), "0 files"),
    "a name that leads up": (zipped(("../comparison.json", GOOD)), r"'\.\./comparison\.json'"),
    "a name from the root": (zipped(("/etc/comparison.json", GOOD)), r"'/etc/comparison\.json'"),
    "a backslash": (zipped(("..\\comparison.json", GOOD)), "which it should not"),
    "a folder": (zipped(("comparison.json/", b"")), "which it should not"),
    "a file of Git": (zipped(("comparison.json", GOOD), (".git/config", b"")), "git/config"),
    "a command for the runner": (zipped(("a\n::set-env name=X::", GOOD)), r"'a\\n::set-env"),
    "a link": (zipped((link(), b"/etc/passwd")), "not a plain file"),
    "two of one name": (twice(), "2 files"),
    "a large file": (zipped(("comparison.json", LARGE)), "more than 5,000,000 bytes"),
    "a large file, told to be small": (
        understated(zipped(("comparison.json", LARGE)), len(LARGE)),
        "cannot be read|more than",
    ),
    "a large archive": (b"PK" + b" " * artifact.MOST, "more than 20,000,000 bytes"),
    "no JSON": (archive(comparison=b"{"), ""),
    "an unknown key": (archive(comparison=comparison(HEAD, extra=1)), "extra"),
    "a wrong type": (archive(comparison=comparison(HEAD, version="1")), "version"),
    "a long text": (archive(comparison=comparison(HEAD, predicts="x" * 2000)), "predicts"),
    "another commit": (archive(comparison=comparison(NEXT)), "is of the commit 2222"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_is_posted_of_an_artifact_that_is_not_as_it_should_be(
    case: str, posted: Hub, answer: Callable[..., int], tmp_path: Path, capfd
) -> None:
    content, message = HOSTILE[case]
    posted.artifacts[101] = [content]
    assert answer() == 1
    errors = capfd.readouterr().err
    assert errors.splitlines()[-1].startswith("error: ")
    assert re.search(message, errors)
    assert not re.search("^::", errors, re.MULTILINE)
    assert posted.comments == []
    assert not (tmp_path / "summary.md").exists()
    assert all(method == "GET" for method, _ in posted.asked)


def test_a_token_that_may_only_read_posts_nothing(
    posted: Hub, answer: Callable[..., int], capfd
) -> None:
    assert answer(token=github.READ) == 1
    assert "GitHub says 403" in capfd.readouterr().err
    assert posted.comments == []


def test_a_run_of_another_kind_is_not_told_of(
    posted: Hub, answer: Callable[..., int], capfd
) -> None:
    posted.runs[101]["event"] = "push"
    assert answer() == 1
    assert "not for a pull request" in capfd.readouterr().err


def test_github_is_asked_by_https_alone_and_its_address_is_checked(hub: Hub, monkeypatch) -> None:
    with pytest.raises(GitHubError, match="https only"):
        Api("http://127.0.0.1:1", github.REPOSITORY, "t").get("pulls")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(GitHubError, match="cannot be reached"):  # an authority that is not known
        Api(f"{hub.address}/api/v3", github.REPOSITORY, github.WRITE).get("pulls")
    assert hub.asked == []


def test_what_is_needed_of_the_environment_is_said(monkeypatch, capfd) -> None:
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit):
        main(["comment", "101"])
    assert "set GITHUB_REPOSITORY and GITHUB_TOKEN" in capfd.readouterr().err
