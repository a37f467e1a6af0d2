"""The command `truerun`: help at once, the nearest verb for a mistyped one, and each verb's own."""

import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import ROOT
from truerun.cli import __main__ as command
from truerun.cli.verbs import GROUPS, VERBS

PROGRAM = Path(sys.executable).with_name("truerun")
CALLERS = [ROOT / "Makefile", *sorted((ROOT / ".github/workflows").glob("*.yml"))]
# What variables of a workflow may stand for.
VALUES = {
    "LONGEST": "250",
    "MINUTES": "10",
    "ROWS": "500",
    "SHIFT": "0.1",
    "COMMITS_URL": "https://example.org/commit",
    "RUN_ID": "1",
    "ATTEMPT": "1",
    "STATE": "error",
    "RUN_URL": "https://example.org/1",
}
CALL = re.compile(r"(?:\.venv/bin/truerun|\$\(BIN\)/truerun|python3 -m truerun\.(?=ci))(.*)")


def truerun(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command as it is installed."""
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def bare(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module where no package is installed, as jobs that may write do."""
    return subprocess.run(
        [sys.executable, "-S", "-m", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_help_lists_every_verb_in_its_group_with_examples() -> None:
    done = truerun("--help")
    assert done.returncode == 0
    for group, verbs in GROUPS.items():
        listing = done.stdout.split(f"\n{group}:\n")[1].split("\n\n")[0]
        assert [line.split()[0] for line in listing.splitlines()] == [verb.name for verb in verbs]
    for line in done.stdout.split("examples:\n")[1].split("\n\n")[0].splitlines():
        assert set(line.split()) & set(VERBS), line
    assert truerun().stdout == done.stdout


@pytest.mark.slow
def test_help_imports_nothing_but_the_standard_library() -> None:
    assert bare("truerun.cli", "--help").stdout == truerun("--help").stdout
    script = (
        "import sys; before = set(sys.modules); from truerun.cli.__main__ import main; main(); "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stderr.split()) - sys.stdlib_module_names == {"truerun"}


def test_the_version_is_the_packages() -> None:
    assert truerun("--version").stdout == f"truerun {version('truerun')}\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("comprae", "truerun has no verb 'comprae': did you mean `truerun compare`?"),
        ("Gate", "did you mean `truerun gate`?"),
        ("ingets", "did you mean `truerun ingest`?"),
        ("zzz", f"truerun has no verb 'zzz': its verbs are {', '.join(VERBS)}"),
        ("--fast", "no option --fast, or it belongs after a verb: see `truerun --help`"),
    ],
)
def test_a_mistyped_verb_is_answered_with_the_nearest(typed: str, said: str, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main([typed])
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert said in printed.err
    assert printed.out == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_a_verbs_help_is_its_own_and_needs_no_room(name: str) -> None:
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        f"from truerun.cli.__main__ import main; main([{name!r}, '--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"usage: truerun {name} [")
    assert re.search(rf"^Examples\n-+\n(?:  .*truerun {name}\b.*\n)+", done.stdout, re.MULTILINE)
    imported = set(done.stderr.split())
    assert VERBS[name].options in imported
    if name != "ingest":  # whose help says what the project's source accepts
        rooms = {VERBS[name].program} - {VERBS[name].options}
        assert imported.isdisjoint(rooms | {"pandas", "dvc"})


def test_a_verb_says_what_is_wrong_with_its_options() -> None:
    done = truerun("gate")
    assert done.returncode == 2
    assert done.stderr.endswith("truerun gate: error: the following arguments are required: FILE\n")


@pytest.mark.slow
def test_a_verb_runs_its_room_and_ends_as_it_does(tmp_path: Path) -> None:
    done = truerun("gate", "none.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "error: none.json cannot be read: No such file or directory\n",
    )


@pytest.mark.slow
def test_an_option_that_repro_does_not_have_goes_to_dvc(tmp_path: Path) -> None:
    done = truerun("repro", "--recor", cwd=tmp_path)  # not short for --record
    assert done.returncode == 1
    assert "unrecognized arguments: --recor" in done.stderr


def test_every_call_in_the_makefile_and_the_workflows_is_one_that_truerun_knows() -> None:
    calls = [
        (file.name, call) for file in CALLERS for call in CALL.findall(file.read_text("utf-8"))
    ]
    assert len(calls) > 15
    for file, call in calls:
        text = re.sub(r"\$\((?:value |call typed,)(\w+)\)", r"$(\1)", call)  # of make
        text = re.sub(r"\$\(if \$\(\w+\),((?:[^()]|\$\(\w+\))*)\)", r"\1", text)
        text = re.sub(r" (2>|\|\|) .*", "", text)  # of the shell
        name, *arguments = shlex.split(text.replace("$(OPTIONS)", ""))
        parser = VERBS[name].parser()
        if name == "repro":
            continue
        arguments = [VALUES.get(word.removeprefix("$"), word) for word in arguments]
        try:
            parser.parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{file}: truerun{call}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["verdict", "write", "101", "1", "judged", "verdict.md"],
        ["verdict", "post", "101", "1", "verdict.md"],
        ["verdict", "status", "1" * 40, "success", "good", "--run-url", "https://example.org/1"],
        ["renew-lock", "propose", "patch"],
    ],
)
def test_what_may_write_needs_no_installed_package(arguments: list[str]) -> None:
    done = bare("truerun.ci", *arguments)
    assert done.returncode == 1
    assert done.stderr == "error: set GITHUB_REPOSITORY and GITHUB_TOKEN in the environment\n"
    assert "none.json is not a comparison" in bare("truerun.ci", "attest", "none.json").stderr
    assert bare("truerun.report", "--help").returncode == 0
    unlike = bare("truerun.ci", "dispatch", "--name", "seed", "train.seed=7")
    assert "ModuleNotFoundError: No module named" in unlike.stderr  # nothing is installed there


@pytest.mark.slow
@pytest.mark.parametrize(
    "verb",
    [
        *(["attest"], ["cache"], ["dispatch"], ["evidence"], ["remote"], ["renew-lock"]),
        *(["verdict"], ["remote", "pull"]),
    ],
)
def test_each_verb_of_ci_explains_itself(verb: list[str]) -> None:
    done = bare("truerun.ci", *verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: truerun ci {' '.join(verb)} [-h]")
    assert len(verb) > 1 or f"truerun ci {verb[0]} " in done.stdout.split("Examples\n")[1]


@pytest.mark.slow
def test_parameters_that_begin_with_a_dash_are_no_options_of_ours() -> None:
    done = truerun("ci", "dispatch", "--name", "seed", "--", "--help")
    assert done.returncode == 1
    assert done.stderr.startswith("error: '--help' is not accepted: ")


HEAVY = ("pandas", "numpy", "pyarrow", "sklearn", "scipy", "matplotlib", "lightgbm", "dvc")
HELP = """
import contextlib, io, sys
from truerun.cli.__main__ import main
for verb in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main([verb, "--help"])
    print(verb, *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.slow
def test_help_imports_nothing_that_takes_seconds() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP, *VERBS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = {line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()}
    assert list(told) == list(VERBS)
    assert {verb: sorted(imported & set(HEAVY)) for verb, imported in told.items()} == {
        verb: [] for verb in VERBS
    }
