"""A version of the package is built of its tag alone, signed, and published with its notes."""

import zipfile
from pathlib import Path

import pytest

from tests.ci import hub as github
from tests.ci.conftest import Machines
from tests.conftest import Project, clone

pytestmark = pytest.mark.slow

CHANGES = "## [Unreleased]\n\n## [0.2.0] - 2024-02-29\n\n### Added\n\n- A word that is new.\n\n"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The repository at its version 0.2.0."""
    project = clone(tmp_path_factory.mktemp("package") / "repository")
    before = project.read("CHANGELOG.md")
    start = before.index("## [Unreleased]")
    (project.root / "CHANGELOG.md").write_text(before[:start] + CHANGES + "## [0.1.0]\n")
    project.edit("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    project.commit("Version 0.2.0")
    return project


def test_a_tag_publishes_what_is_built_of_it(origin: Project, machines: Machines) -> None:
    machine = machines()
    payload = {"ref": "refs/tags/v0.2.0", "repository": {"default_branch": "main"}}
    ran = machine.act(
        "publish.yml",
        "push",
        payload,
        origin.root,
        token=github.WRITE,
        GITHUB_REF="refs/tags/v0.2.0",
        GITHUB_REF_NAME="v0.2.0",
    )
    assert ran.jobs == dict.fromkeys(("build", "publish", "notes"), "success"), ran.log
    files = ["truerun-0.2.0-py3-none-any.whl", "truerun-0.2.0.tar.gz"]
    assert (machine.kept / "published").read_text().split() == files
    signed = (machine.kept / "provenance").read_text()
    assert all(f"dist/{name}" in signed for name in files)
    release = (machine.kept / "release").read_text()
    assert release.startswith("release create v0.2.0 --repo me/flights --title v0.2.0")
    assert release.endswith("### Added\n\n- A word that is new.\n")
    with zipfile.ZipFile(machine.kept / "package.zip") as archive:
        archive.extract(f"dist/{files[0]}", machine.folder)
    with zipfile.ZipFile(machine.folder / "dist" / files[0]) as wheel:
        names = wheel.namelist()
    assert "truerun/release/options.py" in names
    assert not [name for name in names if name.startswith(("flights", "tests", "tools"))]


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("v0.3.0", "the tag v0.3.0 is of version 0.3.0, and pyproject.toml of 0.2.0"),
        ("v0.2.0", "CHANGELOG.md says nothing of version 0.2.0"),
    ],
)
def test_a_tag_of_another_version_publishes_nothing(
    tag: str, said: str, origin: Project, tmp_path: Path
) -> None:
    project = Project(tmp_path / "repository")
    origin.run("git", "clone", "--quiet", ".", str(project.root))
    if tag == "v0.2.0":
        project.edit("CHANGELOG.md", "[0.2.0]", "[0.1.9]")
    command = ("python", "-m", "tools.package_files", tag, "dist", "notes.md")
    assert said in project.run(*command, check=False)
    assert not (project.root / "dist").exists()
