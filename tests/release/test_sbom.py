"""The bill of materials of an image lists its packages and its bundle."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.release.test_versions import refused
from tests.release.workshop import Workshop
from tests.serve.bundles import retold
from truerun.package import locked
from truerun.release.__main__ import main

pytestmark = pytest.mark.slow  # Git
HASHES = ["1" * 64, "2" * 64]
LOCKED = f"""\
# Made by a program.
annotated-types==0.8.0 ; sys_platform != 'win32' \\
    --hash=sha256:{HASHES[0]} \\
    --hash=sha256:{HASHES[1]}
    # via pydantic
ruamel_yaml.clib==0.2.0 --hash=sha256:{HASHES[0]}
"""


def test_packages_and_bundle_are_listed(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create", "v1.0.0"])
    place = workshop.folder / "image.txt"
    place.write_text(LOCKED)
    output = workshop.folder / "sbom.json"
    command = ["sbom", "v1.0.0", str(place), str(place), "--output", str(output)]
    main(command)
    assert "lists 3 components of v1.0.0" in capsys.readouterr().out
    bill = json.loads(output.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    first, second, bundle = bill["components"]
    assert first["purl"] == "pkg:pypi/annotated-types@0.8.0"
    assert [each["value"] for each in first["properties"]] == HASHES
    assert second["purl"] == "pkg:pypi/ruamel-yaml-clib@0.2.0"
    digest = (workshop.bundle / "digest").read_text().strip()
    assert bundle["hashes"] == [{"alg": "SHA-256", "content": digest}]
    image = bill["metadata"]["component"]
    commit = workshop.git("rev-parse", "HEAD")
    assert (image["name"], image["properties"][0]["value"]) == ("churn", commit)
    before = output.read_bytes()
    main(command)
    assert output.read_bytes() == before

    # By itself it lists what the image installs.
    (workshop.clone / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/serve.txt", workshop.clone / "requirements")
    main(["sbom", "v1.0.0", "--output", str(output)])
    names = {each["name"] for each in json.loads(output.read_text())["components"]}
    assert names == {*locked.image_packages(is_table=False, with_libraries=False), "churn"}

    place.write_text("numpy==2.0\n")
    assert "numpy has no hash" in refused(command, capsys)
    place.unlink()
    assert "cannot be read" in refused(command, capsys)
    retold(workshop.bundle, lambda facts: facts.update(threshold=0.1))
    assert "has other bytes than dvc.lock says" in refused(command, capsys)


def test_no_bill_without_a_version(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = workshop.folder / "image.txt"
    place.write_text(LOCKED)
    command = ["sbom", "v1.0.0", str(place), "--output", str(tmp_path / "x.json")]
    assert "there is no version v1.0.0" in refused(command, capsys)
