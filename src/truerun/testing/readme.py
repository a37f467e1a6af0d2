"""A check of the README: its figures are those of the last run."""

from pathlib import Path

from truerun.readme import block, model_figures
from truerun.testing.project import Project

REMEDY = "`make repro` writes the figures of the last run"


def check_figures(project: Project) -> None:
    """README.md says of the model what `truerun repro` would write there."""
    text = block.README.read_text(encoding="utf-8")
    figures = model_figures.of_run(Path(), project.contract, project.params)
    renewed = block.with_block(text, figures)
    for line, other in zip(text.splitlines(), renewed.splitlines(), strict=False):
        if line != other:
            raise AssertionError(f"{block.README} has `{line}` in place of `{other}`: {REMEDY}")
    if text != renewed:
        raise AssertionError(f"{block.README} lacks lines, or has too many: {REMEDY}")
