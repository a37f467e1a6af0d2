"""What a completed run is answered with: whom it goes to, and what is taken from the run."""

import functools
import json
import os
import re
import shutil
import stat
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.ci import hub as github
from tests.ci.comparisons import archive, comparison, evidence, zipped
from tests.ci.hub import Fault, Hub
from tests.conftest import ROOT
from tests.variants import nightly_after
from truerun.ci import artifact, comment, replies, runs
from truerun.ci.__main__ import main
from truerun.ci.github import Api

HEAD, NEXT = "1" * 40, "2" * 40
GOOD = comparison(HEAD)
WARNED = {
    "rule": "drift",
    "outcome": "warn",
    "unknown": False,
    "asks": "no drift",
    "found": "a little",
    "needed": "",
}
PASSING = {"outcome": "warn", "rules": [WARNED, WARNED | {"rule": "seed", "outcome": "pass"}]}
GOOD_GATE = comparison(HEAD, gate=PASSING)
LEFT = "the run left no evidence behind"


@dataclass
class Asked:
    """What is done with GitHub's stand-in, and what main's code makes of a run's evidence."""

    hub: Hub
    judged: dict[int, bytes | str]  # a comparison, or what is printed to stderr
    run: Callable[..., dict[str, str]]

    def __call__(self, number: int = 101, attempt: int = 1) -> dict[str, str]:
        """Do what verdict.yml does; the outputs of its job `write`."""
        return self.run(number, attempt)


@functools.cache
def cml_step() -> str:
    """The script by which verdict.yml posts with CML."""
    content = yaml.safe_load((ROOT / ".github/workflows/verdict.yml").read_text("utf-8"))
    script: str = content["jobs"]["cml"]["steps"][-1]["run"]
    return script


@pytest.fixture
def answer(
    hub: Hub, programs: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Asked:
    """Do what verdict.yml does."""
    monkeypatch.chdir(ROOT)
    outputs, text, judged = (tmp_path / name for name in ("outputs", "verdict.md", "judged"))
    for name, value in {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PYTHONPATH": "src",
        "SSL_CERT_FILE": str(certificate),
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "GITHUB_API_URL": f"{hub.address}/api/v3",
        "GITHUB_SERVER_URL": hub.address,
        "GITHUB_REPOSITORY": github.REPOSITORY,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(outputs),
    }.items():
        monkeypatch.setenv(name, value)

    def told() -> dict[str, str]:
        lines = outputs.read_text().splitlines()
        outputs.write_text("")
        return dict(line.split("=", 1) for line in lines)

    def judge(number: int, attempt: int) -> None:
        folder = tmp_path / "evidence"
        for path in (judged, folder):
            shutil.rmtree(path, ignore_errors=True)
        main(["evidence", "fetch", str(number), str(attempt), str(folder), str(judged)])
        if not told():
            return
        assert (folder / "evidence.json").is_file()
        judged.mkdir()
        made = asked.judged[number]
        name = replies.ERRORS if isinstance(made, str) else replies.COMPARISON
        (judged / name).write_bytes(made.encode() if isinstance(made, str) else made)

    def run(number: int, attempt: int) -> dict[str, str]:
        outputs.write_text("")
        monkeypatch.setenv("GITHUB_TOKEN", github.READ)
        judge(number, attempt)
        main(["verdict", "write", str(number), str(attempt), str(judged), str(text)])
        found = told()
        if found["answer"] == "no":
            return found
        monkeypatch.setenv("GITHUB_TOKEN", github.WRITE)
        commit = hub.runs[number]["head_sha"]
        status = ["verdict", "status", commit, found["state"], found["description"]]
        main([*status, "--run-url", "https://example.org/1"])
        if "pull" in found:
            if found["cml"] == "true" and (programs / "cml").exists():
                post_with_cml(text.parent, programs, commit, found["pull"])
            main(["verdict", "post", str(number), str(attempt), str(text)])
        return found

    asked = Asked(hub, {101: GOOD, 102: GOOD}, run)
    return asked


def post_with_cml(folder: Path, programs: Path, commit: str, pull: str) -> None:
    """Do the step of verdict.yml, which may fail."""
    (folder / "cml").write_bytes((programs / "cml").read_bytes())
    variables = {"REPO_TOKEN": github.WRITE, "COMMIT": commit, "PULL": pull, "SECRET": "s"}
    script = ["bash", "-e", "-c", cml_step()]
    subprocess.run(script, cwd=folder, env={**os.environ, **variables}, check=False)


@pytest.fixture
def posted(hub: Hub) -> Hub:
    """GitHub with a pull request whose run left evidence behind."""
    hub.pull(HEAD)
    hub.artifacts[101] = [("evidence", evidence(HEAD))]
    return hub


@pytest.fixture
def api(hub: Hub, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """GitHub's interface, that waits no time."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    address = f"{hub.address}/api/v3"
    return Api(address, github.REPOSITORY, github.READ, sleep=lambda _: None)


@pytest.mark.slow
def test_cml_posts_in_a_home_of_its_own_and_publishes_nothing(
    posted: Hub, answer: Asked, tmp_path: Path, capfd
) -> None:
    assert answer()["cml"] == "true"
    (told,) = posted.comments
    assert told["user"] == {"login": github.BOT}
    assert "validate" in told["body"]
    assert comment.SIGNED.search(told["body"])
    assert (tmp_path / "summary.md").read_text().strip() in told["body"]
    assert "#1: it was there already" in capfd.readouterr().out  # so CML has posted it
    assert posted.leaked == []  # the store of artifacts, which is another host, sees no token
    if "CML" in os.environ:
        return
    kept = json.loads((tmp_path / "cml.json").read_text())
    assert "--publish=false" in kept["call"]
    assert "--target=pr/1" in kept["call"]
    assert f"--watermark-title={comment.TITLE}" in kept["call"]
    home = Path(kept["environment"]["HOME"])
    assert home not in (Path.home(), tmp_path)
    expected = {"PATH", "HOME", "ITERATIVE_DO_NOT_TRACK", "REPO_TOKEN", "GITHUB_SHA"}
    expected |= {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"}
    assert set(kept["environment"]) - {"LC_CTYPE"} == expected
    assert github.WRITE not in " ".join(kept["call"])


@pytest.mark.slow
def test_the_status_says_what_the_gate_does(posted: Hub, answer: Asked) -> None:
    assert answer()["state"] == "failure"
    answer.judged[101] = GOOD_GATE
    assert answer()["state"] == "success"
    shown = [(s["commit"], s["context"], s["state"], s["description"]) for s in posted.statuses]
    assert shown == [
        (HEAD, "verdict", "failure", "1 of 1 rules fail: pipeline"),
        (HEAD, "verdict", "success", "1 of 2 rules warn: drift"),
    ]
    passing = {"outcome": "pass", "rules": [WARNED | {"outcome": "pass"}]}
    answer.judged[101] = comparison(HEAD, gate=passing)
    assert answer()["description"] == "all 1 rules pass"


@pytest.mark.slow
def test_a_second_push_changes_the_comment(posted: Hub, answer: Asked) -> None:
    answer()
    posted.pulls[0]["head"]["sha"] = NEXT
    posted.runs[102] = posted.run(102, posted.pulls[0]["head"])
    posted.artifacts[102] = [("evidence", evidence(NEXT))]
    answer.judged[102] = comparison(NEXT)
    answer(102)
    assert len(posted.comments) == 1
    assert NEXT in posted.comments[0]["body"]


@pytest.mark.slow
@pytest.mark.parametrize("why", ["missing", "fails"])
def test_githubs_interface_does_what_cml_cannot(
    why: str, posted: Hub, answer: Asked, programs: Path, capfd
) -> None:
    cml = (programs / "cml").read_bytes()
    (programs / "cml").write_bytes(b"#!/bin/sh\nexit 7\n")
    if why == "missing":
        (programs / "cml").unlink()
    answer()
    assert "#1: posted" in capfd.readouterr().out
    answer()
    assert len(posted.comments) == 1
    (programs / "cml").write_bytes(cml)
    (programs / "cml").chmod(0o755)
    answer()  # CML comes to the same comment
    assert len(posted.comments) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET .*/issues/1/comments$", 429, headers={"Retry-After": "0"}),
        Fault("POST .*/comments$", 502),
        Fault("POST .*/comments$", 502, done=True),
        Fault("POST .*/comments$", None, done=True),
    ],
    ids=["put off", "failed", "failed, but done", "cut, but done"],
)
def test_what_cml_could_not_do_or_did_in_spite_of_an_error_is_one_comment(
    fault: Fault, posted: Hub, answer: Asked
) -> None:
    posted.faults.append(fault)
    assert answer()["cml"] == "true"
    assert posted.faults == []
    assert len(posted.comments) == 1


@pytest.mark.slow
def test_a_comment_of_someone_else_with_our_mark_is_left_alone(posted: Hub, answer: Asked) -> None:
    planted = f"All is well\n\n{comment.MARK.format(commit=HEAD)}"
    posted.comment(planted, user="someone")
    assert answer()["cml"] == "false"
    answer()
    assert posted.comments[0]["body"] == planted
    assert [told["user"]["login"] for told in posted.comments] == ["someone", github.BOT]


@pytest.mark.slow
def test_the_comment_is_found_behind_any_number_of_others(posted: Hub, answer: Asked) -> None:
    for number in range(130):
        posted.comment(f"A thought, the {number}th", user="someone")
    answer()
    assert answer()["cml"] == "false"  # it looks at the first 30
    assert len(posted.comments) == 131


@pytest.mark.slow
def test_a_fork_is_answered(hub: Hub, answer: Asked, api: Api) -> None:
    hub.pull(HEAD, "a/branch#1 & more", github.FORK)
    hub.artifacts[101] = [("evidence", evidence(HEAD))]
    assert api.get(f"commits/{HEAD}/pulls") == []  # GitHub does not know it by its commit
    answer()
    assert len(hub.comments) == 1
    assert [status["commit"] for status in hub.statuses] == [HEAD]


@pytest.mark.slow
def test_of_several_pull_requests_with_the_commit_the_runs_own_is_answered(
    hub: Hub, answer: Asked, capfd
) -> None:
    hub.pull(HEAD, "topic", github.FORK)
    hub.pull(HEAD, "other")
    hub.pull(HEAD, "topic", None)  # of a fork that is gone
    hub.artifacts[101] = hub.artifacts[102] = [("evidence", evidence(HEAD))]
    assert answer(101)["pull"] == "1"  # the fork's
    assert len(hub.comments) == 1
    hub.pulls[0]["state"] = "closed"
    assert answer(101) == {"answer": "no"}
    assert answer(103) == {"answer": "no"}
    assert "nothing is posted" in capfd.readouterr().out
    assert len(hub.comments) == 1


def test_a_pull_request_from_a_repository_of_the_same_name_is_another(
    hub: Hub, answer: Asked
) -> None:
    hub.pull(HEAD, "topic", github.FORK)
    hub.runs[101]["head_repository"] = github.FORK | {"id": 8}  # deleted, and made anew
    assert answer() == {"answer": "no"}


@pytest.mark.slow
def test_a_commit_that_is_open_against_two_bases_gets_no_success(
    posted: Hub, answer: Asked
) -> None:
    answer.judged[101] = GOOD_GATE
    posted.pull(HEAD, "topic", base="release")
    del posted.runs[102]  # it starts no run
    found = answer()
    assert found["state"] == posted.statuses[-1]["state"] == "error"
    assert "open against main, release" in found["description"]
    assert "No verdict for" in posted.comments[0]["body"].splitlines()[0]
    assert "drift" in posted.comments[0]["body"]  # what was found is told all the same
    posted.pulls[1]["head"] |= {"ref": "other", "repo": github.FORK}  # one status all the same
    assert answer()["state"] == "error"
    posted.pulls[1]["state"] = "closed"
    assert answer()["state"] == "success"


@pytest.mark.slow
def test_a_merge_queue_gets_a_status_and_no_comment(posted: Hub, answer: Asked) -> None:
    answer.judged[101] = GOOD_GATE
    queue = {"event": "merge_group", "head_branch": f"gh-readonly-queue/main/pr-1-{NEXT}"}
    posted.runs[101] |= queue
    found = answer()
    assert "pull" not in found
    assert [(s["commit"], s["state"]) for s in posted.statuses] == [(HEAD, "success")]
    assert posted.comments == []
    posted.runs[101]["head_branch"] = f"gh-readonly-queue/release/pr-1-{NEXT}"
    assert answer() == {"answer": "no"}


def moved_on(hub: Hub) -> None:
    hub.pulls[0]["head"] = hub.pulls[0]["head"] | {"sha": NEXT}
    hub.pulls[0]["before"] = HEAD


def run_anew(hub: Hub) -> None:
    hub.runs[102] = hub.run(102, hub.pulls[0]["head"]) | {"conclusion": None}


def tried_anew(hub: Hub) -> None:
    hub.runs[101] |= {"run_attempt": 2, "conclusion": None}


@pytest.mark.parametrize("newer", [moved_on, run_anew, tried_anew])
@pytest.mark.parametrize("conclusion", ["success", "cancelled"])
def test_a_superseded_run_stays_silent(
    newer: Callable[[Hub], None], conclusion: str, posted: Hub, answer: Asked, capfd
) -> None:
    posted.runs[101]["conclusion"] = conclusion
    newer(posted)
    assert answer() == {"answer": "no"}
    assert "nothing is posted" in capfd.readouterr().out
    assert (posted.comments, posted.statuses) == ([], [])


@pytest.mark.slow
def test_a_newer_run_of_another_branch_supersedes_nothing(posted: Hub, answer: Asked) -> None:
    posted.pull(HEAD, "other")
    posted.pull(HEAD, "topic", github.FORK)
    assert answer()["pull"] == "1"


@pytest.mark.parametrize(
    ("differs", "told"),
    [
        ({"event": "push"}, "not for a pull request"),
        ({"path": ".github/workflows/own.yml"}, "not of .github/workflows/pull-request.yml"),
    ],
)
def test_a_run_of_another_kind_is_not_answered(
    differs: dict[str, str], told: str, posted: Hub, answer: Asked, capfd
) -> None:
    posted.runs[101] |= differs
    assert answer() == {"answer": "no"}
    assert told in capfd.readouterr().out


@pytest.mark.slow
def test_a_path_with_a_commit_behind_it_is_the_same_path(posted: Hub, answer: Asked) -> None:
    posted.runs[101]["path"] += "@refs/heads/main"
    assert answer()["pull"] == "1"


def expired(hub: Hub) -> None:
    hub.expired.add(101)


def expired_meanwhile(hub: Hub) -> None:
    gone = b'{"message": "Artifact has expired"}'
    hub.faults.append(Fault("GET .*/artifacts/1010/zip", 410, gone))


def nothing_left(hub: Hub) -> None:
    hub.artifacts.clear()


def ended(conclusion: str) -> Callable[[Hub], None]:
    """A run that ended so, whatever it left behind."""

    def end(hub: Hub) -> None:
        hub.runs[101]["conclusion"] = conclusion

    return end


def html(hub: Hub) -> None:
    hub.faults.append(Fault("GET .*/artifacts", 200, b"<html>Unicorn</html>"))


def forbidden(hub: Hub) -> None:
    words = b'{"message": "Resource not accessible by integration"}'
    hub.faults.append(Fault("GET .*/artifacts", 403, words))


NO_VERDICT = {
    "left nothing": (nothing_left, LEFT),
    "expired": (expired, "has expired: run it again"),
    "expired meanwhile": (expired_meanwhile, "has expired: run it again"),
    "cancelled": (ended("cancelled"), "cancelled, or passed its time limit"),
    "timed out": (ended("timed_out"), "passed its time limit"),
    "not approved": (ended("action_required"), "must approve the run first"),
    "not started": (ended("startup_failure"), "could not start"),
    "something new": (ended("melted"), "ended as melted"),
    "HTML": (html, "is not JSON"),
    "an error": (forbidden, "403 Forbidden: Resource not accessible by integration"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", nightly_after(5, NO_VERDICT))
def test_an_old_verdict_is_replaced_by_why_there_is_none(
    case: str, posted: Hub, answer: Asked
) -> None:
    answer()
    spoil, why = NO_VERDICT[case]
    spoil(posted)
    assert answer()["state"] == "error"
    (told,) = posted.comments
    assert told["body"].startswith(f"**No verdict for {HEAD[:8]}:** ")
    assert why in told["body"].replace("`", "")
    assert "validate failed" not in told["body"]
    assert f"/{github.REPOSITORY}/actions/runs/101" in told["body"]
    assert posted.statuses[-1]["state"] == "error"
    assert posted.statuses[-1]["description"].startswith("No verdict: ")
    assert len(posted.statuses[-1]["description"]) <= 140


@pytest.mark.slow
def test_where_nothing_was_written_that_is_posted(posted: Hub, answer: Asked, tmp_path) -> None:
    answer()
    main(["verdict", "post", "101", "1", str(tmp_path / "nothing.md")])
    (told,) = posted.comments
    assert "the workflow Verdict failed" in told["body"]


@pytest.mark.slow
def test_the_newest_try_of_a_run_counts(posted: Hub, answer: Asked) -> None:
    posted.artifacts[101].insert(0, ("evidence", b"of the first try"))
    assert answer()["state"] == "failure"


def link(name: str) -> zipfile.ZipInfo:
    """A name that is a link."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def twice(name: str) -> bytes:
    """An archive with two files of one name."""
    with warnings.catch_warnings(action="ignore"):
        return zipped((name, b"{}"), (name, GOOD))


def understated(content: bytes, size: int) -> bytes:
    """An archive that tells of a smaller size than its file has."""
    true = size.to_bytes(4, "little")
    assert content.count(true) == 2  # beside the file, and in the directory at the end
    return content.replace(true, (1000).to_bytes(4, "little"))


LARGE = b" " * (artifact.MOST_TAKEN + 1)
ARCHIVES = {
    "no archive": (b"PK, but no archive", "cannot be read"),
    "cut": (evidence(HEAD)[:-30], "cannot be read"),
    "a name that leads up": (zipped(("../evidence.json", GOOD)), r"'\.\./evidence\.json'"),
    "a name that leads up later": (zipped(("data/../../x", GOOD)), "which it should not"),
    "a name from the root": (zipped(("/etc/evidence.json", GOOD)), r"'/etc/evidence\.json'"),
    "a backslash": (zipped(("..\\evidence.json", GOOD)), "which it should not"),
    "a drive": (zipped(("C:evidence.json", GOOD)), "which it should not"),
    "a folder": (zipped(("evidence.json/", b"")), "which it should not"),
    "a deep name": (zipped(("a/" * 5 + "b", b"")), "which it should not"),
    "a file of Git": (zipped(("evidence.json", GOOD), (".git/config", b"")), "git/config"),
    "a command for the runner": (zipped(("a\n::set-env name=X::", GOOD)), r"'a\\n::set-env"),
    "a link": (zipped((link("evidence.json"), b"/etc/passwd")), "not a plain file"),
    "two of one name": (twice("evidence.json"), "evidence.json twice"),
    "a file and a folder of one name": (zipped(("a", b""), ("a/b", b"")), "cannot be unpacked"),
    "many files": (zipped(*((f"{n}", b"") for n in range(5001))), "5,001 files"),
    "many bytes in all": (
        zipped(*((f"{n}", b" " * 13_000_000) for n in range(5))),
        "4 takes the artifact over",
    ),
    "a large file, told to be small": (
        understated(zipped(("evidence.json", LARGE)), len(LARGE)),
        "cannot be read|takes the artifact",
    ),
    "a large archive": (b"PK" + b" " * 64_000_000, "more than 64,000,000 bytes"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", nightly_after(9, ARCHIVES))
def test_evidence_that_is_not_as_it_should_be_is_refused_and_that_is_told(
    case: str, posted: Hub, answer: Asked, tmp_path: Path
) -> None:
    content, message = ARCHIVES[case]
    posted.artifacts[101] = [("evidence", content)]
    assert answer()["state"] == "error"
    (told,) = posted.comments
    assert told["body"].startswith(f"**No verdict for {HEAD[:8]}:** ")
    assert re.search(message, told["body"].replace("`", ""))
    assert not re.search("^::", told["body"], re.MULTILINE)
    files = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert files in ([], [tmp_path / "evidence/a"])  # the one whose name is a folder's, too


INFORMATION = {
    "nothing": (zipped(), LEFT),
    "two of one name": (twice("comparison.json"), LEFT),
    "a large file": (zipped(("comparison.json", LARGE)), LEFT),
    "a link": (zipped((link("comparison.json"), b"/etc/passwd")), LEFT),
    "another file": (zipped(("comparison.json", GOOD), ("x", b"")), LEFT),
    "a comparison": (archive(comparison=GOOD, report=b"<html>"), "evidence too large: "),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", INFORMATION)
def test_what_a_run_compares_by_itself_is_shown_and_is_no_verdict(
    case: str, posted: Hub, answer: Asked
) -> None:
    content, message = INFORMATION[case]
    posted.artifacts[101] = [("comparison", content)]
    found = answer()
    assert found["state"] == "error"
    assert message in found["description"]
    (told,) = posted.comments
    assert ("validate failed" in told["body"]) == (case == "a comparison")


COMPARISONS = {
    "a large file": (LARGE, "more than 5,000,000 bytes"),
    "no JSON": (b"{", "the comparison is refused: "),
    "an unknown key": (comparison(HEAD, extra=1), "extra"),
    "a wrong type": (comparison(HEAD, version="1"), "version"),
    "a long text": (comparison(HEAD, predicts="x" * 2000), "predicts"),
    "another outcome than that of its rules": (
        comparison(HEAD, gate=PASSING | {"outcome": "pass"}),
        "not that of its rules",
    ),
    "another commit": (comparison(NEXT), "is of the commit 2222"),
    "errors": (
        "A warning\nerror: params.yaml: gate.new is not a known key\nerror: main's code judges\n",
        "params.yaml: gate.new is not a known key; main's code judges",
    ),
    "an error without words": ("Killed\n", "failed before it judged"),
}


@pytest.mark.slow
@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize("case", COMPARISONS)
def test_a_comparison_that_is_not_as_it_should_be_is_no_verdict(
    case: str, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    content, message = COMPARISONS[case]
    name = replies.ERRORS if isinstance(content, str) else replies.COMPARISON
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    run, _ = runs.asked(api, 101, 1)
    found = replies.reply(api, run, tmp_path)
    assert found.state == "error"
    assert re.search(message, found.description + found.text.replace("`", ""))
    assert found.text.startswith(f"**No verdict for {HEAD[:8]}:** ")
    assert len(found.text.splitlines()) == 1
    assert "\n" not in found.description
    assert len(found.description) <= 140


@pytest.mark.usefixtures("posted")
def test_where_the_judge_broke_down_that_is_told(api: Api, tmp_path: Path) -> None:
    run, _ = runs.asked(api, 101, 1)
    assert replies.UNJUDGED in replies.reply(api, run, tmp_path / "nothing").description


@pytest.mark.slow
@pytest.mark.usefixtures("posted")
def test_a_text_that_is_too_long_for_github_is_no_verdict(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / replies.COMPARISON).write_bytes(GOOD)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(comment, "LONGEST", 500)
    run, _ = runs.asked(api, 101, 1)
    assert "500 are allowed" in replies.reply(api, run, tmp_path).description


def test_what_is_needed_of_the_environment_is_said(monkeypatch, capfd) -> None:
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit):
        main(["verdict", "post", "101", "1", "verdict.md"])
    assert "set GITHUB_REPOSITORY and GITHUB_TOKEN" in capfd.readouterr().err
