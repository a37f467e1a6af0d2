"""The Dockerfile built by Buildah upon Debian's Python, and what is in it, run as in a container.

The bases that it names cannot be pulled by a test; its other lines are as they are. The last base
has no shell here either. Both are made once, and kept in the user's cache. Where Buildah is not
installed, `test_image` follows the same instructions in a folder.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.ops.services import (
    DISTROLESS,
    KEY,
    LIMIT,
    check_rights,
    check_scores,
    client_of,
    files_of_ours,
    started,
)
from tests.template.test_setup import install  # noqa: F401 - a fixture

LACKING = [name for name in ("buildah", "debootstrap") if not shutil.which(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.nightly,
    pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a root of Debian is made by root"),
]

CACHE = Path.home() / ".cache/truerun-tests"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
DEBIAN = "trixie"  # that of the bases
BUILD, LAST = (f"localhost/{DEBIAN}-python:{part}" for part in ("build", "last"))
SHELLS = ("sh", "dash", "bash")
# A read-only root of its own, and a user without rights; no more of a container is needed.
SEALED = (
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" &&'
    ' exec chroot --userspec=65532:65532 --groups= "$0" "$@"'
)


@pytest.fixture(scope="module")
def storage() -> Iterator[None]:
    """Buildah's images of these tests, apart from those of the user."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{CACHE}/images"\nrunroot = "{CACHE}/run"\n'
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CONTAINERS_STORAGE_CONF", str(CACHE / "storage.conf"))
        environment.setenv("BUILDAH_ISOLATION", "chroot")
        yield


def buildah(*words: str) -> str:
    """What Buildah prints."""
    done = subprocess.run(["buildah", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def bases(storage: None, install: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> None:  # noqa: F811
    """Debian's Python with pip, and without a shell, as images of this machine."""
    del storage
    names = {name for each in json.loads(buildah("images", "--json")) for name in each["names"]}
    if {BUILD, LAST} <= names:
        return
    root = tmp_path_factory.mktemp("debian") / "root"
    include = "python3,python3-pip,ca-certificates,libgomp1"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={include}", DEBIAN, root],
        check=True,
        capture_output=True,
    )
    if CERTIFICATES.exists():  # of the network that this machine is in, too
        shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    listing = subprocess.check_output(["python3", "-m", "pip", "config", "list"], text=True)
    told = install.for_pip(install.settings(listing), {"PIP_CERT": str(CERTIFICATES)})
    _commit(root, BUILD, {**told, "PIP_CERT": str(CERTIFICATES)})
    for name in SHELLS:
        (root / "usr/bin" / name).unlink(missing_ok=True)
    _commit(root, LAST, {})


def _commit(root: Path, name: str, environment: dict[str, str]) -> None:
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(root), "/")
    for variable, value in environment.items():
        buildah("config", "--env", f"{variable}={value}", container)
    buildah("commit", "--quiet", "--rm", container, name)


def test_it_is_built_and_answers_without_a_shell(bases: None, tmp_path: Path) -> None:
    del bases
    ours = files_of_ours(tmp_path / "delays")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=A")):
        own = ("-c", "user.name=T", "-c", "user.email=t@example.org")
        subprocess.run(["git", *own, *words], cwd=ours.folder, check=True)
    text = (ours.folder / "Dockerfile").read_text(encoding="utf-8")
    text, places = re.subn(r"^FROM \S+", "FROM BASE", text, flags=re.MULTILINE)
    assert places == 2
    text = text.replace("FROM BASE", f"FROM {BUILD}", 1).replace("FROM BASE", f"FROM {LAST}", 1)
    (ours.folder / "Dockerfile").write_text(text, encoding="utf-8")
    name = "localhost/delays:test"
    # Of the builders that may be there, this one.
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("docker", "podman"):
        (tools / tool).write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
        (tools / tool).chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "truerun.release", "image", name],
        cwd=ours.folder,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ours.folder, text=True)
    label = f"{commit.strip()}-dirty"  # its bases are others than those of the commit
    assert done.stdout.endswith(f"built {name} of commit {label} by buildah\n")

    told = json.loads(buildah("inspect", "--type", "image", name))["Docker"]
    settings = told["config"]
    assert settings["Labels"]["org.opencontainers.image.revision"] == label
    assert settings["User"] == "65532:65532"
    assert settings["Healthcheck"]["Test"][0] == "CMD"
    container = buildah("from", "--pull-never", name)
    try:
        root = Path(buildah("mount", container))
        assert not any((root / "usr/bin" / shell).exists() for shell in SHELLS)
        own = sum(path.lstat().st_size for path in (root / "srv").rglob("*") if path.is_file())
        assert own + DISTROLESS < LIMIT
        options = ["--workers", "1", "--port", "0"]
        code = "import os, sys; os.chdir('/srv'); os.execv(sys.argv[1], sys.argv[1:])"
        command = [settings["Entrypoint"][0], "-c", code, *settings["Entrypoint"], *options]
        variables = dict(each.split("=", 1) for each in settings["Env"])
        with started(
            ["unshare", "--mount", "sh", "-c", SEALED, str(root), *command],
            tmp_path,
            {"PATH": os.environ["PATH"], **variables, "TRUERUN_API_KEYS": KEY},
        ) as process:
            client = client_of(process)
            check_rights(client)
            check_scores(client, ours)
    finally:
        buildah("rm", container)
        buildah("rmi", name)
