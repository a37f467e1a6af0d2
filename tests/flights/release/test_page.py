"""What README and docs/release.md show is what is printed, with the flights' own model."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project, dvc_md5
from tests.release.workshop import keep, note
from tests.serve.bundles import retold
from tests.serve.service import running
from truerun.release import options

pytestmark = pytest.mark.slow
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/release.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone with an origin, a remote, a version in production, and a proved commit after it."""
    folder = tmp_path_factory.mktemp("release")
    made = Project(folder / "repository")
    shutil.copytree(sample_project.root, made.root, symlinks=True)
    made.run("git", "init", "--quiet", "--bare", str(folder / "origin"))
    made.run("git", "remote", "add", "origin", str(folder / "origin"))
    (made.root / ".dvc/config").write_text(
        "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n"
    )
    (made.root / ".venv").mkdir()  # that of these tests: `make setup` has nothing to do
    (made.root / ".venv/bin").symlink_to(Path(sys.executable).parent)
    for stamp in ("uv", "run"):
        (made.root / f".venv/{stamp}.stamp").touch()
    prove(made, "Where the data is kept")
    for verb in (("create", "v1.0.0"), ("promote", "v1.0.0", "production")):
        made.run("truerun", "release", *verb)
    bundle = made.root / "models/bundle"
    before = dvc_md5(bundle)
    retold(bundle, lambda facts: facts.update(threshold=0.25))
    made.edit("dvc.lock", before, dvc_md5(bundle))
    prove(made, "Another threshold")
    return made


def prove(project: Project, message: str) -> None:
    """Commit, keep the bundle, and have main's note."""
    project.commit(message)
    keep(project.root / "models/bundle", project.root.parent / "storage")
    project.run("git", "push", "--quiet", "origin", "HEAD:main")
    note(project.root)


def test_the_commands_of_the_readme_print_what_it_shows(project: Project) -> None:
    text = README[README.index("$ make release") :].partition("```")[0]
    shown = [block.splitlines() for block in text.strip().split("$ ")[1:]]
    first, second = project.run("git", "log", "--format=%h", "--abbrev=12", "--max-count=2").split()
    commits = re.findall(r"commit ([0-9a-f]{12})", text)
    for command, *expected in shown:
        printed = project.run("bash", "-c", command, PYTHONPATH="", VIRTUAL_ENV="")
        lines = [line.replace(commits[0], first).replace(commits[-1], second) for line in expected]
        assert printed.splitlines() == lines


def test_the_released_model_passes_its_own_smoke_test(project: Project) -> None:
    project.run("git", "checkout", "--quiet", "flight-delay@v1.0.0")
    shutil.rmtree(project.root / "models/bundle")
    project.run("truerun", "release", "fetch", "v1.0.0", "--into", "models/bundle")
    with running(project.root, "--workers", "1") as client:
        url = f"http://127.0.0.1:{client.port}"
        printed = project.run("truerun", "release", "smoke", url)
    assert "1,000 rows have the scores of evaluate" in printed


def test_the_page_names_every_verb_and_option() -> None:
    source = (ROOT / "src/truerun/release/options.py").read_text(encoding="utf-8")
    for verb in re.findall(r'= add\("([a-z]+)"', source):
        assert re.search(rf"truerun release {verb}|make {verb}", PAGE), verb
    for option in re.findall(r'"(--[a-z-]+)"', source):
        if option not in ("--json", "--at-once", "--bundle", "--platform", "--output"):
            assert option in PAGE, option
    assert options.parser().prog == "truerun release"
