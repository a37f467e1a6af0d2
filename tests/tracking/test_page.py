"""What MLflow's own client and its pages say of a version: schema, run and alias.

With RENEW_DOCS=1 docs/mlflow.png is taken anew.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import browser
from tests.conftest import ROOT
from tests.tracking.conftest import FILES, PROGRAM, REAL
from tests.tracking.test_tracking import SIGNATURE, lock_of
from truerun.tracking import release, run
from truerun.tracking.client import Tracker
from truerun.tracking.release import Placed

pytestmark = REAL.marks
PICTURE, MOST = ROOT / "docs/mlflow.png", 150_000  # bytes
COMMIT = "4e1243bd22c66e76c2ba9eddc1f91394e57f9f83"
ASKED = """
import json, mlflow
info = mlflow.models.get_model_info("models:/delays@production")
print(json.dumps([json.loads(info.signature.to_dict()["inputs"]), info.run_id, list(info.flavors)]))
"""


# Close what lies beside the page, and open the schema's inputs.
CLICKS = """
document.querySelector("button[aria-label=Close]")?.click();
[...document.querySelectorAll("span, div")]
  .findLast(each => each.innerText === "Inputs (4)").click()
"""


@pytest.fixture
def placed(mlflow: str, project: Path) -> tuple[str, str]:
    """A server on which a version is in production, and the run of it."""
    (project / "dvc.yaml").write_text(FILES["dvc.yaml"].replace("churn", "delays"))
    tracker = Tracker(mlflow)
    run_id = run.log(tracker).split()[1]
    for stage in ("staging", "production"):
        release.mirror(tracker, Placed("delays", "v1.2.0", stage, COMMIT, lock_of(project)))
    return mlflow, run_id


def test_mlflow_s_client_reads_the_schema_by_the_alias(placed: tuple[str, str]) -> None:
    address, run_id = placed
    environment = {**os.environ, "MLFLOW_TRACKING_URI": address, "PYTHONPATH": ""}
    done = subprocess.run(
        [PROGRAM.with_name("python"), "-c", ASKED],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    inputs, of_run, flavours = json.loads(done.stdout)
    assert (inputs, of_run) == (SIGNATURE, run_id)
    assert set(flavours) == {"python_function", "sklearn"}


@browser.needed
def test_its_page_shows_version_run_aliases_and_schema(
    placed: tuple[str, str], tmp_path: Path
) -> None:
    address, _ = placed
    page = browser.Browser(tmp_path / "profile")
    try:
        page.open(f"{address}/#/models/delays/versions/1", width=1400, height=1000)
        page.wait_for("Inputs (4)")
        page.value(CLICKS)
        for text in (
            "Version 1",
            "delays c678",
            "production",
            "staging",
            "v1.2.0",
            "tenure",
            "double",
        ):
            page.wait_for(text)
        page.picture(tmp_path / "page.png")
    finally:
        page.close()
    content = (tmp_path / "page.png").read_bytes()
    assert len(content) < MOST
    if "RENEW_DOCS" in os.environ:
        PICTURE.write_bytes(content)
    assert len(PICTURE.read_bytes()) < MOST
