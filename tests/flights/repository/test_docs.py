"""README tells the truth: its commands run, its figures are the repository's, its links lead on."""

import json
import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import ROOT, Project
from truerun.params import params
from truerun.params.train import ModelName
from truerun.repro import __main__ as repro

README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNS_THE_TESTS = "make test"  # this very test is a part of it


def blocks(language: str) -> list[str]:
    """Contents of README's code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    """Every command of README, in order."""
    found = []
    for kind, block in re.findall(
        r"^```(bash|console)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE
    ):
        lines = block.splitlines()
        found += lines if kind == "bash" else [line[2:] for line in lines if line.startswith("$ ")]
    return [line for line in found if line and line != RUNS_THE_TESTS]


def targets() -> dict[str, str]:
    """The Makefile's targets, each with its line of help."""
    found = re.findall(r"^([a-z-]+):.*## (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {name: text for name, text in found if name != "help"}


@pytest.mark.slow
@pytest.mark.usefixtures("warm_stages")
def test_every_command_of_readme_runs_in_a_clone_in_its_order(
    project: Project, warm_programs: Path
) -> None:
    # The sample holds a sixth of the flights and November all: traffic seems to have grown.
    project.edit("params.yaml", "fail: 4.0", "fail: 40.0")
    # Two experiments of eight; README names one of them.
    project.edit("tools/experiments.py", '[0.05, 0.08], "max_leaf', '[0.05], "max_leaf')
    project.edit("tools/experiments.py", '"max_leaf_nodes": [15, 31]', '"max_leaf_nodes": [15]')
    project.edit(
        "tools/experiments.py", '[0.05, 0.08], "num_leaves": [15, 31]', '[0.08], "num_leaves": [31]'
    )
    project.run("dvc", "repro")
    project.commit("Let traffic grow")
    # After the first run DVC starts warm, of which no command can tell but by its time.
    script = "\n".join(["set -e", *commands()]).replace(
        "\ndvc repro\n", f"\ndvc repro\nPATH={warm_programs}:$PATH\n", 1
    )
    assert str(warm_programs) in script
    printed = project.run("bash", "-c", script, PYTHONPATH="", VIRTUAL_ENV="")
    assert "prepare, validate, featurize, train, evaluate: unchanged" in printed  # the first
    assert "added data/raw/flights/2013-11.csv: 27,268 rows" in printed
    assert project.run("git", "status", "--short", "--untracked-files=no") == " M .dvc/config\n"
    assert re.search(r"^\| lgbm-0.08-31 \| 0.\d{4} .* the same ", printed, re.MULTILINE)
    assert "Removed experiments: 'lgbm-0.08-31'" in printed
    months = json.loads(project.read("metrics/validate.json"))["partitions"]
    assert list(months)[-1] == "2013-11"


def test_every_target_is_listed_by_make_and_by_readme_in_the_same_words() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table = dict(re.findall(r"^\| `make ([a-z-]+)` \| (.+) \|$", README, re.MULTILINE))
    assert {name: text.replace("`", "") for name, text in table.items()} == targets()
    for name, text in targets().items():
        assert re.search(rf"^  make {name} +{re.escape(text)}$", listed, re.MULTILINE)


def test_every_target_is_phony_or_a_file() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(" ".join(phony).split()) == {"help", *targets()}


def test_readme_shows_what_make_repro_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    stages = ["prepare", "validate", "featurize", "train", "evaluate"]
    printed = repro.summary({"ran": stages, "restored from the cache": [], "unchanged": []})
    assert blocks("console")[0] == f"$ make repro\n{printed.strip()}\n"


def test_readme_shows_the_comparison_of_experiments_that_was_measured() -> None:
    document = (ROOT / "docs/experiments.md").read_text(encoding="utf-8")
    (shown,) = (block for block in blocks("console") if block.startswith("$ make experiments\n"))
    printed = document[document.index("ROC AUC on ") :]
    assert shown == f"$ make experiments\n{printed}"


def test_the_worth_of_feature_groups_is_what_was_measured() -> None:
    measured = re.findall(
        r"^\| (schedule[a-z +]*) \| \d+ \| (0\.\d+) \|$", _features(), re.MULTILINE
    )
    table = README[README.index("## What it reaches") :]
    shown = re.findall(r"^\| (.+) \| (0\.\d+) \|$", table, re.MULTILINE)
    assert len(shown) == len(measured) == 5
    assert [area for _, area in shown] == [area for _, area in measured]
    results = json.loads((ROOT / "metrics/evaluate.json").read_text())
    assert params.load(ROOT / "params.yaml").featurize.exclude == ("plane",)
    assert measured[-2][1] == f"{results['test']['roc_auc']:.3f}"  # the model itself


def test_readme_counts_the_corrupted_inputs_that_are_tried() -> None:
    page = (ROOT / "docs/robustness.md").read_text(encoding="utf-8")
    tried = re.search(r"tries the (\d+) cases", page)
    assert tried is not None
    assert f"{tried[1]} corrupted inputs" in README


def test_the_model_is_as_good_as_the_gate_asks_for() -> None:
    results = json.loads((ROOT / "metrics/evaluate.json").read_text())
    limit = params.load(ROOT / "params.yaml").gate.limits["roc_auc"]
    assert limit.min is not None
    assert results["test"]["roc_auc"] >= limit.min
    assert results["baseline"]["roc_auc"] == 0.5


def test_readme_names_every_model() -> None:
    said = README[README.index("`train.model` names one of") :].partition(";")[0]
    assert set(re.findall(r"`(\w+)`", said.replace("`train.model`", ""))) == set(
        get_args(ModelName)
    )


def test_links_and_pictures_of_readme_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", README)
    files = [link or source for link, source in links]
    missing = [f for f in files if not f.startswith("https://") and not (ROOT / f).exists()]
    assert files
    assert missing == []


def test_locked_requirements_have_hashes_and_name_no_index() -> None:
    for name in ("uv", "run", "extras", "remotes", "dev"):
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text
        for package in re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)):
            assert "--hash=sha256:" in package, package.splitlines()[0]


def test_packages_are_of_one_version_in_every_requirements_file() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, flags=re.MULTILINE))

    widest = versions("dev")
    for name in ("run", "extras", "remotes"):
        assert versions(name).items() <= widest.items()


def _features() -> str:
    """The measurements of feature groups."""
    return (ROOT / "docs/features.md").read_text(encoding="utf-8")
