"""What the Dockerfiles say, done in a folder: the service answers read-only, without any right."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.ops import dockerfile
from tests.ops.dockerfile import Stage
from tests.ops.services import (
    DISTROLESS,
    KEY,
    LIMIT,
    Files,
    check_rights,
    check_scores,
    client_of,
    files_of_ours,
    started,
)
from tests.ops.test_dockerfile import TEMPLATE
from tests.predict.test_predict import made as table_project
from tests.predict.test_predict import rows as table_rows
from tests.serve import bundles
from tests.serve.service import SECONDS
from truerun.package import locked, wheel_files
from truerun.release import image_build

pytestmark = pytest.mark.slow

GIVEN = {"REVISION": "1234", "VERSION": "v1", "SOURCE": "https://example.org/me/delays"}
SEALED = (
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec setpriv --reuid 65532 --regid'
    ' 65532 --clear-groups --no-new-privs --inh-caps=-all "$@"'
)


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    """An interpreter with pip and nothing else, in a folder that every user may read."""
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        Path(folder).chmod(0o755)
        subprocess.run([sys.executable, "-m", "venv", f"{folder}/venv"], check=True)
        yield Path(folder) / "venv/bin/python3"


@pytest.fixture(scope="module")
def ours(python: Path) -> Files:
    return files_of_ours(python.parents[2] / "ours")


def made(folder: Path, python: Path) -> Stage:
    """The image of a folder."""
    context = folder.with_name(f"{folder.name}-context")
    image_build.lay_down(folder, context)
    return followed(folder, context, python)


def followed(folder: Path, context: Path, python: Path) -> Stage:
    """The image of a folder, of what is laid down for it."""
    text = (folder / "Dockerfile").read_text(encoding="utf-8")
    into = context.with_name(f"{context.name}-image")
    into.mkdir(mode=0o755)
    return dockerfile.built(text, context, into, python, GIVEN)


@pytest.fixture(scope="module")
def image(ours: Files, python: Path) -> Stage:
    return made(ours.folder, python)


def running(
    stage: Stage, python: Path, *options: str, **environment: str
) -> AbstractContextManager[subprocess.Popen[str]]:
    """The image's own command, read-only and as its user, with other options if any are given."""
    command = dockerfile.here(stage, [*stage.start, *(options or stage.arguments)], python)
    if os.geteuid() == 0:
        command = ["unshare", "--mount", "sh", "-c", SEALED, str(stage.root), *command]
    folder = stage.root / stage.directory.lstrip("/")
    return started(command, folder, {**dockerfile.variables(stage, python), **environment})


def sizes(root: Path) -> dict[Path, int]:
    """All files below a folder, with their sizes."""
    return {path: path.lstat().st_size for path in sorted(root.rglob("*")) if path.is_file()}


def test_it_answers_with_the_scores_of_evaluate_and_changes_nothing(
    image: Stage, ours: Files, python: Path
) -> None:
    before = sizes(image.root)
    with running(image, python, "--workers", "1", "--port", "0", TRUERUN_API_KEYS=KEY) as process:
        client = client_of(process)
        if os.geteuid() == 0:
            check_rights(client)
        check_scores(client, ours)
        assert client.predict(ours.rows).status == 401

        health = [word.replace(":8000/", f":{client.port}/") for word in image.health]
        subprocess.run(dockerfile.here(image, health, python), check=True, timeout=SECONDS)
        other = [word.replace("/readyz", "/nothing") for word in health]
        done = subprocess.run(
            dockerfile.here(image, other, python), capture_output=True, check=False
        )
        assert done.returncode != 0
    assert sizes(image.root) == before


def test_every_user_can_read_it_and_no_one_but_root_could_write(image: Stage) -> None:
    for path in (image.root / "srv", *(image.root / "srv").rglob("*")):
        mode = path.lstat().st_mode
        assert mode & 0o004, path
        assert path.is_symlink() or not mode & 0o022, path


@pytest.mark.skipif(os.geteuid() != 0, reason="a root that cannot be written is made by root")
def test_what_these_tests_call_read_only_is(image: Stage, python: Path) -> None:
    code = f"open({str(image.root / 'srv/new')!r}, 'w')"
    command = ["unshare", "--mount", "sh", "-c", SEALED, str(image.root), str(python), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Read-only file system" in done.stderr
    assert not (image.root / "srv/new").exists()


def test_without_keys_it_does_not_start(image: Stage, python: Path) -> None:
    with running(image, python) as process:
        assert process.stdout is not None
        assert "without keys it would answer anyone" in process.stdout.read()
        assert process.wait(SECONDS) == 1


def test_it_says_what_it_is_made_of_and_is_small(image: Stage) -> None:
    assert image.labels == {
        f"org.opencontainers.image.{name.lower()}": value for name, value in GIVEN.items()
    }
    assert sum(sizes(image.root).values()) + DISTROLESS < LIMIT


def test_a_wheel_of_other_bytes_is_not_installed(ours: Files, python: Path) -> None:
    context = ours.folder.with_name("changed")
    image_build.lay_down(ours.folder, context)
    (wheel,) = (context / "vendor").iterdir()
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(AssertionError, match="DO NOT MATCH THE HASHES"):
        followed(ours.folder, context, python)


@pytest.mark.nightly
def test_the_image_of_a_project_answers_texts_by_its_own_code(
    python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = python.parents[2] / "theirs"
    (folder / "src/churn").mkdir(parents=True)
    (folder / "src/churn/features.py").write_text("FEATURES = {}\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    tested = table_project("binary").set_index("id")["score"]
    own = {"features": "churn.features"}
    bundles.retold(Path("models/bundle"), lambda facts: facts["source"]["options"].update(own))
    rows = [row for row in bundles.rows_of(table_rows()) if str(row["id"]) in tested.index]
    scores = tested.loc[[str(row["id"]) for row in rows]].tolist()
    wheel = wheel_files.running()
    wheel.write(folder / "vendor")
    (folder / "requirements").mkdir()
    for name, text in {**locked.texts(), "truerun.txt": wheel.requirement}.items():
        (folder / "requirements" / name).write_text(text, encoding="utf-8")
    shutil.copy(TEMPLATE / "Dockerfile", folder)
    stage = made(folder, python)
    assert sum(sizes(stage.root).values()) + DISTROLESS < LIMIT
    with running(stage, python, "--workers", "1", "--port", "0", TRUERUN_API_KEYS=KEY) as process:
        check_scores(client_of(process), Files(folder, rows, scores))
