"""Real flights, and a clone that has run on a sample of them."""

import functools
import shutil
from pathlib import Path

import pytest

from flights.deliveries import FIXED, PackageDelivery, month_files
from tests.conftest import Project, clone, made_once

HERE = Path(__file__).parent
SAMPLE_MONTHS = ("2013-07", "2013-08", "2013-09", "2013-10")
SAMPLE_STEP = 6  # one flight of six keeps a run of all stages short, and the model better than none


@functools.cache
def package() -> PackageDelivery:
    """The package's data, read once."""
    return PackageDelivery()


def write_months(raw: Path, months: tuple[str, ...], step: int = 1) -> None:
    """Lay down raw months, of the flights only every `step`-th."""
    for file in [*FIXED, *(file for month in months for file in month_files(month))]:
        content = package().read(file)
        if file.startswith("flights/"):
            header, *rows = content.splitlines(keepends=True)
            content = b"".join([header, *rows[::step]])
        path = raw / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture(scope="session")
def raw_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like data/raw with real flights: every sixth of July to October."""
    raw = tmp_path_factory.mktemp("sample") / "raw"
    write_months(raw, SAMPLE_MONTHS, SAMPLE_STEP)
    return raw


@pytest.fixture(scope="session")
def sample_project(
    tmp_path_factory: pytest.TempPathFactory, raw_sample: Path, warm_path: str
) -> Project:
    """A clone whose raw data is the sample, run once through all stages by DVC, and committed.

    All workers share it, and each works in copies.
    """
    return Project(
        made_once(
            tmp_path_factory,
            "sample-project",
            lambda folder: run_sample(folder, raw_sample, warm_path),
        )
        / "repository"
    )


def run_sample(folder: Path, raw_sample: Path, warm_path: str) -> None:
    """Make the sample project in a folder."""
    project = clone(folder / "repository")
    shutil.copytree(raw_sample, project.root / "data/raw")
    files = sorted(path.relative_to(raw_sample) for path in raw_sample.rglob("*.csv"))
    outs = "".join(f"- path: raw/{file}\n  hash: md5\n" for file in files)
    (project.root / "data/raw.dvc").write_text(f"outs:\n{outs}", encoding="utf-8")
    project.edit("params.yaml", "min_rows: 5000", "min_rows: 500")
    project.edit("params.yaml", "test_partitions: 2", "test_partitions: 1")
    # A prediction is timed as often as an interval needs.
    project.edit("src/truerun/compare/cost.py", "REPEATS = 15", "REPEATS = 6")
    project.edit("params.yaml", "max_iter: 120", "max_iter: 40")
    project.edit("params.yaml", "importance_rows: 4000", "importance_rows: 100")
    project.edit("params.yaml", "importance_repeats: 3", "importance_repeats: 1")
    project.edit("params.yaml", "roc_auc: {min: 0.7}", "roc_auc: {min: 0.65}")
    project.edit("params.yaml", "train_test_gap: {roc_auc: 0.1}", "train_test_gap: {roc_auc: 0.2}")
    project.run("dvc", "commit", "--force", "data/raw.dvc")
    (project.root / "limits.yaml").write_text("windows: null\n", encoding="utf-8")
    project.run("dvc", "repro", PATH=warm_path)
    project.run("truerun", "limits", PATH=warm_path)
    project.run("dvc", "repro", PATH=warm_path)
    project.commit("The sample's run")


@pytest.fixture
def project(sample_project: Project, tmp_path: Path) -> Project:
    """A copy of the sample project that a test may change."""
    shutil.copytree(sample_project.root, tmp_path / "repository", symlinks=True)
    return Project(tmp_path / "repository")
