"""DVC remotes by the commands of docs/storage.md: a real S3 server on loopback, a folder."""

import os
import re
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

from tests import customers
from tests.conftest import Project, dvc_md5
from tests.release.workshop import note

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
IN_SYNC = "Cache and remote 'storage' are in sync."


@pytest.fixture(scope="module", autouse=True)
def home(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment without the user's accounts, in which nothing is kept outside this folder."""
    del sample_project  # made before, in the environment of all tests
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for value, names in {
            str(home): ("HOME", "TMPDIR", "DVC_SITE_CACHE_DIR"),
            str(home / "missing"): ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
            "dummy": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            "true": ("AWS_EC2_METADATA_DISABLED",),
            "1": ("AWS_MAX_ATTEMPTS",),
            "127.0.0.1": ("NO_PROXY",),
        }.items():
            for name in names:
                environment.setenv(name, value)
        yield home


@pytest.fixture(scope="module")
def endpoint(home: Path) -> Iterator[str]:
    """Address of an S3 server with `my-bucket`, which the environment names too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = ["moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        (home / "server.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        try:
            _wait_for(server, f"{address}/moto-api/")
            environment.setenv("AWS_ENDPOINT_URL", address)
            with closing(boto3.client("s3", region_name="us-east-1")) as client:
                client.create_bucket(Bucket="my-bucket")
            yield address
        finally:
            server.kill()


@pytest.fixture(scope="module")
def in_s3(endpoint: str, sample_project: Project, home: Path) -> Project:
    """A project whose data is in the bucket."""
    del endpoint
    return _pushed(sample_project, home / "in_s3", "s3://my-bucket/flights")


@pytest.fixture(scope="module")
def in_folder(sample_project: Project, home: Path) -> Project:
    """A project whose data is in another folder."""
    return _pushed(sample_project, home / "in_folder", str(home / "storage"))


@pytest.fixture(params=["in_s3", "in_folder"])
def origin(request: pytest.FixtureRequest) -> Project:
    return request.getfixturevalue(request.param)


def test_adding_a_remote_changes_its_settings_only_and_a_push_sends_all(origin: Project) -> None:
    assert origin.run("git", "diff", "--name-only", "HEAD~") == ".dvc/config\n"
    assert origin.run("git", "status", "--short") == ""
    assert IN_SYNC in origin.run("dvc", "status", "--cloud")


def test_a_fresh_clone_pulls_all_and_has_nothing_to_run(origin: Project, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "clone")
    clone.run("dvc", "pull")
    assert _found(clone) == _tracked(clone)
    assert "up to date" in clone.run("dvc", "status")
    printed = clone.run("dvc", "repro")
    assert printed.count("didn't change, skipping") == 6  # raw data and five stages
    assert "Running stage" not in printed
    assert "as data/raw.dvc lists them" in clone.run("python", "-m", "truerun.ingest")
    assert clone.run("git", "status", "--short") == ""


def test_what_is_lost_here_comes_back_by_a_pull(in_s3: Project, tmp_path: Path) -> None:
    project = Project(shutil.copytree(in_s3.root, tmp_path / "repository"))
    for folder in (".dvc/cache", "data", "models"):
        shutil.rmtree(project.root / folder)
    project.run("git", "restore", ".")
    project.run("dvc", "pull")
    assert _found(project) == _tracked(project) == _tracked(in_s3)


@pytest.mark.nightly
def test_what_the_remote_lost_is_named_and_made_again(in_folder: Project, tmp_path: Path) -> None:
    storage = shutil.copytree(in_folder.root.parent / "storage", tmp_path / "storage")
    clone = _clone(in_folder, tmp_path / "clone")
    clone.run("dvc", "remote", "modify", "--local", "storage", "url", str(storage))
    md5 = _tracked(clone)["models/featurizer.skops"]
    lost = storage / "files/md5" / md5[:2] / md5[2:]
    lost.unlink()
    assert "\nmodels/featurizer.skops\n" in _failing(clone, "dvc", "pull")
    printed = clone.run("dvc", "repro")
    assert printed.count("Running stage") == printed.count("Running stage 'featurize'") == 1
    assert _found(clone) == _tracked(clone) == _tracked(in_folder)
    clone.run("dvc", "push")
    assert lost.exists()


@pytest.mark.nightly
def test_a_public_bucket_is_read_without_credentials_and_a_private_one_is_not(
    in_s3: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the run of a fork's pull request, and the judge of it, read it."""
    public = Project(shutil.copytree(in_s3.root, tmp_path / "public"))
    with closing(boto3.client("s3", region_name="us-east-1")) as client:
        client.create_bucket(Bucket="public-bucket")
    public.run("dvc", "remote", "modify", "storage", "url", "s3://public-bucket/flights")
    public.run("dvc", "remote", "modify", "--local", "storage", "acl", "public-read")
    public.run("dvc", "push")
    public.run("git", "commit", "--quiet", "--all", "--message", "A public bucket")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    private = _clone(in_s3, tmp_path / "private clone")
    assert "nothing could be fetched" in private.run("sh", "-c", "truerun ci remote pull 2>&1")
    clone = _clone(public, tmp_path / "clone")
    clone.run("truerun", "ci", "remote", "pull")
    assert _found(clone) == _tracked(clone)
    assert clone.run("git", "status", "--short") == ""


def test_the_model_is_fetched_by_its_name_and_version(in_s3: Project, tmp_path: Path) -> None:
    """By one who has Git's address only: a bare repository holds no data."""
    bare = tmp_path / "flights.git"
    in_s3.run("git", "tag", "--annotate", "flight-delay@v1.0.0", "--message", "First model")
    in_s3.run("git", "clone", "--quiet", "--bare", str(in_s3.root), str(bare))
    command = ("dvc", "artifacts", "get", str(bare), "flight-delay", "--rev", "v1.0.0")
    Project(tmp_path).run(*command, "--out", "model.skops")
    model = (in_s3.root / "models/model.skops").read_bytes()
    assert (tmp_path / "model.skops").read_bytes() == model


@pytest.mark.nightly
def test_a_version_is_held_against_the_bucket_and_served_from_it(
    in_s3: Project, tmp_path: Path
) -> None:
    origin = Project(shutil.copytree(in_s3.root, tmp_path / "origin"))
    origin.run("git", "tag", "--delete", "flight-delay@v1.0.0", check=False)
    note(origin.root)
    clone = _clone(origin, tmp_path / "clone")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        clone.run("git", "config", name, value)
    assert "is in the DVC remote storage" in clone.run("truerun", "release", "create", "v1.0.0")
    clone.run("truerun", "release", "fetch", "v1.0.0", "--into", "served")
    md5 = _tracked(clone)["models/bundle"]
    assert dvc_md5((clone.root / "served").resolve()) == md5

    # Again from the cache, by a network that is down.
    clone.run("truerun", "release", "fetch", "v1.0.0", "--into", "again", **NOWHERE)
    shutil.rmtree(clone.root / ".dvc/cache")
    fetch = ("truerun", "release", "fetch", "v1.0.0", "--into", "third")
    assert "cannot be read: " in _failing(clone, *fetch, **NOWHERE)
    with closing(boto3.client("s3", region_name="us-east-1")) as client:
        place = {"Bucket": "my-bucket", "Key": f"flights/files/md5/{md5[:2]}/{md5[2:]}"}
        content = client.get_object(**place)["Body"].read()
        try:
            client.put_object(**place, Body=b"[]")
            assert "are other bytes, of the md5" in _failing(clone, *fetch)
            client.delete_object(**place)
            assert f"lacks the object {md5}" in _failing(clone, *fetch)
        finally:
            client.put_object(**place, Body=content)


def test_an_endpoint_in_the_settings_goes_before_the_environment(
    in_s3: Project, endpoint: str, tmp_path: Path
) -> None:
    project = Project(shutil.copytree(in_s3.root, tmp_path / "repository"))
    project.run("dvc", "remote", "modify", "storage", "endpointurl", endpoint)
    assert IN_SYNC in project.run("dvc", "status", "--cloud", **NOWHERE)


@pytest.mark.nightly
@pytest.mark.usefixtures("endpoint")
def test_a_table_is_adopted_out_of_a_bucket_and_renewed_from_there(tmp_path: Path) -> None:
    older, newer = (customers.few(rows).to_csv(index=False).encode() for rows in (200, 250))
    with closing(boto3.client("s3", region_name="us-east-1")) as client:
        place = {"Bucket": "my-bucket", "Key": "shop/customers.csv"}
        client.put_object(**place, Body=older)
        address = "s3://my-bucket/shop/customers.csv"
        adopt = ("python", "-m", "truerun.adopt", address, "--target", "churn", "--into", "churn")
        assert "customers.csv: 200 rows" in Project(tmp_path).run(*adopt)
        project = Project(tmp_path / "churn")
        assert address in project.read("data/raw.dvc")
        assert (project.root / "data/raw/customers.csv").read_bytes() == older
        client.put_object(**place, Body=newer)
    project.run("dvc", "update", "data/raw.dvc")
    assert (project.root / "data/raw/customers.csv").read_bytes() == newer
    assert re.search(r"modified: +data/raw\n", project.run("dvc", "status"))


@pytest.mark.usefixtures("endpoint")
def test_a_bucket_without_the_table_is_told(tmp_path: Path) -> None:
    missing = "s3://my-bucket/shop/clients.csv"
    adopt = ("python", "-m", "truerun.adopt", "--target", "churn", "--into", "churn", missing)
    assert f"{missing} cannot be downloaded" in _failing(Project(tmp_path), *adopt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly
@pytest.mark.usefixtures("endpoint")
def test_a_push_to_a_wrong_bucket_or_address_fails_and_says_why(project: Project) -> None:
    project.run("dvc", "remote", "add", "--default", "storage", "s3://my-bukket/flights")
    assert "The specified bucket does not exist" in _failing(project, "dvc", "push")
    assert "Could not connect to the endpoint URL" in _failing(project, "dvc", "push", **NOWHERE)


def test_without_a_remote_push_and_pull_fail_and_say_so(project: Project, tmp_path: Path) -> None:
    assert "no remote specified" in _failing(project, "dvc", "push")
    clone = _clone(project, tmp_path / "clone")
    # The sample's raw data is not what the package holds, like that of one's own.
    assert "run `dvc pull`" in _failing(clone, "python", "-m", "truerun.ingest")
    assert "No remote provided and no default remote set" in _failing(clone, "dvc", "pull")


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    """Return when the server answers; fail when it has ended, or after 20 seconds."""
    for _ in range(200):
        assert server.poll() is None, f"{server.args} ended with {server.returncode}"
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{address} does not answer")


def _pushed(project: Project, target: Path, url: str) -> Project:
    """A copy of the project with a remote, which all is pushed to."""
    copy = Project(shutil.copytree(project.root, target))
    copy.run("dvc", "remote", "add", "--default", "storage", url)
    copy.run("dvc", "push")
    copy.run("git", "commit", "--quiet", "--all", "--message", "Where the data is kept")
    return copy


def _clone(project: Project, target: Path) -> Project:
    """What Git has of the project."""
    project.run("git", "clone", "--quiet", str(project.root), str(target))
    return Project(target)


def _failing(project: Project, *command: str, **environment: str) -> str:
    """What a command prints that ends with another status than 0, without a traceback."""
    with pytest.raises(AssertionError, match=r"ended with \d+:") as failure:
        project.run(*command, **environment)
    assert "Traceback" not in str(failure.value)
    return str(failure.value)


def _tracked(project: Project) -> dict[str, str]:
    """The hash that data/raw.dvc or dvc.lock lists, by path."""
    raw = yaml.safe_load(project.read("data/raw.dvc"))["outs"]
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"].values()
    hashes = {f"data/{out['path']}": out["md5"] for out in raw}
    return hashes | {out["path"]: out["md5"] for stage in stages for out in stage["outs"]}


def _found(project: Project) -> dict[str, str]:
    """The hash of what is there of it, by path."""
    return {path: dvc_md5(project.root / path) for path in _tracked(project)}
