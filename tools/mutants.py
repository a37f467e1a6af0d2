"""Mutation testing: would a test notice, if a line of the code that judges were wrong?

Each mutant is the code with one small fault (a comparison turned, a number off by one, a sort no
longer reversed), made by Cosmic Ray in a clone, and tried by those tests of its room that run its
line, the quickest first. It is killed if one of them fails, and survives otherwise, or where no
test runs its line. Mutants are a seeded sample of places, spread evenly over the modules. What came
of them is written to docs/mutants.md.

Usage:
  python -m tools.mutants                    400 mutants, most of an hour on two cores
  python -m tools.mutants --mutants 40 --only gate     some of one room, and no page
"""

import argparse
import ast
import contextlib
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from hypothesis import HealthCheck, Phase, settings

from tools import coverage
from tools.clones import code_into
from tools.coverage import Chosen, Coverage, Recorder
from truerun.base import text_files
from truerun.base.commands import repository_variables
from truerun.base.errors import TruerunError, exit_with
from truerun.base.progress import progress

PAGE = Path("docs/mutants.md")
MUTANTS, SEED, LEAST = 400, 1, 0.9
QUICK = 0.3  # seconds; only tests as quick as this try what runs on import, and so for all of them
SPARE, SLOWER = 60.0, 5  # seconds, and times as slow: a mutant that takes longer counts as killed
SURVIVED, KILLED, INTERRUPTED = 0, 1, 2  # exit statuses of pytest
# The same examples each time, and the first that fails is enough.
settings.register_profile(
    "mutants",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
# Faults that people make. Cosmic Ray knows others that change nothing: of texts that are only ever
# equal or not, `<=` for `==`.
TURNED = (
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul"),
    "BitAnd_BitOr",
)
COMPARED = (
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt", "LtE_GtE", "GtE_LtE"),
)
OTHERS = (
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr"),
    *("ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("NumberReplacer", "ZeroIterationForLoop", "ReplaceUnaryOperator_USub_UAdd"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub"),
)
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{name}" for name in TURNED),
    *(f"core/ReplaceComparisonOperator_{name}" for name in COMPARED),
    *(f"core/{name}" for name in OTHERS),
)
# What a test imports, so that it need not be imported for each mutant.
LIBRARIES = (
    *("lightgbm", "numpy", "pandas", "pandera.pandas", "pyarrow.parquet"),
    *(
        "pydantic",
        "pytest",
        "ruamel.yaml",
        "scipy.stats",
        "sklearn.ensemble",
        "sklearn.linear_model",
    ),
    *("sklearn.metrics", "sklearn.model_selection", "skops.io", "yaml"),
)


@dataclass(frozen=True)
class Room:
    """Modules that are mutated together, and the tests that should notice."""

    name: str
    modules: tuple[str, ...]  # patterns below src/truerun
    tests: tuple[str, ...]  # below tests


ROOMS = (
    Room("compare", ("compare/*.py",), ("compare",)),
    Room("gate", ("gate/**/*.py",), ("gate",)),
    Room("report/verdict", ("report/verdict.py",), ("report",)),
    Room(
        "model",
        ("model/uncertainty.py", "model/metrics.py", "model/metrics/*.py"),
        ("model", "compare"),
    ),
    Room("contract", ("contract/*.py",), ("contract",)),
)


@dataclass(frozen=True)
class Mutant:
    """One fault: an operator of Cosmic Ray, applied to one of the places where it can be."""

    room: Room
    module: str
    line: int
    operator: str
    occurrence: int


def main() -> None:
    """Try a sample of mutants, write the page, and fail if too many survive."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--mutants", type=int, default=MUTANTS, help=f"default: {MUTANTS}")
    parser.add_argument("--only", choices=[room.name for room in ROOMS], help="one room")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="default: all cores")
    chosen = parser.parse_args()
    rooms = [room for room in ROOMS if chosen.only in (None, room.name)]
    mutants = sample(rooms, chosen.mutants)
    survivors = survive(mutants, chosen.workers)
    text = page(mutants, survivors)
    if chosen.only:
        print(text)
        return
    text_files.write_text(PAGE, text)
    share = 1 - len(survivors) / len(mutants)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed ({share:.0%}): {PAGE}")
    if share < LEAST:
        raise TruerunError(
            f"only {share:.0%} of the mutants were killed; at least {LEAST:.0%} must be"
        )


def sample(rooms: Sequence[Room], count: int) -> list[Mutant]:
    """So many mutants, the same for the same code: places drawn in turn from each module."""
    draw = random.Random(SEED)  # noqa: S311  # nosec B311
    waiting = []
    for room in rooms:
        for path in sorted(
            {p for pattern in room.modules for p in Path("src/truerun").glob(pattern)}
        ):
            places = list(mutants_of(room, path).values())
            draw.shuffle(places)
            waiting.append([draw.choice(place) for place in places])
    mutants: list[Mutant] = []
    while len(mutants) < count and any(waiting):
        for module in waiting:
            if module and len(mutants) < count:
                mutants.append(module.pop())
    return mutants


def mutants_of(room: Room, path: Path) -> dict[object, list[Mutant]]:
    """The mutants of a module by the place that they change."""
    text = path.read_text(encoding="utf-8")
    tree, skipped = get_ast(text), _not_run(text)
    places: dict[object, list[Mutant]] = {}
    for name in OPERATORS:
        operator = get_operator(name)()
        spans = (span for node in ast_nodes(tree) for span in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(spans):
            if start[0] not in skipped:
                mutant = Mutant(room, str(path), start[0], name, occurrence)
                places.setdefault((start, end), []).append(mutant)
    return places


def _not_run(text: str) -> set[int]:
    """Lines of types of parameters and results, and of what runs only as a program."""
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        types: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef):
            types = [node.returns, *(each.annotation for each in node.args.args)]
        elif isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            skipped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for kind in types:
            if kind is not None:
                skipped |= set(range(kind.lineno, (kind.end_lineno or kind.lineno) + 1))
    return skipped


def survive(mutants: Sequence[Mutant], workers: int) -> list[Mutant]:
    """The mutants that no test notices; each worker has a clone of its own."""
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        clones: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            clone = Path(folder) / str(number)
            code_into(clone)
            clones.put(clone)

        @contextlib.contextmanager
        def a_clone() -> Iterator[Path]:
            clone = clones.get()
            try:
                yield clone
            finally:
                clones.put(clone)

        def covered(tests: str) -> Coverage:
            with a_clone() as clone:
                return recorded(clone, tests, {mutant.module for mutant in mutants})

        def survives(mutant: Mutant) -> bool:
            tests = noticing(mutant, [coverages[name] for name in mutant.room.tests])
            with a_clone() as clone, mutated(clone, mutant):
                return not tests or tried(clone, tests) == SURVIVED

        with ThreadPoolExecutor(workers) as pool:
            rooms = sorted({name for mutant in mutants for name in mutant.room.tests})
            coverages = dict(zip(rooms, pool.map(covered, rooms), strict=True))
            outcomes = pool.map(survives, mutants)
            bar = progress(outcomes, doing="mutants", unit="mutant", total=len(mutants))
            return [mutant for mutant, alive in zip(mutants, bar, strict=True) if alive]


def recorded(clone: Path, tests: str, modules: set[str]) -> Coverage:
    """Which tests run which lines, and for how long.

    Raises
    ------
    TruerunError
        If tests fail by themselves: they would kill every mutant.
    """
    result = clone.with_suffix(f".{tests}.json")

    def run() -> int:
        recorder = Recorder(clone, modules)
        recorder.start()
        status = _pytest(clone, [f"tests/{tests}"], recorder)
        recorder.write(result)
        return status

    status = _in_fork(run, float("inf"))
    if status != SURVIVED:
        raise TruerunError(f"the tests of {tests} end with {status} without any mutant")
    return coverage.read(result)


def noticing(mutant: Mutant, coverages: Sequence[Coverage]) -> dict[str, float]:
    """The seconds of each test that runs the line of a mutant, the quickest first."""
    text = Path(mutant.module).read_text(encoding="utf-8")
    lines = statement(text, mutant.line)
    seconds = {}
    for covered in coverages:
        on_import = not lines or covered.on_import(mutant.module, lines)
        limit = QUICK if on_import else float("inf")
        tests = covered.seconds if on_import else covered.tests_of(mutant.module, lines)
        seconds |= {test: covered.seconds[test] for test in tests if covered.seconds[test] < limit}
    return dict(sorted(seconds.items(), key=lambda test: (test[1], test[0])))


def statement(text: str, line: int) -> range:
    """The lines of the statement of a function that a line is part of; none outside functions."""
    innermost = range(0)
    waiting: list[ast.AST] = [
        inner
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        for inner in node.body
    ]
    for node in (inner for each in waiting for inner in ast.walk(each)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            lines = range(node.lineno, max(end, node.lineno + 1))
            if line in lines:
                innermost = lines
    return innermost


@contextlib.contextmanager
def mutated(clone: Path, mutant: Mutant) -> Iterator[None]:
    """Let a clone hold a mutant for a while."""
    path = clone / mutant.module
    text = path.read_text(encoding="utf-8")
    path.write_text(changed(text, mutant), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


def changed(text: str, mutant: Mutant) -> str:
    """The text of a module with the fault."""
    text_after = mutate_code(text, get_operator(mutant.operator)(), mutant.occurrence)
    if text_after is None:
        raise TruerunError(f"{mutant.module}: {mutant.operator} has no place {mutant.occurrence}")
    return str(text_after)


def tried(clone: Path, tests: Mapping[str, float]) -> int:
    """Exit status of some tests, given with the seconds that each takes.

    Raises
    ------
    TruerunError
        If pytest could not run them, which is not an answer of a test.
    """
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    seconds = SPARE + SLOWER * sum(tests.values())
    code = _in_fork(lambda: _pytest(clone, list(files), Chosen(list(tests))), seconds)
    if code in (SURVIVED, KILLED, INTERRUPTED) or code < 0:
        return code
    raise TruerunError(f"pytest could not run {', '.join(files)}: it ended with {code}")


def _in_fork(run: Callable[[], int], seconds: float) -> int:
    """Exit status of a fork, which has the libraries; it is killed if it takes too long."""
    child = os.fork()
    if not child:
        os.setsid()
        status = KILLED
        with contextlib.suppress(BaseException):
            status = run()
        os._exit(status)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return KILLED


def _pytest(clone: Path, tests: Sequence[str], plugin: object) -> int:
    """Run tests of the code in the clone, in a process that is good for nothing else then."""
    os.chdir(clone)
    sys.dont_write_bytecode = True  # a fault of the same length in the same second would be missed
    os.environ["PYTHONPATH"] = str(clone / "src")
    for name in repository_variables():
        os.environ.pop(name, None)
    sys.path[:0] = [str(clone), str(clone / "src")]
    for name in [n for n in sys.modules if n.partition(".")[0] in {"truerun", "tests", "tools"}]:
        del sys.modules[name]
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - what pytest prints
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    pytest = importlib.import_module("pytest")
    # The libraries are here before pytest, which warns that it cannot rewrite their assertions.
    quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider")
    options = (*quiet, "-x", "-q", "-n0", "--hypothesis-profile=mutants")
    return int(pytest.main([*options, *tests], plugins=[plugin]))


def page(mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> str:
    """What came of the mutants, by room and by module, and each one that survived."""
    lines = [
        "# Mutants",
        "",
        (__doc__ or "").partition("\n\n")[2].partition("\n\nUsage")[0],
        "",
        f"Made by `make mutants` (sample {SEED}; at least {LEAST:.0%} are to be killed).",
        "",
        "| modules | mutants | killed |",
        "| --- | ---: | ---: |",
    ]
    by_room = {mutant.room.name: mutant.room for mutant in mutants}
    for name in by_room:
        lines.append(_row(f"**{name}**", _of(mutants, name), _of(survivors, name)))
        modules = sorted({m.module for m in mutants if m.room.name == name})
        lines += [
            _row(
                module.removeprefix("src/truerun/"),
                [m for m in mutants if m.module == module],
                [m for m in survivors if m.module == module],
            )
            for module in modules
        ]
    lines += [_row("**all**", mutants, survivors), "", "## Survivors", ""]
    lines += [f"- {_shown(mutant)}" for mutant in sorted(survivors, key=_place)]
    return "\n".join(lines) + "\n"


def _of(mutants: Sequence[Mutant], room: str) -> list[Mutant]:
    return [mutant for mutant in mutants if mutant.room.name == room]


def _row(name: str, mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> str:
    killed = len(mutants) - len(survivors)
    return f"| {name} | {len(mutants)} | {killed} ({killed / len(mutants):.0%}) |"


def _place(mutant: Mutant) -> tuple[str, int]:
    return mutant.module, mutant.line


def _shown(mutant: Mutant) -> str:
    """The line of a mutant before and after."""
    text = Path(mutant.module).read_text(encoding="utf-8")
    before, after = text.splitlines(), changed(text, mutant).splitlines()
    lines: Mapping[str, list[str]] = {"before": before, "after": after}
    first = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), mutant.line - 1
    )
    shown = [f"`{side[first].strip()}`" if first < len(side) else "" for side in lines.values()]
    return f"{mutant.module.removeprefix('src/truerun/')}:{first + 1}: {shown[0]} → {shown[1]}"


if __name__ == "__main__":
    exit_with(main)
