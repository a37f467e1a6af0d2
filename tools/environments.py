"""Environments of packages that do not go with ours: each in a folder of .venv, by its lock."""

import sys
from pathlib import Path

from truerun.base.commands import run


def environment(name: str) -> Path:
    """The programs of .venv/NAME, installed anew if requirements/NAME.txt is newer."""
    place, stamp = Path(f".venv/{name}").absolute(), Path(f".venv/{name}.stamp")
    requirements = Path(f"requirements/{name}.txt")
    if not stamp.exists() or stamp.stat().st_mtime < requirements.stat().st_mtime:
        print(f"Installing {name} into .venv/{name} ...", file=sys.stderr, flush=True)
        run(Path(), sys.executable, "-m", "venv", "--clear", str(place))
        (place / "bin/uv").symlink_to("../../bin/uv")
        python, install = str(place / "bin/python"), "requirements/install.py"
        run(Path(), python, "-I", install, "--require-hashes", "-r", str(requirements))
        stamp.touch()
    return place / "bin"
