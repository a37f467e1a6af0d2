"""Mutation testing: would a test notice, if a line of the code that judges were wrong?

Each mutant is the code with one small fault (a comparison turned, a number off by one, a sort no
longer reversed), made by Cosmic Ray in a clone, and tried by the quick tests of its room. It is
killed if one of them fails, and survives otherwise. Mutants are a seeded sample of places, spread
evenly over the modules. What came of them is written to docs/mutants.md.

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
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tools.clones import code_into
from truerun.base import text_files
from truerun.base.commands import repository_variables
from truerun.base.errors import TruerunError, exit_with
from truerun.base.progress import progress

PAGE = Path("docs/mutants.md")
MUTANTS, SEED, LEAST = 400, 1, 0.8
SECONDS = 180  # that the tests of a room may take, before a mutant counts as killed by its time
SURVIVED, KILLED, INTERRUPTED = 0, 1, 2  # exit statuses of pytest
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
        _check_unchanged({mutant.room for mutant in mutants}, Path(folder) / "0")
        with ThreadPoolExecutor(workers) as pool:

            def survives(mutant: Mutant) -> bool:
                clone = clones.get()
                try:
                    with mutated(clone, mutant):
                        return tried(clone, mutant.room) == SURVIVED
                finally:
                    clones.put(clone)

            outcomes = pool.map(survives, mutants)
            bar = progress(outcomes, doing="mutants", unit="mutant", total=len(mutants))
            return [mutant for mutant, alive in zip(mutants, bar, strict=True) if alive]


def _check_unchanged(rooms: set[Room], clone: Path) -> None:
    """Refuse to begin where a room's tests fail by themselves: they would kill every mutant."""
    for room in rooms:
        status = tried(clone, room)
        if status != SURVIVED:
            raise TruerunError(f"the tests of {room.name} end with {status} without any mutant")


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


def tried(clone: Path, room: Room) -> int:
    """Exit status of the room's quick tests, run in a fork that has the libraries.

    Raises
    ------
    TruerunError
        If pytest could not run them, which is no answer of a test.
    """
    child = os.fork()
    if not child:
        _run_tests(clone, room)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code in (SURVIVED, KILLED, INTERRUPTED) or code < 0:
                return code
            raise TruerunError(
                f"pytest could not run the tests of {room.name}: it ended with {code}"
            )
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return KILLED


def _run_tests(clone: Path, room: Room) -> None:
    """Become the tests of a room, of the code in the clone, and end with their status."""
    os.setsid()
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
    tests = [f"tests/{folder}" for folder in room.tests]
    # The libraries are here before pytest, which warns that it cannot rewrite their assertions.
    quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    options = (*quiet, "-x", "-q", "-n0", "-m", "not slow", "-p", "no:cacheprovider")
    status = pytest.main([*options, *tests])
    os._exit(int(status))


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
