"""README and docs tell the truth: commands run, figures are the repository's, links lead on.

The commands of a page run in their order, in a clone in which `make repro` has run. All pages share
that clone: each begins with its last commit, data and experiments as they were.
"""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project
from truerun.cli.verbs import VERBS
from truerun.model.estimators import NAMES
from truerun.project import params
from truerun.repro import __main__ as repro

# Pages that are written: what makes each, and the tests of it, hold them to what is so.
GENERATED = {
    f"docs/{name}.md"
    for name in (
        "api",
        "benchmarks",
        "experiments",
        "faults",
        "features",
        "first-models",
        "leaks",
        "monitor-trials",
        "mutants",
        "personal-data",
        "robustness",
        "serve-benchmarks",
        "verdicts",
        "watch-demo",
        "zoo",
    )
}
# Each begins with another clone.
WITH_TESTS_OF_THEIR_OWN = {
    "docs/adopt.md",
    "docs/deploy.md",
    "docs/extending.md",
    "docs/upgrade.md",
}
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
BY_HAND = [page for page in PAGES if page not in GENERATED]
BESIDE = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
RUN_HERE = [page for page in BY_HAND if page not in WITH_TESTS_OF_THEIR_OWN]
LONG = {"docs/tuning.md", "docs/work.md"}  # minutes
RUNS_THE_TESTS = "make test"  # this very test is a part of it

# What the commands of a page print, besides that none of them fails.
PRINTED = {
    "README.md": [
        "prepare, validate, featurize, train, evaluate: unchanged",  # the first
        "rows scored, in scores.parquet",
        "main against the working tree",
        "[new branch]",
        "added data/raw/flights/2013-11.csv: 27,268 rows",
    ],
    "docs/predict.md": [
        "rows scored, in scores.parquet",
        "rows scored, in scores.csv",
        "rows scored, in coming.jsonl",
    ],
    "docs/limits.md": ["limits.yaml: of ", "held out, "],
    "docs/storage.md": ["files pushed"],
    "docs/tuning.md": ["| lgbm-0.08-31 | 0.", "Removed experiments: 'lgbm-0.08-31'"],
    "docs/work.md": [
        "added data/raw/flights/2013-11.csv: 27,268 rows",
        "difference (interval)",
        "at most 10,000,000 bytes",  # a rule of the gate
    ],
}
# What they leave behind that is not committed.
LEFT = {"docs/storage.md": " M .dvc/config\n"}


def text_of(page: str) -> str:
    """Text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


README = text_of("README.md")


def blocks(page: str, language: str) -> list[str]:
    """Contents of a page's code blocks of a language, in order."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)
    return [str(block) for block in found]


def commands(page: str) -> list[str]:
    """Every command of a page, in order; what a console shows besides is what it prints."""
    lines = []
    for kind, block in re.findall(
        r"^```(bash|console)\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE
    ):
        shown = block.splitlines()
        lines += shown if kind == "bash" else [line[2:] for line in shown if line[:2] == "$ "]
    return [line for line in lines if line and line != RUNS_THE_TESTS]


def targets() -> dict[str, str]:
    """The Makefile's targets, each with its line of help."""
    found = re.findall(r"^([a-z-]+):.*## (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {name: text for name, text in found if name != "help"}


@pytest.fixture(scope="module")
def ready(
    sample_project: Project,
    warm_stages: None,
    warm_programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Project:
    """A clone with an origin, in which `make repro` has run."""
    del warm_stages  # it is at work from here on
    folder = tmp_path_factory.mktemp("docs")
    project = Project(folder / "repository")
    shutil.copytree(sample_project.root, project.root, symlinks=True)
    # Of eight experiments the one that the page names.
    grid = "tools/experiments.py"
    text, grids = re.subn(r'^    "hgb": .*\n', "", project.read(grid), flags=re.MULTILINE)
    assert grids == 1
    (project.root / grid).write_text(text, encoding="utf-8")
    project.edit(grid, '[0.05, 0.08], "num_leaves": [15, 31]', '[0.08], "num_leaves": [31]')
    project.run("dvc", "repro")
    project.commit("Let traffic grow")
    project.run("git", "init", "--quiet", "--bare", str(folder / "origin"))
    project.run("git", "remote", "add", "origin", str(folder / "origin"))
    project.run("make", "repro", PYTHONPATH="", VIRTUAL_ENV="")
    assert project.run("git", "status", "--short") == ""
    for name in ("dvc", "truerun"):  # from here on these start warm in its environment, too
        shutil.copy2(warm_programs / name, project.root / ".venv/bin" / name)
    project.run("git", "tag", "start")
    return project


def rewind(project: Project) -> None:
    """Take back what the commands of a page did."""
    project.run("git", "switch", "--quiet", "--force", "main")
    project.run("git", "reset", "--quiet", "--hard", "start")
    project.run("git", "clean", "--quiet", "--force", "-d", "data", "plots", "metrics", "models")
    shutil.rmtree(project.root / "data/raw")  # months that were added
    for kind in ("exps", "heads", "tags"):
        listing = project.run("git", "for-each-ref", "--format=%(refname)", f"refs/{kind}")
        for name in set(listing.split()) - {"refs/heads/main", "refs/tags/start"}:
            project.run("git", "update-ref", "-d", name)
    project.run("dvc", "checkout", "--quiet", "--force")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.nightly if page in LONG else ())
        for page in RUN_HERE
        if commands(page)
    ],
)
def test_every_command_of_a_page_runs_in_a_clone_in_its_order(
    page: str, ready: Project, warm_programs: Path, tmp_path: Path
) -> None:
    rewind(ready)
    script = "\n".join(["set -e", *commands(page)])
    script = script.replace("/tmp/flights-storage", str(tmp_path))  # noqa: S108
    # With the environment on, DVC starts warm, of which no command can tell but by its time.
    enter = "\n. .venv/bin/activate\n"
    assert script.count(enter) == 1
    script = script.replace(enter, f"{enter}PATH={warm_programs}:$PATH\n")
    printed = ready.run("bash", "-c", script, PYTHONPATH="", VIRTUAL_ENV="")
    for text in PRINTED[page]:
        assert text in printed
    left = ready.run("git", "status", "--short", "--untracked-files=no")
    assert left == LEFT.get(page, "")


def test_code_blocks_are_of_kinds_that_are_tested() -> None:
    for page in RUN_HERE:
        kinds = re.findall(r"^```(.*)\n(?:.*\n)*?```$", text_of(page), re.MULTILINE)
        assert set(kinds) <= {"bash", "console", "diff", "mermaid", "python", "sh"}, page
        if page != "docs/own-source.md":  # its code is run by the tests of stages
            assert "python" not in kinds


def test_each_page_says_what_is_true_of_its_own_commands() -> None:
    for page in RUN_HERE:
        assert bool(commands(page)) == (page in PRINTED), page


def test_commands_that_are_named_exist() -> None:
    for page in [*BY_HAND, *BESIDE]:
        named = code_of(page)
        assert set(re.findall(r"\bmake ([a-z-]+)", named)) <= set(targets()), page
        assert set(re.findall(r"\btruerun ([a-z][a-z-]*)", named)) <= set(VERBS), page
        assert re.findall(r"python3? -m truerun\.(?!stages\.)", named) == [], page


def test_files_that_are_named_exist() -> None:
    place = re.compile(r"(?:src|tests|tools|requirements|docs|\.github)/[a-z_][\w./-]*\w")
    # Those whose files are of the reader's project.
    others = {"docs/adopt.md", "docs/extending.md", "docs/upgrade.md"}
    for page in {*BY_HAND, *BESIDE} - others:
        named = [name for name in place.findall(code_of(page)) if "*" not in name]
        assert [name for name in named if not (ROOT / name).exists()] == [], page


def test_the_license_is_the_one_that_the_package_names() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    text = text_of("LICENSE")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_knows_the_version_at_hand() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    headings = re.findall(r"^## \[(.+)\]", text_of("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert project["version"] in headings


def code_of(page: str) -> str:
    """All that a page shows as code: its blocks, and what stands in backticks."""
    text = text_of(page)
    in_blocks = re.findall(r"^```(?:bash|console|sh)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*in_blocks, *re.findall(r"`([^`]+)`", rest)])


def test_every_target_is_listed_by_make_and_by_the_reference_in_the_same_words() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    reference = text_of("docs/reference.md")
    table = dict(re.findall(r"^\| `make ([a-z-]+)` \| (.+) \|$", reference, re.MULTILINE))
    assert {name: text.replace("`", "") for name, text in table.items()} == targets()
    for name, text in targets().items():
        assert re.search(rf"^  make {name} +{re.escape(text)}$", listed, re.MULTILINE)


def test_the_reference_lists_every_verb() -> None:
    listed = re.findall(r"^\| `truerun ([a-z]+)` \|", text_of("docs/reference.md"), re.MULTILINE)
    assert set(listed) == set(VERBS)


def test_every_target_is_phony_or_a_file() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(" ".join(phony).split()) == {"help", "repository", *targets()}


def test_readme_shows_what_make_repro_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    stages = ["prepare", "validate", "featurize", "train", "evaluate"]
    printed = repro.summary({"ran": stages, "restored from the cache": [], "unchanged": []})
    assert blocks("README.md", "console")[0] == f"$ make repro\n{printed.strip()}\n"


def test_the_comparison_of_experiments_is_what_was_measured() -> None:
    document = text_of("docs/experiments.md")
    (shown,) = blocks("docs/tuning.md", "console")
    printed = document[document.index("ROC AUC on ") :]
    assert shown == f"$ make experiments\n{printed}"


def test_the_worth_of_feature_groups_is_what_was_measured() -> None:
    measured = re.findall(
        r"^\| (schedule[a-z +]*) \| \d+ \| (0\.\d+) \|$", text_of("docs/features.md"), re.MULTILINE
    )
    table = README[README.index("## What it reaches") :]
    shown = re.findall(r"^\| (.+) \| (0\.\d+) \|$", table, re.MULTILINE)
    assert len(shown) == len(measured) == 5
    assert [area for _, area in shown] == [area for _, area in measured]
    results = json.loads((ROOT / "metrics/evaluate.json").read_text())
    assert params.load(ROOT / "params.yaml").featurize.exclude == ("plane",)
    assert measured[-2][1] == f"{results['test']['roc_auc']:.3f}"  # the model itself


def test_the_corrupted_inputs_that_are_tried_are_counted_right() -> None:
    tried = re.search(r"tries the (\d+) cases", text_of("docs/robustness.md"))
    assert tried is not None
    assert f"in {tried[1]} ways" in README
    assert f"{tried[1]} corrupted inputs" in text_of("docs/work.md")


def test_the_model_is_as_good_as_the_gate_asks_for() -> None:
    results = json.loads((ROOT / "metrics/evaluate.json").read_text())
    limit = params.load(ROOT / "params.yaml").gate.limits["roc_auc"]
    assert limit.min is not None
    assert results["test"]["roc_auc"] >= limit.min
    assert results["baseline"]["roc_auc"] == 0.5


def test_every_model_is_named() -> None:
    page = text_of("docs/work.md")
    said = page[page.index("`train.model` names one of") :].partition(";")[0]
    assert set(re.findall(r"`(\w+)`", said.replace("`train.model`", ""))) == set(NAMES)


def test_readme_is_read_in_minutes() -> None:
    assert len(README.splitlines()) < 250


def test_the_table_of_contents_lists_every_page_once() -> None:
    listed = re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \|", text_of("docs/README.md"), re.MULTILINE)
    pages = [page.removeprefix("docs/") for page in PAGES if page.startswith("docs/")]
    assert sorted(set(listed) - {"../CONTRIBUTING.md"}) == sorted(set(pages) - {"README.md"})
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("page", [*PAGES, *BESIDE])
def test_links_and_pictures_of_a_page_exist(page: str) -> None:
    assert broken(ROOT / page) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](b.md) [c](#one-two) [d](#three) [e](page.md#one-two)\n")
    assert broken(page) == ["b.md", "#three"]


def broken(page: Path) -> list[str]:
    """Links of a page to files or headings that do not exist."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = [
        link or source for link, source in re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", prose)
    ]
    return [link for link in links if not re.match(r"https?://", link) and not leads(page, link)]


def leads(page: Path, link: str) -> bool:
    """Whether a relative link leads to a file and, where it names one, to a heading of it."""
    name, _, heading = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not heading or heading in anchors(target))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def test_locked_requirements_have_hashes_and_name_no_index() -> None:
    # These have an environment of their own.
    own = ("checkov", "mlflow", "bentoml", "mlserver", "nannyml", "evidently", "autogluon")
    for name in ("uv", "run", "extras", "remotes", "dev", *own):
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
