"""The wheel in a project's folder: which it is, and its code where that has to run."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.package.wheels import OTHER
from tests.package.wheels import vendored as put
from truerun.base.errors import PackageError
from truerun.package import contents, vendored, wheel_files

SHOW = (
    "from importlib.metadata import version; import truerun.base.proof as proof;"
    " print(version('truerun'), proof.__file__)"
)


def test_the_wheel_of_a_project_is_the_one_in_its_folder(tmp_path: Path) -> None:
    assert vendored.wheel_of(tmp_path) is None
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/other-1.0-py3-none-any.whl").touch()
    assert vendored.wheel_of(tmp_path) is None
    built = wheel_files.running().write(tmp_path / "vendor")
    assert vendored.wheel_of(tmp_path) == built


@pytest.mark.slow
def test_of_two_wheels_neither_is_taken(tmp_path: Path) -> None:
    wheel_files.running().write(tmp_path / "vendor")
    put(tmp_path)
    message = f"vendor holds truerun-{contents.version()}-.* and truerun-{OTHER}-.*: delete all but"
    with pytest.raises(PackageError, match=message):
        vendored.wheel_of(tmp_path)
    with pytest.raises(PackageError, match=message):
        vendored.lay_down(tmp_path, tmp_path / "src")
    assert not (tmp_path / "src").exists()


@pytest.mark.slow
def test_the_code_that_runs_is_told_from_another(tmp_path: Path) -> None:
    same = wheel_files.running().write(tmp_path / "same")
    assert vendored.is_running(same)
    assert not vendored.is_running(put(tmp_path / "other", files={"base/paths.py": ""}))
    assert not vendored.is_running(put(tmp_path / "more", files={"base/proof.py": ""}))
    assert vendored.is_running(put(tmp_path / "named"))  # the same code by another name


@pytest.mark.slow
def test_what_is_laid_down_comes_before_what_is_installed(tmp_path: Path) -> None:
    put(tmp_path, files={"base/proof.py": ""})
    (tmp_path / "src/churn").mkdir(parents=True)
    vendored.lay_down(tmp_path, tmp_path / "src")
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=tmp_path,
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{OTHER} {tmp_path}/src/truerun/base/proof.py\n"
    assert (tmp_path / "src/churn").is_dir()


def test_where_there_is_nothing_to_lay_down_nothing_changes(tmp_path: Path) -> None:
    vendored.lay_down(tmp_path, tmp_path / "src")
    assert list(tmp_path.iterdir()) == []
    put(tmp_path)
    (tmp_path / "src/truerun").mkdir(parents=True)
    vendored.lay_down(tmp_path, tmp_path / "src")
    assert list((tmp_path / "src").rglob("*")) == [tmp_path / "src/truerun"]


@pytest.mark.parametrize("damage", ["no archive", "cut off", "another byte", "empty"])
def test_a_damaged_wheel_is_refused(tmp_path: Path, damage: str) -> None:
    path = put(tmp_path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("truerun/base/paths.py").header_offset + 100
    path.write_bytes(
        {
            "no archive": b"not a wheel",
            "cut off": content[:-1000],
            "another byte": content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :],
            "empty": b"",
        }[damage]
    )
    message = f"vendor/truerun-{OTHER}-py3-none-any.whl cannot be unpacked: "
    with pytest.raises(PackageError, match=message):
        vendored.lay_down(tmp_path, tmp_path / "src")
    with pytest.raises(PackageError, match=message):
        vendored.is_running(path)


def test_names_that_lead_elsewhere_stay_below_the_folder(tmp_path: Path) -> None:
    path = put(tmp_path / "project")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.py", "")
        archive.writestr(f"{tmp_path}/absolute.py", "")
    vendored.lay_down(tmp_path / "project", tmp_path / "project/src")
    assert [entry.name for entry in tmp_path.iterdir()] == ["project"]
