"""Every program is started in one place, `truerun.base.commands`, but for forks and clusters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

HELPER = ROOT / "src/truerun/base/commands.py"
FORKS = ROOT / "src/truerun/base/workers.py"
SUPERVISOR = ROOT / "src/truerun/serve/supervisor.py"  # forks those that answer
TASKS = ROOT / "src/truerun/base/cluster_tasks.py"  # it travels to workers without the package
MUTANTS = ROOT / "tools/mutants.py"  # forks once for each mutant
# It installs the package, and cannot use it.
INSTALLER = ROOT / "src/truerun/template/files/requirements/install.py"
STARTERS = {
    "subprocess": r"run|call|check_call|check_output|getoutput|getstatusoutput|Popen",
    "os": r"system|popen|startfile|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|fork(pty)?",
    "pty": r"spawn",
    "multiprocessing": r"Process|Pool|get_context",
    "asyncio": r"create_subprocess_(exec|shell)",
}


def starters(source: str) -> list[tuple[int, str]]:
    """What in a module starts a process, or could do so unseen by this, each with its line."""
    return sorted(_starters(ast.parse(source)))


def _starters(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if re.fullmatch(STARTERS.get(node.value.id, "(?!)"), node.attr):
                yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                if re.fullmatch(STARTERS.get(node.module or "", "(?!)"), name.name):
                    yield node.lineno, f"{node.module}.{name.name}"
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name in STARTERS and name.asname:
                    yield node.lineno, f"{name.name} as {name.asname}"


def starters_in(folder: Path) -> list[str]:
    """What starts a process in the modules of a folder, but for the helper."""
    return [
        f"{path.relative_to(folder)}:{line}: {name}"
        for path in sorted(folder.rglob("*.py"))
        if path not in (HELPER, FORKS, SUPERVISOR, TASKS, MUTANTS, INSTALLER)
        for line, name in starters(path.read_text(encoding="utf-8"))
    ]


def test_no_process_is_started_elsewhere() -> None:
    assert starters_in(ROOT / "src") == []
    assert starters_in(ROOT / "tools") == []


def test_the_one_place_is_where_they_are_started() -> None:
    names = {name for _, name in starters(HELPER.read_text(encoding="utf-8"))}
    assert names == {"subprocess.Popen", "subprocess.run"}
    assert {name for _, name in starters(FORKS.read_text(encoding="utf-8"))} == {"os.fork"}


def test_a_process_that_is_started_elsewhere_is_named(tmp_path: Path) -> None:
    lines = [
        "import os, pty, subprocess, asyncio",
        "import subprocess as sp",
        "from subprocess import DEVNULL, check_output",
        "subprocess.run(['git'])",
        "started = subprocess.Popen",
        "os.system('git status')",
        "os.execvpe('git', [], {})",
        "pty.spawn('git')",
        "asyncio.create_subprocess_exec('git')",
        "os.fork()",
        "os.environ.get('PATH'); subprocess.TimeoutExpired",
    ]
    (tmp_path / "module.py").write_text("\n".join(lines), encoding="utf-8")
    assert starters_in(tmp_path) == [
        "module.py:2: subprocess as sp",
        "module.py:3: subprocess.check_output",
        "module.py:4: subprocess.run",
        "module.py:5: subprocess.Popen",
        "module.py:6: os.system",
        "module.py:7: os.execvpe",
        "module.py:8: pty.spawn",
        "module.py:9: asyncio.create_subprocess_exec",
        "module.py:10: os.fork",
    ]
