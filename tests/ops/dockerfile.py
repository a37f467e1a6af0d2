"""Does what a Dockerfile says, in a folder in place of a container, where there is no builder.

Its own text is followed, so a change of it is what is tested. /srv is a folder, and
/usr/bin/python3 an interpreter without packages.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = "/usr/bin/python3"
HOME = "/srv"


@dataclass
class Stage:
    """What a stage of a Dockerfile comes to."""

    base: str
    root: Path
    directory: str = "/"
    user: str = "0"
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    start: Sequence[str] = ()
    arguments: Sequence[str] = ()
    health: Sequence[str] = ()


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction of a Dockerfile with what follows it, on one line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
    return [(name, rest.strip()) for name, _, rest in found]


def built(  # noqa: C901, PLR0912 - an instruction, a case
    text: str, context: Path, folder: Path, python: Path, given: Mapping[str, str]
) -> Stage:
    """The last stage, after all instructions were followed.

    Parameters
    ----------
    context : the files that COPY may take, as the builder is given them.
    folder : where the stages' roots are made.
    python : an interpreter for /usr/bin/python3 and python3, without packages but pip.
    given : the values of build arguments.
    """
    stages: dict[str, Stage] = {}
    stage = Stage("", folder)
    known: dict[str, str] = {}
    for name, rest in instructions(text):
        match name:
            case "FROM":
                base, _, alias = rest.partition(" AS ")
                root = folder / (alias or "last")
                stage = stages[alias or "last"] = Stage(base, root)
                root.mkdir(parents=True)
                known = {}
            case "ARG":
                known[rest] = given.get(rest, "")
            case "LABEL" | "ENV":
                pairs = (pair.partition("=") for pair in shlex.split(rest))
                values = {key: _expanded(value, known) for key, _, value in pairs}
                (stage.labels if name == "LABEL" else stage.environment).update(values)
            case "WORKDIR":
                stage.directory = rest
                _place(stage, rest).mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = rest
            case "COPY":
                _copy(stage, shlex.split(rest), context, stages)
            case "RUN":
                words = json.loads(rest) if rest.startswith("[") else ["sh", "-c", rest]
                _run(stage, here(stage, words, python), python)
            case "ENTRYPOINT":
                stage.start = json.loads(rest)
            case "CMD":
                stage.arguments = json.loads(rest)
            case "HEALTHCHECK":
                stage.health = json.loads(rest.partition("CMD ")[2])
            case "EXPOSE":
                pass
            case _:
                raise AssertionError(f"no test does {name} yet")
    return stage


def here(stage: Stage, words: Sequence[str], python: Path) -> list[str]:
    """A command of the image as it is on this machine."""
    return [_here(stage, word, python) for word in words]


def variables(stage: Stage, python: Path) -> dict[str, str]:
    """The environment of the image on this machine: nothing of the tests' own."""
    own = {name: _here(stage, value, python) for name, value in stage.environment.items()}
    return {"PATH": "/usr/bin:/bin", **own}


def _place(stage: Stage, path: str) -> Path:
    return stage.root / os.path.join(stage.directory, path).lstrip("/")  # noqa: PTH118


def _here(stage: Stage, text: str, python: Path) -> str:
    return re.sub(rf"{HOME}(?=[/:]|$)", f"{stage.root}{HOME}", text).replace(PYTHON, str(python))


def _expanded(value: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], value)


def _copy(stage: Stage, words: list[str], context: Path, stages: Mapping[str, Stage]) -> None:
    source = context
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].root
    *names, target = words
    into = _place(stage, target)
    for name in names:
        path = source / name.lstrip("/")
        if path.is_dir():
            shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True)
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, into / path.name)


def _run(stage: Stage, command: Sequence[str], python: Path) -> None:
    done = subprocess.run(
        [re.sub(r"(^| )python3 ", rf"\1{python} ", word) for word in command],
        cwd=_place(stage, ""),
        env={**variables(stage, python), **_network()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}"


def _network() -> dict[str, str]:
    """What says where packages are, on this machine."""
    names = ("HOME", "PIP_", "HTTP", "NO_PROXY", "SSL_", "REQUESTS_")
    return {name: value for name, value in os.environ.items() if name.upper().startswith(names)}
