"""A fault that no test notices survives, and is named; one that a test notices does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools import mutants
from tools.mutants import Room

from tests.conftest import ROOT

RULE = "def fails(loss: float, limit: int = 3) -> bool:\n    return loss > limit\n"
WEAK = "from truerun.judge.rule import fails\n\n\ndef test_a_rule():\n    assert fails(9)\n"
STRONG = f"{WEAK}    assert not fails(3)\n    assert fails(4)\n    assert not fails(2)\n"
RUN = """\
from tools import mutants
room = mutants.Room("judge", ("judge/*.py",), ("judge",))
sampled = mutants.sample([room], 100)
print(mutants.page(sampled, mutants.survive(sampled, 1)))
"""


def judged(folder: Path, tests: str) -> str:
    """The page of a small repository, of which a rule is mutated."""
    for place, text in (("src/truerun/judge/rule.py", RULE), ("tests/judge/test_rule.py", tests)):
        (folder / place).parent.mkdir(parents=True)
        (folder / place).write_text(text, encoding="utf-8")
    (folder / "src/truerun/__init__.py").touch()
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = slow\n", encoding="utf-8")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        ("-c", "user.name=A", "-c", "user.email=a@b.org", "commit", "--quiet", "-m", "A rule"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.nightly
@pytest.mark.slow
def test_what_no_test_notices_survives_and_is_named(tmp_path: Path) -> None:
    shown = judged(tmp_path, WEAK)
    assert "judge/rule.py:2: `return loss > limit` → `return loss >= limit`" in shown
    assert "`return loss > limit` → `return loss < limit`" not in shown


@pytest.mark.nightly
@pytest.mark.slow
def test_what_a_test_notices_is_killed(tmp_path: Path) -> None:
    shown = judged(tmp_path, STRONG)
    assert "(100%)" in shown
    assert shown.endswith("## Survivors\n\n\n")


@pytest.mark.nightly
@pytest.mark.slow
def test_a_line_that_no_test_runs_survives(tmp_path: Path) -> None:
    idle = WEAK.replace("assert fails(9)", "assert callable(fails)")
    assert "| **all** | 1 | 0 (0%) |" in judged(tmp_path, idle)


@pytest.mark.nightly
@pytest.mark.slow
def test_a_test_whose_fixture_alone_runs_the_line_is_asked(tmp_path: Path) -> None:
    fixed = """\
import pytest
from truerun.judge.rule import fails

@pytest.fixture(scope="module")
def found():
    return [number for number in range(9) if fails(number)]

def test_nothing():
    pass

def test_its_size(found):
    assert len(found) == 5

def test_its_beginning(found):
    assert found[0] == 4
"""
    shown = judged(tmp_path, fixed)
    assert "(100%)" in shown


@pytest.mark.nightly
@pytest.mark.slow
def test_tests_that_fail_by_themselves_kill_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the tests of judge end with 1 without any mutant"):
        judged(tmp_path, f"{WEAK}    assert fails(1)\n")


@pytest.mark.slow
def test_a_sample_is_the_same_each_time_and_of_every_module(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    rooms = [room for room in mutants.ROOMS if room.name in ("gate", "report/verdict")]
    sampled = mutants.sample(rooms, 120)
    assert sampled == mutants.sample(rooms, 120)
    assert len(set(sampled)) == 120
    modules = {str(path) for room in rooms for path in modules_of(room)}
    few = {name for name in modules if not mutants.mutants_of(rooms[0], Path(name))}
    assert {mutant.module for mutant in sampled} == modules - few


@pytest.mark.parametrize("room", mutants.ROOMS, ids=lambda room: room.name)
def test_a_room_has_modules_and_tests(room: Room, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    assert modules_of(room)
    assert all(Path("tests", name).is_dir() for name in room.tests)


def modules_of(room: Room) -> list[Path]:
    return [path for pattern in room.modules for path in Path("src/truerun").glob(pattern)]


def test_a_line_is_part_of_the_smallest_statement_of_a_function() -> None:
    text = (
        "LIMIT = 3\n"
        "def kept(\n"
        "    rows, limit=LIMIT,\n"
        "):\n"
        "    for row in rows:\n"
        "        if (\n"
        "            row > limit\n"
        "        ):\n"
        "            yield row\n"
    )
    found = {line: mutants.statement(text, line) for line in range(1, 10)}
    assert [line for line, lines in found.items() if not lines] == [1, 2, 3, 4]
    assert found[5] == range(5, 6)
    assert found[7] == range(6, 9)
    assert found[9] == range(9, 10)


def test_types_and_what_runs_as_a_program_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "def size(text: Annotated[str, 3]) -> Annotated[int, 4]:\n"
        "    return len(text) + 5\n\n\n"
        'if __name__ == "__main__":\n'
        "    print(size('') + 6)\n",
        encoding="utf-8",
    )
    places = mutants.mutants_of(mutants.ROOMS[0], path)
    assert {mutant.line for place in places.values() for mutant in place} == {2}
