"""Runs the real workflow files with act, on this machine, without Docker, GitHub or a network.

What is not here is stood in for: actions by those of the folder `actions`, by their exact commit;
GitHub by `hub`; CML, GitHub's program and the runner's bare Python by those of `programs`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ci.hub import REPOSITORY
from tests.conftest import ROOT

HERE = Path(__file__).parent
FLOWS = ROOT / ".github"
USES = re.compile(r"^\s*(?:- )?uses: (\S+)", re.MULTILINE)
SECONDS = 900


@dataclass(frozen=True)
class Ran:
    """What became of a workflow: the result of each job that ran, what was printed, summaries."""

    jobs: dict[str, str]
    log: str
    summary: str


@dataclass(frozen=True)
class Machine:
    """A runner, of which a folder is all that there is."""

    folder: Path
    origin: Path  # the repository that is checked out from
    cache: Path  # DVC's cache as main left it
    certificate: Path
    warm: Path  # programs that start warm: see `tests.warm`

    @property
    def kept(self) -> Path:
        """Where artifacts, caches and notes of the stand-ins lie."""
        return self.folder / "kept"

    @property
    def programs(self) -> Path:
        """Stand-ins that come first on PATH."""
        return self.folder / "programs"

    def set_up(self) -> None:
        """Make the folders."""
        self.kept.mkdir(parents=True)
        (self.folder / "home").mkdir()
        python = getattr(sys, "_base_executable", sys.executable)
        lay_down_programs(self.programs, python)
        shutil.copy2(self.warm / "env", self.programs)

    def act(  # noqa: PLR0913, what differs from one event to the next
        self,
        workflow: str,
        event: str,
        payload: dict[str, Any],
        checkout: Path,
        *,
        run: int = 101,
        api: str = "https://127.0.0.1:1",
        token: str = "",
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        **environment: str,
    ) -> Ran:
        """Run a workflow of a checkout for an event."""
        (self.folder / "event.json").write_text(json.dumps(payload))
        held = {**({"GITHUB_TOKEN": token} if token else {}), **(secrets or {})}
        file = self.folder / "secrets"
        file.write_text("".join(f"{name}={value}\n" for name, value in held.items()))
        command = ["act", event, "-C", str(checkout), "-W", f".github/workflows/{workflow}"]
        command += ["-e", str(self.folder / "event.json"), "-P", "ubuntu-24.04=-self-hosted"]
        command += ["--no-cache-server", "--no-skip-checkout", "--rm", "--json"]
        command += ["--action-cache-path", str(self.folder / "act")]
        for uses in sorted(used(checkout / ".github")):
            name, reference = uses.split("@")
            action = "/".join(name.split("/")[:2])
            stand_in = HERE / "actions" / action.split("/")[1]
            command += ["--local-repository", f"{action}@{reference}={stand_in}"]
        command += ["--secret-file", str(file), "--env-file", "/dev/null"]
        command += ["--var-file", "/dev/null", "--input-file", "/dev/null"]
        for name, value in (variables or {}).items():
            command += ["--var", f"{name}={value}"]
        for name, value in {
            "GITHUB_RUN_ID": str(run),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": f"{api}/api/v3",
            "GITHUB_SERVER_URL": api,
            "STAND_INS": str(HERE / "programs"),
            "STAND_IN_ORIGIN": str(self.origin),
            "STAND_IN_CACHE": str(self.cache),
            "STAND_IN_KEPT": str(self.kept),
            "STAND_IN_PREFIX": sys.prefix,
            "STAND_IN_PYTHON": str(self.warm / "python"),
            "OMP_NUM_THREADS": "1",  # threads that wait for a busy core spin for most of the time
            **environment,
        }.items():
            command += ["--env", f"{name}={value}"]
        done = subprocess.run(
            command,
            env={
                "PATH": f"{self.programs}:{Path(sys.executable).parent}:/usr/bin:/bin",
                "HOME": str(self.folder / "home"),
                "DVC_SITE_CACHE_DIR": str(self.folder / "site"),
                "SSL_CERT_FILE": str(self.certificate),
                "NODE_EXTRA_CA_CERTS": str(self.certificate),
                "GOMAXPROCS": "1",  # act crashes now and then when it logs from two threads
                "PAGER": "cat",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return read(done.stdout, done.stderr)


def read(printed: str, errors: str) -> Ran:
    """What act tells in lines of JSON."""
    jobs, log, summary = {}, [errors], []
    for line in printed.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            log.append(line)
            continue
        log.append(told.get("msg", "").rstrip())
        if "jobResult" in told:
            variant = "".join(f" {value}" for value in (told.get("matrix") or {}).values())
            jobs[f"{told['jobID']}{variant}"] = told["jobResult"]
        if told.get("command") == "summary":
            summary.append(told["content"])
    return Ran(jobs, "\n".join(log), "".join(summary))


def used(folder: Path) -> set[str]:
    """The actions of others that workflows and actions below a folder use."""
    texts = [file.read_text(encoding="utf-8") for file in folder.rglob("*.yml")]
    return {name for text in texts for name in USES.findall(text) if not name.startswith("./")}


def lay_down_programs(folder: Path, python: str) -> None:
    """Copy the stand-ins for programs; CML is the real one if an environment variable names it."""
    folder.mkdir()
    for source in (HERE / "programs").iterdir():
        if source.is_file() and not source.suffix:
            target = folder / source.name
            target.write_text(source.read_text(encoding="utf-8").replace("@PYTHON@", python))
            shutil.copymode(source, target)
    if real := os.environ.get("CML"):
        (folder / "cml").write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin exec {real} "$@"\n')
