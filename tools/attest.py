"""Does the pipeline give, to the byte, what dvc.lock and the files in Git say that it gave?

Clones the repository into another folder, with what is changed in tracked files but not committed,
and runs `dvc repro --force` there: as it is, again, with other numbers of threads, as if on older
processors, in another time zone and locale. Ends with exit status 1 at the first run that differs,
and names stage and output, of metrics and plots also the figures or lines.

Usage:
  python -m tools.attest          what `make attest` calls; takes some minutes
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from tools.clones import clone_into
from truerun.base import locks
from truerun.base.commands import CommandError, run
from truerun.base.errors import TruerunError, exit_with
from truerun.base.locks import LockChange

LOCK = "dvc.lock"
SHOWN = 5  # differences within a file


class AttestError(TruerunError):
    """A run does not give what the repository says that it gives."""


def conditions(folder: Path) -> dict[str, dict[str, str] | None]:
    """What must not matter: environment variables by the name of the condition.

    None where this machine cannot be put into a condition. What one needs is made in the folder.
    """
    extensions = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    newest = [name for name in extensions if name == "X86_V4" or name.startswith("AVX512")]
    return {
        "as it is": {},
        "again": {},
        "one thread": {"OMP_NUM_THREADS": "1"},
        "two threads": {"OMP_NUM_THREADS": "2"},
        "NumPy without AVX-512": {"NPY_DISABLE_CPU_FEATURES": " ".join(newest)} if newest else None,
        "nothing newer than SSE": {
            "NPY_DISABLE_CPU_FEATURES": " ".join(extensions),
            "ARROW_USER_SIMD_LEVEL": "NONE",
            "OPENBLAS_CORETYPE": "Prescott",
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL",
        },
        "another time zone": {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "20130101"},
        "another locale": another_locale(folder),
    }


def another_locale(folder: Path) -> dict[str, str] | None:
    """A locale that writes numbers or letters otherwise, of this machine, or made in a folder."""
    listed = run(Path(), "locale", "-a", check=False)
    foreign = [name for name in listed.split() if name[:2] in {"tr", "de", "fr"}]
    if foreign:
        return {"LC_ALL": max(foreign)}
    made = folder / "de_DE.UTF-8"
    with suppress(CommandError):  # there is no localedef
        run(Path(), "localedef", "-i", "de_DE", "-f", "UTF-8", str(made), check=False)
    return {"LC_ALL": made.name, "LOCPATH": str(folder)} if made.exists() else None


def main() -> None:
    """Run under all conditions."""
    with tempfile.TemporaryDirectory(prefix="locale-") as folder:
        attest(conditions(Path(folder)))


def attest(chosen: Mapping[str, Mapping[str, str] | None]) -> None:
    """Run under each condition; raise `AttestError` at the first that differs."""
    with tempfile.TemporaryDirectory(prefix="attest-") as folder:
        clone = Path(folder) / "another folder"
        print(f"attest: {clone_into(clone)}, in a clone in another folder")
        expected = locks.load(clone / LOCK)
        for condition, environment in chosen.items():
            print(f"  {condition} ... ", end="", flush=True)
            if environment is None:
                print("not possible on this machine")
                continue
            run(clone, sys.executable, "-m", "truerun.repro", "--force", **environment)
            differences = locks.differences(expected, locks.load(clone / LOCK))
            problems = [described(difference) for difference in differences] + changes_in_git(clone)
            if problems:
                print("differs")
                heading = f"{condition}: a run does not give what is in Git:"
                raise AttestError("\n  ".join([heading, *problems]))
            print("the same bytes", flush=True)


def described(difference: LockChange) -> str:
    """A difference in words."""
    d = difference
    return f"stage {d.stage}, {d.kind} {d.name}: {LOCK} has {d.expected}, the run {d.actual}"


def changes_in_git(clone: Path) -> list[str]:
    """Which figures or lines of files in Git a run has changed."""
    changes = []
    for file in run(clone, "git", "diff", "--name-only").splitlines():
        if file == LOCK:
            continue
        if not (clone / file).exists():
            changes.append(f"{file}: Git has it, but the run removes it")
            continue
        texts = run(clone, "git", "show", f"HEAD:{file}"), (clone / file).read_text("utf-8")
        if file.endswith(".json"):
            before, after = (locks.leaves(json.loads(text)) for text in texts)
        else:
            before, after = (
                {f"line {number}": line for number, line in enumerate(text.splitlines(), 1)}
                for text in texts
            )
        changed = [
            f"{file}, {key}: Git has {before.get(key)!r}, the run {after.get(key)!r}"
            for key in dict.fromkeys([*before, *after])
            if before.get(key) != after.get(key)
        ]
        more = [f"{file}: and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else []
        changes += changed[:SHOWN] + more
    return changes


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    exit_with(main)
