"""No silent failure: corrupted inputs, each tried for real, and the table of what came of them.

`docs/robustness.md` is that table. `make robustness` tries all cases and renews it; without, every
fourth of a group and outcome is tried, and must end as its row says.
"""

import ctypes
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.conftest import ROOT, Project, dvc_md5
from tests.flights.conftest import write_months
from tests.flights.robustness.cases import CASES, Case, arrived
from truerun.adopt import __main__ as adopt
from truerun.base.errors import exit_with
from truerun.ingest import __main__ as ingest
from truerun.ingest.raw_files import md5_of
from truerun.stages import evaluate, featurize, prepare, train, validate

DOCUMENT = ROOT / "docs/robustness.md"
RENEWED = "RENEW_DOCS" in os.environ
EVERY = 6  # case of a group and an outcome is tried by all runs of the tests
STAGES: dict[str, Callable[[], None]] = {
    "prepare": prepare.main,
    "validate": validate.main,
    "featurize": featurize.main,
    "train": train.main,
    "evaluate": evaluate.main,
}
LONGEST = 170  # characters of a message in the table
LARGEST = 20_000  # bytes of a file on the disk that is full
NAMES = {case: f"{group}: {case.what}" for group, cases in CASES.items() for case in cases}
PAGE = """\
# Corrupted inputs

`make robustness` tries the {cases} cases below for real, and writes this page. There are three
outcomes, and no fourth:

- **error** ({error}): the command ends with a status other than 0 and a message that says what is
  wrong, and where. No file is half-written, and `dvc.lock` stays as it was. Of a raw file it says
  besides: Fix it, or delete it: `make data` restores it as data/raw.dvc lists it.
- **quarantined** ({quarantined}): the rows are counted in `metrics/validate.json` and kept in
  `data/quarantine/` with the column, the check and the value. Beyond `validate.max_quarantined` the
  stage fails.
- **harmless** ({harmless}): what comes out is the same, byte for byte.

What no check can notice is a value that is wrong, but possible and in agreement with all others:
wind in knots, a few flights of a day left out, or a gauge that stands at 0 while it rains nowhere
else; [limits.md](limits.md) has figures of what is found of spells, and why not all. Weather that
is missing is not an error below the `max_missing` of `schema.yaml`, since stations fail;
`metrics/validate.json` tells how much it is. A raw file that was changed but holds all that is
asked for is refused by `make repro`; to `dvc repro` it is a new version of the data, and
`git diff data/raw.dvc` shows it."""


def tried() -> list[Case]:
    """The cases that this run tries: the first of a group and an outcome, and some more."""
    if RENEWED:
        return list(NAMES)
    alike: dict[tuple[str, str, bool], list[Case]] = {}
    for group, cases in CASES.items():
        for case in cases:
            alike.setdefault((group, case.outcome, by_dvc(case)), []).append(case)
    return [case for cases in alike.values() for case in cases[::EVERY]]


def by_dvc(case: Case) -> bool:
    """Whether a case is tried on the pipeline as DVC runs it, not on the stages alone."""
    return case.run.startswith(("dvc", "make"))


TRIED = tried()
WITH_DVC = [case for case in TRIED if by_dvc(case)]
seen: dict[Case, tuple[str, str]] = {}  # where each case ended, and what was read there


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound folder: two months of every twelfth flight, and what the stages make of them."""
    folder = tmp_path_factory.mktemp("base")
    for name in ("params.yaml", "schema.yaml"):
        shutil.copy(ROOT / name, folder / name)
    settings = (folder / "params.yaml").read_text()
    for old, new in (
        ("min_rows: 5000", "min_rows: 500"),
        ("test_partitions: 2", "test_partitions: 1"),
        ("max_iter: 120", "max_iter: 3"),
    ):
        assert old in settings
        settings = settings.replace(old, new)
    (folder / "params.yaml").write_text(settings)
    (folder / "limits.yaml").write_text("windows: null\n")  # two months are too few to learn any
    write_months(folder / "data/raw", ("2013-09", "2013-10"), step=12)
    raw = sorted((folder / "data/raw").rglob("*.csv"))
    outs = [
        {"path": path.relative_to(folder / "data").as_posix(), "md5": md5_of(path.read_bytes())}
        for path in raw
    ]
    (folder / "data/raw.dvc").write_text(yaml.safe_dump({"outs": outs}))
    for file, content in arrived().items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("prepare", "validate", "featurize", "train"):
            STAGES[name]()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in TRIED if not by_dvc(case)], ids=NAMES.get)
def test_a_stage_never_fails_silently(case, base, tmp_path, monkeypatch, capfd):
    folder = tmp_path / "project"
    shutil.copytree(base, folder)
    case.damage(folder)
    monkeypatch.chdir(folder)
    before = _hashes("data/raw", "data/raw.dvc", "inbox")
    capfd.readouterr()

    status, where = _run(case.run.split())

    printed = capfd.readouterr().err
    assert _hashes("data/raw", "data/raw.dvc", "inbox") == before
    assert not list(folder.rglob("*.unfinished"))
    assert not (folder / "project").exists()
    if case.outcome == "error":
        assert status == 1
        seen[case] = where, _read_in(printed, case.told)
        if where == "prepare" and printed.startswith("error: data/raw/"):
            assert "Fix it, or delete it: `make data` restores it" in printed
        if where == "validate" and not printed.startswith(("error: params", "error: schema")):
            assert json.loads(Path("metrics/validate.json").read_text())["findings"]
    else:
        assert (status, printed) == (0, "")
        told = _quarantined() if case.outcome == "quarantined" else _prepared_as(base)
        assert case.told in told
        seen[case] = where if case.outcome == "quarantined" else "", told


@pytest.mark.slow
@pytest.mark.parametrize("case", WITH_DVC, ids=NAMES.get)
def test_dvc_never_fails_silently(case: Case, project: Project) -> None:
    before = _made(project)
    case.damage(project.root)
    lock = project.read("dvc.lock")
    make_data = [sys.executable, "-m", "truerun.ingest"]
    done = subprocess.run(
        make_data if case.run == "make data" else case.run.split(),
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": "src"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if case.outcome == "error":
        assert done.returncode not in {0, None}
        assert project.read("dvc.lock") == lock
        seen[case] = case.run, _read_in(done.stdout, case.told)
    else:
        assert done.returncode == 0, done.stdout
        assert _made(project) == before
        seen[case] = "", "nothing: all that the stages make is the same"


@pytest.mark.slow
def test_the_table_in_the_documentation_is_what_came_of_the_cases() -> None:
    if RENEWED:
        lacking = len(NAMES) - len(seen)
        if lacking:
            pytest.skip(f"{lacking} of {len(NAMES)} cases did not run, or not to their end")
        DOCUMENT.write_text(_document(), encoding="utf-8")
    rows = Counter(DOCUMENT.read_text(encoding="utf-8").splitlines())
    shown = Counter(map(_row, seen))
    assert shown - rows == Counter(), "run `make robustness` to renew it"


def test_the_document_has_every_case_under_its_group_and_no_other() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    outcomes = Counter(case.outcome for case in NAMES)
    assert document.startswith(PAGE.format(cases=len(NAMES), **outcomes))
    groups = re.split(r"^## (.+)\n", document, flags=re.MULTILINE)[1:]
    assert groups[::2] == list(CASES)
    for cases, text in zip(CASES.values(), groups[1::2], strict=True):
        rows = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)[2:]
        assert len(rows) == len(cases)
        for case, row in zip(cases, rows, strict=True):
            assert row.startswith(f"{case.what} | "), case.what
            assert f" | {case.outcome} | " in row, case.what


def test_there_are_cases_of_every_outcome_and_no_case_twice() -> None:
    assert {case.outcome for case in NAMES} == {"error", "quarantined", "harmless"}
    assert all(case.told for case in NAMES if case.outcome != "harmless")
    assert len(set(NAMES.values())) == len(NAMES) == sum(map(len, CASES.values()))


def _run(command: list[str]) -> tuple[int, str]:
    """Run stages, or ingest, in this folder: the exit status, and where it ended."""
    commands: dict[str, Callable[[list[str]], None]] = {"ingest": ingest.main, "adopt": adopt.main}
    named = next((name for name in commands if name in command), None)
    if named:
        words = command[command.index(named) + 1 :]
        programs = {named: lambda: commands[named](words)}
    else:
        programs = {name: STAGES[name] for name in command if name in STAGES}
    circumstances = {"limited": _limited_files, "unprivileged": _no_privileges}
    with circumstances.get(command[0], nullcontext)():
        for name, program in programs.items():
            try:
                exit_with(program)
            except SystemExit as end:
                return int(end.code or 0), name
    return 0, name


@contextmanager
def _limited_files() -> Iterator[None]:
    """The system refuses to let a file grow beyond a limit, as it does where the disk is full."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def _no_privileges() -> Iterator[None]:
    """Permissions count for the superuser too: its right to pass them over is laid down."""
    system = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the version with 64 capabilities; this thread
    held = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable ones, twice
    assert system.capget(header, held) == 0
    effective = held[0]
    held[0] = effective & ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert system.capset(header, held) == 0
    try:
        yield
    finally:
        held[0] = effective
        assert system.capset(header, held) == 0


def _hashes(*names: str) -> dict[str, str]:
    """The hash of each file below these."""
    paths = [Path(name) for name in names]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return {str(file): dvc_md5(file) for file in files if file.is_file()}


def _read_in(printed: str, told: str) -> str:
    """The line of a message that tells what is wrong, once the message is known to be clear."""
    assert "Traceback" not in printed
    assert told in printed
    line = next(line for line in printed.splitlines() if told in line)
    return re.sub(r"^(error|ERROR): ", "", line.strip())


def _quarantined() -> str:
    """What is said of the rows that were kept apart, once they are known to be all there."""
    results = json.loads(Path("metrics/validate.json").read_text())
    apart, count = (
        pd.concat([pd.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))])
        for folder in ("data/quarantine", "data/validated")
    )
    assert results["rows_out"] == len(count) == results["rows_in"] - results["quarantined"]["rows"]
    worst = results["quarantined"]["checks"][0]
    rows = apart[
        (apart["failed_column"] == worst["column"]) & (apart["failed_check"] == worst["check"])
    ]
    assert len(rows) == worst["rows"] > 0
    assert set(worst["examples"]) <= set(rows["failed_value"])
    return (
        f"{worst['rows']} rows: column {worst['column']}, check {worst['check']}, "
        f"such as {worst['examples'][0]!r}"
    )


def _prepared_as(base: Path) -> str:
    """What is said where the first stage makes the same of the damaged files; it is checked."""
    for name in ("data/prepared", "metrics/prepare.json"):
        assert dvc_md5(Path(name)) == dvc_md5(base / name), name
    return "nothing: data/prepared is the same"


def _made(project: Project) -> dict[str, str]:
    """The hash of all that the stages made, by name, as it is on the disk and in the lock file."""
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"]
    locked = {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}
    assert {path: dvc_md5(project.root / path) for path in locked} == locked
    return locked


def _document() -> str:
    """The page that shows all cases, and what came of each."""
    count = Counter(case.outcome for case in NAMES)
    text = [PAGE.format(cases=len(NAMES), **count)]
    for group, cases in CASES.items():
        text += [f"\n## {group}\n", "| what is wrong | caught by | outcome | what the user reads |"]
        text += ["| --- | --- | --- | --- |"]
        text += map(_row, cases)
    return "\n".join(text) + "\n"


def _row(case: Case) -> str:
    """The line of the page that shows a case, and what came of it."""
    where, told = seen[case]
    short = told if len(told) <= LONGEST else f"{told[:LONGEST]} …"
    row = " | ".join(cell.replace("|", "\\|") for cell in (where, case.outcome, short))
    return f"| {case.what} | {row} |"
