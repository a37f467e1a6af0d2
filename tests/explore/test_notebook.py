"""The notebook runs whole in a small project, as a script and in a kernel of Jupyter."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.explore.notebook import NOTEBOOK, run_here
from tests.testing import shop
from truerun.base.errors import TruerunError

pytestmark = pytest.mark.slow
READ = (
    "params.yaml",
    "schema.yaml",
    "data/validated",
    "data/predictions.parquet",
    "metrics/validate.json",
    "metrics/slices.json",
    "metrics/evaluate.json",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of a shop, in which all stages have run, as a repository."""
    folder = tmp_path_factory.mktemp("shop")
    shop.write(folder)
    with shop.entered(folder):
        shop.run(*shop.STAGES)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / "notebooks").mkdir()
    shutil.copy(NOTEBOOK, folder / "notebooks")
    return folder


@pytest.fixture
def here(root: Path) -> Iterator[Path]:
    """It as the working directory."""
    with shop.entered(root):
        yield root


@pytest.mark.usefixtures("here")
def test_it_shows_target_drift_slices_and_errors_and_what_to_type_for_an_experiment() -> None:
    names, printed = run_here()
    by_part = names["target"].by_part(names["rows"], names["parts"], names["contract"])
    assert by_part["rows"].sum() == len(names["rows"]) == shop.ROWS
    assert names["parts"].str.match(r"2024-\d\d$").all()  # one partition
    assert list(names["drifts"].index[:1]) == [
        max(names["drifts"].index, key=names["drifts"].psi.get)
    ]
    validation, slices = (
        json.loads(Path(f"metrics/{name}.json").read_text()) for name in ("validate", "slices")
    )
    assert set(names["drifts"].index) == set(validation["drift"])
    assert all(plan in printed for plan in slices["plan"])
    worst = names["losses"].idxmax()
    assert names["scored"].loc[worst, "customer"] in printed
    assert "params.yaml has no evaluate.value" in printed
    assert "dvc exp run -S train.hist_gradient_boosting.learning_rate=0.04" in printed


@pytest.mark.parametrize("name", READ)
def test_it_fails_where_something_that_it_reads_has_another_name(here: Path, name: str) -> None:
    renamed = (here / name).rename(here / f"{name}.old")
    try:
        with pytest.raises(TruerunError, match=name):
            run_here()
    finally:
        renamed.rename(here / name)


@pytest.mark.nightly
def test_it_is_a_notebook_that_runs_in_a_kernel(root: Path, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    own = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment = {**own, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    text = (root / "notebooks/explore.py").read_bytes()
    for command in (
        ["jupytext", "--sync", "notebooks/explore.py"],
        ["jupyter", "execute", "--inplace", "notebooks/explore.ipynb"],
        ["jupytext", "--sync", "notebooks/explore.ipynb"],
    ):
        done = subprocess.run(
            [programs / command[0], *command[1:]],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    cells = json.loads((root / "notebooks/explore.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [out["data"] for cell in cells for out in cell.get("outputs", ()) if "data" in out]
    assert sum("text/html" in data for data in shown) >= 5
    assert sum("image/png" in data for data in shown) == 2
    assert (
        root / "notebooks/explore.py"
    ).read_bytes() == text  # nothing shown is in what Git keeps


@pytest.mark.parametrize("folder", [ROOT, ROOT / "src/truerun/template/files"])
def test_git_ignores_what_its_cells_have_shown(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    names = ("notebooks/explore.ipynb", "notebooks/.ipynb_checkpoints/explore.py")
    asked = ["git", "check-ignore", *names, "notebooks/explore.py"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == list(names)
