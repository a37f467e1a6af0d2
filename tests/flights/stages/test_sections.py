"""A stage knows its own section of params.yaml: what others hold makes it stale neither way."""

import re

import pytest

from tests.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]


def stale(project: Project) -> str:
    """What `dvc status` says."""
    return project.run("dvc", "status")


def ran(printed: str) -> list[str]:
    """The stages that ran, in order."""
    return re.findall(r"^Running stage '(\w+)'", printed, flags=re.MULTILINE)


def test_a_key_of_the_gate_or_of_a_section_to_come_makes_no_stage_stale(project: Project) -> None:
    assert "up to date" in stale(project)
    types = "src/truerun/params/gate.py"
    project.edit(
        types,
        "    test_rows: Positive",
        "    served_ms: Positive | None = None\n    test_rows: Positive",
    )
    project.edit("params.yaml", "  test_rows: 0.8", "  served_ms: 20.0\n  test_rows: 0.8")
    more = "src/truerun/params/compare.py"
    project.edit(
        more, "    cluster: str | None", "    weight: str | None = None\n    cluster: str | None"
    )
    project.edit("params.yaml", "  cluster: day", "  weight: distance\n  cluster: day")
    section = project.root / "src/truerun/params/serve.py"
    section.write_text(
        "from truerun.base.settings import Section\n\n\nclass Serve(Section):\n    port: int\n",
        encoding="utf-8",
    )
    whole = "src/truerun/project/params.py"
    project.edit(whole, "    gate: Gate\n", "    gate: Gate\n    serve: Serve\n")
    project.edit(
        whole,
        "from truerun.params.train",
        "from truerun.params.serve import Serve\nfrom truerun.params.train",
    )
    project.edit("params.yaml", "\ngate:", "\nserve:\n  port: 8080\n\ngate:")
    load = "from truerun.project import params; chosen = params.load()"
    shown = "print(chosen.serve.port, chosen.gate.served_ms, chosen.compare.weight)"
    assert project.run("python", "-c", f"{load}; {shown}") == "8080 20.0 distance\n"

    assert "up to date" in stale(project)
    assert ran(project.run("dvc", "repro")) == []


def test_what_train_holds_reruns_train_and_evaluate_alone(project: Project) -> None:
    project.edit("params.yaml", "max_iter: 40", "max_iter: 41")
    assert ran(project.run("dvc", "repro")) == ["train", "evaluate"]


def test_the_types_of_train_rerun_train_and_evaluate_alone(project: Project) -> None:
    types = "src/truerun/model/estimators/hist_gradient_boosting.py"
    project.edit(types, "    max_iter: Count\n", "    max_iter: Count  # trees\n", 1)
    assert ran(project.run("dvc", "repro", "--dry")) == ["train", "evaluate"]
