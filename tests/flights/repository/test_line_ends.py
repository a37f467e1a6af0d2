"""To DVC, a clone is the same whatever Git does to line ends."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Project, clone

pytestmark = pytest.mark.slow


@pytest.fixture
def origin(tmp_path: Path) -> Project:
    """A repository with this working tree in it."""
    return clone(tmp_path / "origin")


def stale(origin: Project, autocrlf: str) -> dict[str, Any]:
    """What `dvc status` says of a clone by someone whose Git changes line ends, or does not."""
    folder = origin.root.parent / f"autocrlf-{autocrlf}"
    setting = f"core.autocrlf={autocrlf}"
    origin.run("git", "clone", "--quiet", "--config", setting, str(origin.root), str(folder))
    return json.loads(Project(folder).run("dvc", "status", "--json"))


def test_a_clone_with_autocrlf_is_as_clean_as_one_without(origin: Project) -> None:
    assert stale(origin, "true") == stale(origin, "false")


def test_without_attributes_all_code_would_be_new(origin: Project) -> None:
    (origin.root / ".gitattributes").unlink()
    origin.commit("No attributes")
    assert "src/truerun/stages/train.py" not in json.dumps(stale(origin, "false"))
    assert "src/truerun/stages/train.py" in json.dumps(stale(origin, "true"))


def test_what_the_lock_knows_of_git_is_text_that_git_leaves_alone(origin: Project) -> None:
    lock = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))
    known = {
        entry["path"]
        for stage in lock["stages"].values()
        for entry in [*stage["deps"], *stage["outs"]]
    }
    listing = origin.run("git", "ls-files", "--eol", "--", *sorted(known)).splitlines()
    attributes = {line.split("\t")[0].partition("attr/")[2].strip() for line in listing}
    assert attributes == {"-text", "text=auto eol=lf"}
    assert len(listing) > 20
