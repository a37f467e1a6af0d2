"""The workflows of a pull request as they are, run by act on real ones of the sample."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ci import hub as github
from tests.ci.comparisons import zipped
from tests.ci.hub import Fault, Hub
from tests.ci.runner import Machine, Ran
from tests.conftest import Project
from tests.flights.ci.conftest import Machines
from tests.variants import nightly_after
from truerun.comparison.comparison import Comparison

pytestmark = pytest.mark.slow

# The jobs of verdict.yml.
ALL = dict.fromkeys(("judge", "write", "status", "get-cml", "cml", "comment"), "success")
# Code of a change, in place of how its stage `evaluate` starts.
FORGERY = """
    def forge():
        import os
        from pathlib import Path

        main()
        figures = Path("metrics/evaluate.json")
        figures.write_text(figures.read_text().replace('"roc_auc": 0.5', '"roc_auc": 0.9'))
        if temporary := os.environ.get("RUNNER_TEMP"):
            for program in ("judge", "compare", "gate"):
                for path in Path(temporary, "src/truerun", program).glob("__main__.py"):
                    path.write_text("")

    run_stage(forge, __doc__)
"""
SILENT = dict.fromkeys(("judge", "write"), "success")


@dataclass(frozen=True)
class Answered:
    """A pull request whose checks are through, and what it was answered."""

    commit: str
    ran: Ran
    artifacts: list[tuple[str, bytes]]
    answer: Ran
    hub: Hub
    machine: Machine

    @property
    def comparison(self) -> Comparison:
        """What main's code made of the evidence."""
        with zipfile.ZipFile(self.machine.kept / "judged.zip") as archive:
            return Comparison.model_validate_json(archive.read("comparison.json"))

    @property
    def states(self) -> list[tuple[str, str]]:
        """The statuses that were set."""
        return [(status["commit"], status["state"]) for status in self.hub.statuses]

    @property
    def comment(self) -> str:
        """The one comment."""
        (told,) = self.hub.comments
        return str(told["body"])

    def rule(self, name: str) -> str:
        """The outcome of a rule of the gate."""
        return next(rule.outcome for rule in self.comparison.gate.rules if rule.rule == name)


Check = Callable[..., Answered]


@pytest.fixture(scope="module")
def weak(origin: Project, warm_path: str) -> Project:
    """Main with so few trees that a pull request can improve it; the rules are for the sample."""
    origin.edit("params.yaml", "max_iter: 40", "max_iter: 2")
    origin.edit("params.yaml", "roc_auc: {min: 0.65}", "roc_auc: {min: 0.6}")
    origin.edit("params.yaml", "train_test_gap: {roc_auc: 0.2}", "train_test_gap: {roc_auc: 0.3}")
    origin.run("dvc", "repro", "--quiet", PATH=warm_path)
    origin.commit("Few trees")
    return origin


def commit_of(project: Project, name: str) -> str:
    return project.run("git", "rev-parse", name).strip()


@pytest.fixture(scope="module")
def check(weak: Project, machines: Machines, certificate: Path, warm_path: str) -> Iterator[Check]:
    """Make a branch from main, run the checks of its pull request, and answer it."""
    stack = ExitStack()

    def run(
        branch: str,
        edit: Callable[[Project], Any],
        *,
        run: bool,
        repository: Any = github.HOME,
        labels: Sequence[str] = (),
    ) -> Answered:
        weak.run("git", "checkout", "--quiet", "-b", branch, "main")
        edit(weak)
        if run:
            weak.run("dvc", "repro", "--quiet", PATH=warm_path)
        weak.commit(f"Change: {branch}")
        commit = commit_of(weak, "HEAD")
        weak.run("git", "update-ref", "refs/heads/master", commit)  # a name that takes no one in
        weak.run("git", "checkout", "--quiet", "main")
        weak.run("dvc", "checkout", "--quiet", PATH=warm_path)
        machine = machines()
        head = {"sha": commit, "ref": branch, "repo": repository}
        base = {"sha": commit_of(weak, "main"), "ref": "main", "repo": github.HOME}
        pull = {"number": 1, "head": head, "base": base}
        pull["labels"] = [{"name": label} for label in labels]
        payload = {"number": 1, "pull_request": pull}
        ran = machine.act("pull-request.yml", "pull_request", payload, weak.root, PYTHONPATH="src")
        assert set(ran.jobs) == {"pipeline"}, ran.log
        assert not (machine.kept / "gh").exists()
        artifacts = [(path.stem, path.read_bytes()) for path in sorted(machine.kept.glob("*.zip"))]
        hub = stack.enter_context(github.serve(Hub(), certificate))
        hub.pull(commit, branch, repository)
        hub.artifacts[101] = artifacts
        hub.runs[101]["conclusion"] = ran.jobs["pipeline"]
        judge = machines()
        return Answered(commit, ran, artifacts, ask(judge, hub, weak), hub, judge)

    with stack:
        yield run


def improve(project: Project) -> None:
    """More trees, and a parameter that changes no score."""
    project.edit("params.yaml", "max_iter: 2", "max_iter: 40")
    project.edit("params.yaml", "importance_rows: 100", "importance_rows: 90")


@pytest.fixture(scope="module")
def better(check: Check) -> Answered:
    """More trees, run and committed by the author."""
    return check("better", improve, run=True)


@pytest.fixture(scope="module")
def explained(check: Check) -> Answered:
    """The same, of an author who wants to know what they are good for."""
    return check("explained", improve, run=True, labels=("explain",))


@pytest.fixture(scope="module")
def worse(check: Check) -> Answered:
    """No model to speak of."""
    model = "model: hist_gradient_boosting"
    return check("worse", lambda p: p.edit("params.yaml", model, "model: baseline"), run=True)


def test_a_pull_request_that_improves_passes(better: Answered) -> None:
    assert set(better.ran.jobs.values()) == {"success"}, better.ran.log
    assert [name for name, _ in better.artifacts] == ["evidence"]
    assert running(better.answer) == ALL, better.answer.log
    assert better.states == [(better.commit, "success")]
    told = better.comparison
    assert (told.head.name, told.head.commit) == ("this pull request", better.commit)
    assert told.base.name == "main"
    assert told.reproduction.state == "reproduced"
    first = told.metrics.paired[0].differences[0]
    assert (first.metric, first.verdict) == ("roc_auc", "better")
    assert told.gate.outcome in ("pass", "warn")
    assert told.provenance.exact
    assert told.provenance.recomputed == ()
    assert "ROC AUC" in better.comment


@pytest.mark.nightly
def test_the_label_explain_has_the_run_claim_whose_doing_it_was(
    better: Answered, explained: Answered
) -> None:
    claimed = explained.comparison.attribution
    assert claimed is not None, explained.ran.log
    assert not hasattr(claimed, "missing"), claimed
    assert claimed.claimed
    trees, importance = claimed.shares
    assert (trees.group, trees.verdict) == ("parameters of train", "better")
    assert (importance.group, importance.share) == ("parameters of evaluate", 0.0)
    assert "(claimed): parameters of train +0." in explained.comment
    assert "### Why, claimed" in explained.comment
    assert better.comparison.attribution is None  # it has no such label


@pytest.mark.nightly
def test_one_that_worsens_ends_well_and_is_judged_red(worse: Answered) -> None:
    assert worse.ran.jobs == {"pipeline": "success"}, worse.ran.log
    assert worse.states == [(worse.commit, "failure")]
    assert worse.rule("roc_auc, loss") == "fail"
    assert worse.rule("reproducibility") == "pass"


def test_a_fork_that_breaks_the_contract_is_run_without_any_right_and_told_what_failed(
    check: Check,
) -> None:
    def edit(project: Project) -> None:
        path = project.root / "data/raw/flights/2013-08.csv"
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content.replace(b",B6,", b",ZZ,"))
        project.run("dvc", "commit", "--force", "data/raw.dvc")

    broken = check("broken", edit, run=False, repository=github.FORK)
    assert broken.ran.jobs["pipeline"] == "failure"
    assert broken.states == [(broken.commit, "failure")]
    assert broken.comparison.reproduction.failed == "validate"
    assert "column carrier" in broken.comparison.reproduction.error
    assert broken.rule("pipeline") == "fail"
    assert [change.path for change in broken.comparison.data.files]
    assert {change.name for change in broken.comparison.causes.parameters} == set()
    assert "column carrier" in broken.comment


@pytest.mark.nightly
def test_what_the_code_of_a_change_writes_beside_the_judge_counts_for_nothing(
    check: Check,
) -> None:
    """Its own code runs before the evidence is gathered, so it can write whatever it likes."""

    def edit(project: Project) -> None:
        project.edit("params.yaml", "model: hist_gradient_boosting", "model: baseline")
        project.edit(
            "src/truerun/stages/evaluate.py",
            '    run_stage(by_its_code("evaluate", main), __doc__)\n',
            FORGERY[1:],
        )

    forged = check("forged", edit, run=True)
    assert forged.states == [(forged.commit, "failure")]
    assert forged.rule("recomputed from the model") == "fail"
    assert forged.rule("roc_auc, loss") == "fail"
    assert forged.rule("files that judge") == "warn"


@pytest.mark.nightly
def test_evidence_that_is_too_large_is_no_verdict_and_is_compared_for_information(
    check: Check,
) -> None:
    limit = ("params.yaml", "compare:\n", "compare:\n  evidence_megabytes: 1\n")
    large = check("large", lambda project: project.edit(*limit), run=True)
    assert [name for name, _ in large.artifacts] == ["comparison"], large.ran.log
    assert large.ran.jobs == {"pipeline": "success"}
    assert large.states == [(large.commit, "error")]
    assert "evidence too large" in large.comment.splitlines()[0].replace("`", "")
    assert "ROC AUC" in large.comment
    assert "ROC AUC" in large.ran.summary


def test_code_is_checked_besides(machines: Machines, weak: Project) -> None:
    machine = machines()
    payload = {"number": 1, "pull_request": {"number": 1}}
    ran = machine.act("quality.yml", "pull_request", payload, weak.root)
    checks = {"quality 3.11", "quality 3.13", "workflows", "infrastructure"}
    assert ran.jobs == dict.fromkeys(checks, "success"), ran.log
    made = (machine.kept / "made").read_text().split()
    assert sorted(made) == [
        *("lint", "lint", "lint-infrastructure", "lint-workflows", "test", "test"),
    ]


@pytest.mark.nightly
def test_what_a_merge_queue_makes_is_run_and_gets_a_status(
    better: Answered, hub: Hub, machines: Machines, weak: Project
) -> None:
    machine = machines()
    base = {"base_ref": "refs/heads/main", "base_sha": commit_of(weak, "main")}
    group = {"head_sha": better.commit, **base}
    ran = machine.act("pull-request.yml", "merge_group", {"merge_group": group}, weak.root)
    assert ran.jobs == {"pipeline": "success"}, ran.log
    made = (machine.kept / "evidence.zip").read_bytes()
    hub.pull(better.commit)
    queued = {"event": "merge_group", "head_branch": f"gh-readonly-queue/main/pr-1-{'b' * 40}"}
    hub.runs[101] |= queued
    hub.artifacts[101] = [("evidence", made)]
    assert running(ask(machines(), hub, weak)) == SILENT | {"status": "success"}
    assert [(s["commit"], s["state"]) for s in hub.statuses] == [(better.commit, "success")]
    assert hub.comments == []


def ask(  # noqa: PLR0913, what differs from one answer to the next
    machine: Machine,
    hub: Hub,
    project: Project,
    number: int = 101,
    token: str = "",
    *,
    app: bool = False,
) -> Ran:
    """Run verdict.yml for a run that is completed; with `app`, an App sets the status."""
    payload = {
        "action": "completed",
        "workflow_run": hub.runs[number],
        "repository": {"default_branch": "main"},
    }
    token = token or github.WRITE
    return machine.act(
        "verdict.yml",
        "workflow_run",
        payload,
        project.root,
        api=hub.address,
        token=token,
        variables={"VERDICT_APP": "app"} if app else {},
        secrets={"VERDICT_APP_KEY": "key-of-the-app"} if app else {},
    )


def running(ran: Ran) -> dict[str, str]:
    """The results of the jobs that were not left out."""
    return {name: result for name, result in ran.jobs.items() if result != "skipped"}


@pytest.fixture
def verdict(hub: Hub, machines: Machines, origin: Project) -> Callable[..., Ran]:
    """Run verdict.yml on a machine of its own."""

    def run(
        number: int = 101,
        token: str = github.WRITE,
        *,
        cml: bool = True,
        app: bool = False,
        **facts: Any,
    ) -> Ran:
        machine = machines()
        if not cml:
            (machine.programs / "cml").unlink()
        hub.runs[number] |= facts
        return ask(machine, hub, origin, number, token, app=app)

    return run


@pytest.mark.nightly
def test_the_comment_of_a_fork_comes_and_is_changed_by_a_second_push(
    better: Answered, worse: Answered, hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull(better.commit, "better", github.FORK)
    hub.artifacts[101] = better.artifacts
    ran = verdict()
    assert running(ran) == ALL, ran.log
    (told,) = hub.comments
    assert "ROC AUC" in told["body"]
    assert ran.summary.strip() in told["body"]
    assert "#1: it was there already" in ran.log  # CML posted it
    first = told["body"]

    hub.pulls[0] |= {"before": better.commit, "head": hub.pulls[0]["head"] | {"sha": worse.commit}}
    hub.runs[102] = hub.run(102, hub.pulls[0]["head"])
    hub.artifacts[102] = worse.artifacts
    ran = verdict(102, conclusion="failure", cml=False)
    assert running(ran) == ALL, ran.log
    assert "#1: posted" in ran.log
    assert len(hub.comments) == 1
    assert hub.comments[0]["body"] != first

    assert running(verdict(101)) == SILENT  # the first again: the head has moved on
    assert running(verdict(101, conclusion="cancelled")) == SILENT
    assert hub.comments[0]["body"] != first
    states = [(status["commit"], status["state"]) for status in hub.statuses]
    assert states == [(better.commit, "success"), (worse.commit, "failure")]


@pytest.mark.parametrize(
    ("conclusion", "why"),
    nightly_after(1, [("failure", "left no evidence"), ("cancelled", "passed its time limit")]),
)
def test_a_run_that_gives_no_verdict_is_answered(
    conclusion: str, why: str, hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    ran = verdict(conclusion=conclusion)
    assert running(ran) == ALL, ran.log
    assert why in hub.comments[0]["body"]
    assert [status["state"] for status in hub.statuses] == ["error"]


@pytest.mark.nightly
def test_an_artifact_that_expired_or_is_hostile_is_answered_and_so_is_a_rate_limit(
    hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    program = ("../../src/truerun/report/__main__.py", b"print(1)")
    hub.artifacts[101] = [("evidence", zipped(program))]
    assert running(verdict()) == ALL
    assert "which it should not" in hub.comments[0]["body"]
    hub.artifacts[101] = [("evidence", b"no archive")]
    limit = {"Retry-After": "0"}
    asked = ("GET .*/artifacts", "POST .*/statuses/", "PATCH .*/comments/")
    hub.faults += [Fault(one, 429, headers=limit) for one in asked]
    ran = verdict()
    assert running(ran) == ALL, ran.log
    assert hub.faults == []
    assert "the artifact cannot be read" in hub.comments[0]["body"]
    hub.expired.add(101)
    assert running(verdict()) == ALL
    assert "has expired" in hub.comments[0]["body"]
    assert len(hub.comments) == 1
    assert [status["state"] for status in hub.statuses] == ["error"] * 3


@pytest.mark.nightly
def test_where_github_does_not_say_whom_to_answer_the_commit_is_not_to_be_merged(
    hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    hub.faults.append(Fault("GET .*/actions/runs/101$", 200, b"<html>Unicorn</html>"))
    ran = verdict()
    assert ran.jobs["judge"] == "failure"
    assert "error: GET actions/runs/101: GitHub's answer is not JSON" in ran.log
    assert [status["state"] for status in hub.statuses] == ["error"]
    assert "the workflow Verdict failed" in hub.comments[0]["body"].replace("`", "")


@pytest.mark.parametrize("fact", [{"event": "push"}, {"path": ".github/workflows/other.yml"}])
def test_other_runs_start_no_job(
    fact: dict[str, str], hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    assert running(verdict(**fact)) == {}
    assert (hub.comments, hub.statuses) == ([], [])


@pytest.mark.nightly
def test_a_token_that_may_only_read_posts_nothing_and_an_app_has_its_own(
    hub: Hub, verdict: Callable[..., Ran]
) -> None:
    hub.pull("1" * 40)
    ran = verdict(token=github.READ)
    assert ran.jobs["comment"] == ran.jobs["status"] == "failure"
    assert "403" in ran.log
    assert (hub.comments, hub.statuses) == ([], [])
    ran = verdict(token=github.READ, app=True)
    assert (ran.jobs["comment"], ran.jobs["status"]) == ("failure", "success"), ran.log
    assert [status["state"] for status in hub.statuses] == ["error"]
