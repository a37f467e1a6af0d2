"""A project may keep the wheel of a release, if that is the truerun that runs."""

import hashlib
from pathlib import Path

import pytest

from tests.ci.hub import certify
from tests.package.test_wheel_files import served
from tests.package.wheels import vendored
from truerun.adopt import command
from truerun.adopt.__main__ import main
from truerun.adopt.writing import skeleton
from truerun.base.errors import AdoptError, PackageError
from truerun.package import contents, wheel, wheel_files

VERSION = contents.version()


def released(folder: Path) -> Path:
    """The wheel of a release: the same code, but packed by another program."""
    return vendored(folder, VERSION)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the server is trusted by."""
    path = tmp_path / "certificate.pem"
    certify(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.mark.slow
def test_a_release_is_downloaded_once_and_kept_with_its_hash(
    tmp_path: Path, certificate: Path
) -> None:
    release = released(tmp_path)
    assert release.read_bytes() != wheel.content()
    project = tmp_path / "churn"
    project.mkdir()
    with served(release.parent, certificate) as address:
        kept = command.released(f"{address}/{release.name}")
    skeleton.complete(project, "churn", kept)
    assert (project / "vendor" / release.name).read_bytes() == release.read_bytes()
    digest = hashlib.sha256(release.read_bytes()).hexdigest()
    line = (project / "requirements/truerun.txt").read_text(encoding="utf-8")
    assert line == f"./vendor/{release.name} --hash=sha256:{digest}\n"
    flow = (project / ".github/workflows/verdict.yml").read_text(encoding="utf-8")
    assert f"PYTHONPATH: vendor/{release.name}\n" in flow


@pytest.mark.slow
def test_without_one_the_wheel_is_built_of_the_truerun_that_runs(tmp_path: Path) -> None:
    skeleton.complete(tmp_path, "churn")
    (built,) = (tmp_path / "vendor").iterdir()
    assert built.read_bytes() == wheel.content()
    assert wheel_files.read(built).is_running


def test_a_release_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = vendored(tmp_path)
    with pytest.raises(AdoptError, match=rf"truerun 9\.9\.9, and .* {VERSION}: install"):
        command.released(str(path))


def test_a_release_with_other_code_is_refused(tmp_path: Path) -> None:
    path = vendored(tmp_path, VERSION, {"base/paths.py": ""})
    with pytest.raises(AdoptError, match=r"is of other code, .*: install that wheel, and adopt"):
        command.released(str(path))


def test_an_address_that_others_could_alter_is_refused() -> None:
    with pytest.raises(PackageError, match="only an address that begins with https://"):
        command.released("http://127.0.0.1:1/truerun.whl")


def test_what_is_refused_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table = Path("customers.csv")
    table.write_text("months,churn\n1,yes\n2,no\n", encoding="utf-8")
    path = vendored(tmp_path / "other")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SystemExit) as stopped:
        main([str(table), "--target", "churn", "--into", "churn", "--package", str(path)])
    assert stopped.value.code == 1
    assert "is of truerun 9.9.9" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
