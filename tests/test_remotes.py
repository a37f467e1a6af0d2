"""DVC remotes by the commands of README: a real S3-compatible server on loopback, and a folder."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest
import yaml

from tests.conftest import Project

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory, sample_project: Project) -> Iterator[str]:
    """Address of an S3 server with `my-bucket`; the environment knows it, and no other account."""
    del sample_project  # only made first, outside this environment
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name, value in {
            "HOME": home,
            "TMPDIR": home,
            "DVC_SITE_CACHE_DIR": home / "site",
            "NO_PROXY": "127.0.0.1",
            "AWS_CONFIG_FILE": home / "no-config",
            "AWS_SHARED_CREDENTIALS_FILE": home / "no-credentials",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "dummy",
            "AWS_SECRET_ACCESS_KEY": "dummy",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ENDPOINT_URL": address,
        }.items():
            environment.setenv(name, str(value))
        with (
            (home / "server.log").open("wb") as log,
            subprocess.Popen(
                ["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
            ) as server,
        ):
            try:
                _wait_for(address, server, home / "server.log")
                with closing(boto3.client("s3", region_name="us-east-1")) as client:
                    client.create_bucket(Bucket="my-bucket")
                yield address
            finally:
                server.kill()


@pytest.fixture(scope="module", params=["s3", "folder"])
def origin(
    request: pytest.FixtureRequest,
    s3: str,
    sample_project: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """A project with a remote, all pushed and committed."""
    del s3  # its environment serves the folder too
    folder = tmp_path_factory.mktemp(f"origin-{request.param}")
    url = "s3://my-bucket/flights" if request.param == "s3" else str(folder / "storage")
    project = _copy(sample_project, folder / "repository")
    project.run("dvc", "remote", "add", "--default", "storage", url)
    project.run("dvc", "push")
    project.run("git", "commit", "--quiet", "--all", "--message", "Where the data is kept")
    return project


def test_adding_a_remote_changes_its_settings_only_and_a_push_sends_all(origin: Project) -> None:
    assert origin.run("git", "diff", "--name-only", "HEAD~") == ".dvc/config\n"
    assert origin.run("git", "status", "--short") == ""
    assert "Cache and remote 'storage' are in sync." in origin.run("dvc", "status", "--cloud")


def test_a_fresh_clone_pulls_every_file_and_has_nothing_to_run(
    origin: Project, tmp_path: Path
) -> None:
    clone = _clone(origin, tmp_path / "clone")
    # Every sixth flight is not what the package has: as with raw data of one's own.
    refusal = clone.run("python", "-m", "pipeline.ingest", check=False)
    assert "run `dvc pull`" in refusal
    clone.run("dvc", "pull")
    assert _found(clone) == _tracked(clone)
    assert "up to date" in clone.run("dvc", "status")
    printed = clone.run("dvc", "repro")
    assert printed.count("didn't change, skipping") == 6  # raw data and five stages
    assert "Running stage" not in printed
    assert "as data/raw.dvc lists them" in clone.run("python", "-m", "pipeline.ingest")
    assert clone.run("git", "status", "--short") == ""


def test_what_is_lost_here_comes_back_by_a_pull(origin: Project, tmp_path: Path) -> None:
    project = _copy(origin, tmp_path / "repository")
    tracked = _tracked(project)
    shutil.rmtree(project.root / ".dvc/cache")
    for path in ("data", "models"):
        shutil.rmtree(project.root / path)
    project.run("git", "restore", ".")
    assert _found(project) != tracked
    project.run("dvc", "pull")
    assert _found(project) == tracked


def test_the_model_is_fetched_by_its_name_and_version(origin: Project, tmp_path: Path) -> None:
    """By who has only Git's address and the remote: a bare repository holds no data."""
    repository = tmp_path / "flights.git"
    origin.run("git", "clone", "--quiet", "--bare", str(origin.root), str(repository))
    bare, elsewhere = Project(repository), Project(tmp_path)
    bare.run("git", "config", "user.name", "Tester")
    bare.run("git", "config", "user.email", "tester@example.org")
    bare.run("git", "tag", "--annotate", "flight-delay@v1.0.0", "--message", "First model")
    elsewhere.run(
        *("dvc", "artifacts", "get", str(repository), "flight-delay"),
        *("--rev", "v1.0.0", "--out", "model.skops"),
    )
    model = (origin.root / "models/model.skops").read_bytes()
    assert (tmp_path / "model.skops").read_bytes() == model


def test_what_the_remote_lost_is_named_and_made_again(origin: Project, tmp_path: Path) -> None:
    if "s3" in origin.read(".dvc/config"):
        pytest.skip("the folder shows it")
    shutil.copytree(origin.root.parent / "storage", tmp_path / "storage")
    clone = _clone(origin, tmp_path / "clone")
    clone.run("dvc", "remote", "modify", "--local", "storage", "url", str(tmp_path / "storage"))
    lost = _tracked(clone)["models/estimator.skops"]
    (tmp_path / "storage/files/md5" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(AssertionError, match=r"ended with \d+:[^!]*\nmodels/estimator.skops\n"):
        clone.run("dvc", "pull")
    printed = clone.run("dvc", "repro")
    assert printed.count("Running stage") == 1
    assert "Running stage 'train'" in printed
    assert _found(clone) == _tracked(clone) == _tracked(origin)
    clone.run("dvc", "push")
    assert "are in sync" in clone.run("dvc", "status", "--cloud")


def test_an_endpoint_among_the_settings_goes_before_the_environment(
    origin: Project, s3: str, tmp_path: Path
) -> None:
    if "s3" not in origin.read(".dvc/config"):
        pytest.skip("a folder has no endpoint")
    project = _copy(origin, tmp_path / "repository")
    project.run("dvc", "remote", "modify", "storage", "endpointurl", s3)
    status = project.run("dvc", "status", "--cloud", AWS_ENDPOINT_URL=NOWHERE)
    assert "Cache and remote 'storage' are in sync." in status


@pytest.mark.parametrize(
    ("url", "environment", "error"),
    [
        ("s3://my-bukket/flights", {}, "The specified bucket does not exist"),
        ("s3://my-bucket/flights", {"AWS_ENDPOINT_URL": NOWHERE}, "Could not connect to the endp"),
    ],
)
def test_a_push_to_nowhere_fails_and_says_why(
    s3: str, project: Project, url: str, environment: dict[str, str], error: str
) -> None:
    del s3
    project.run("dvc", "remote", "add", "--default", "storage", url)
    with pytest.raises(AssertionError, match=rf"ended with \d+:[^!]*ERROR: .*{error}"):
        project.run("dvc", "push", **environment)


def test_without_a_remote_push_and_pull_fail_and_say_so(project: Project, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"ended with \d+:[^!]*no remote specified"):
        project.run("dvc", "push")
    clone = _clone(project, tmp_path / "clone")
    with pytest.raises(AssertionError, match=r"ended with \d+:\nNo remote provided and no default"):
        clone.run("dvc", "pull")


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; fail when it ended, or took 20 seconds."""
    for _ in range(200):
        assert server.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{address}/moto-api/", timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"moto_server does not answer: {log.read_text(encoding='utf-8')}")


def _copy(project: Project, target: Path) -> Project:
    """The project with its cache and data, in another place."""
    shutil.copytree(project.root, target, symlinks=True)
    return Project(target)


def _clone(project: Project, target: Path) -> Project:
    """What Git has of the project."""
    project.run("git", "clone", "--quiet", str(project.root), str(target))
    return Project(target)


def _tracked(project: Project) -> dict[str, str]:
    """The hash that data/raw.dvc or dvc.lock lists, by path."""
    raw = yaml.safe_load(project.read("data/raw.dvc"))["outs"]
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"].values()
    outs = [{**out, "path": f"data/{out['path']}"} for out in raw]
    outs += [out for stage in stages for out in stage["outs"]]
    return {out["path"]: out["md5"] for out in outs}


def _found(project: Project) -> dict[str, str | None]:
    """The hash of what is there, by path; a folder's is that of DVC's list of its files."""
    hashes: dict[str, str | None] = {}
    for name in _tracked(project):
        path = project.root / name
        files = sorted(file for file in path.rglob("*") if file.is_file())
        listing = [
            {"md5": _md5(file.read_bytes()), "relpath": file.relative_to(path).as_posix()}
            for file in files
        ]
        if path.is_dir():
            hashes[name] = _md5(json.dumps(listing).encode()) + ".dir"
        else:
            hashes[name] = _md5(path.read_bytes()) if path.exists() else None
    return hashes


def _md5(content: bytes) -> str:
    """The hash by which DVC knows a content."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
