"""The six changes still fit the files, and a part of the page shows what it should."""

import re
from pathlib import Path

import pytest
from tools.flights.comments import OUTPUT, TRIALS, Edit, Trial, apply, part

from truerun.base.errors import TruerunError

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.title)
def test_a_change_fits_the_files_as_they_are(trial: Trial, tmp_path: Path) -> None:
    for edit in (*trial.before, *trial.after):
        copy = tmp_path / edit.path
        if not copy.exists():  # a later edit builds on an earlier one
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / edit.path).read_bytes())
        apply(tmp_path, edit)
        assert edit.new in copy.read_text(encoding="utf-8")


def test_a_change_whose_text_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    with pytest.raises(TruerunError, match=r"a\.py has 'x = 1' 0 times"):
        apply(tmp_path, Edit("a.py", "x = 1\n", "x = 3\n"))
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "x = 2\n"


def test_a_part_has_the_change_the_two_lines_and_the_metrics() -> None:
    diff = (
        "diff --git a/a.yaml b/a.yaml\nindex 1..2\n--- a/a.yaml\n+++ b/a.yaml\n-x: 1\n+x: 2\n y\n"
    )
    comment = "**Fine.**\n\nX 1 → 2.\n\n### Metrics\n\n| metric |\n| --- |\n\nMore.\n"
    assert part(Trial("Title", "It does."), diff, comment) == (
        "## Title\n\nIt does.\n\n```diff\na.yaml\n-x: 1\n+x: 2\n```\n\n"
        "> **Fine.**\n>\n> X 1 → 2.\n\n| metric |\n| --- |"
    )


def test_the_page_has_each_change_with_its_two_lines() -> None:
    text = (ROOT / OUTPUT).read_text(encoding="utf-8")
    assert "`make comments`" in text
    assert len(text.splitlines()) < 400
    _, *sections = re.split(r"(?m)^## ", text)
    assert [section.splitlines()[0] for section in sections] == [one.title for one in TRIALS]
    for trial, section in zip(TRIALS, sections, strict=True):
        assert trial.says in section
        assert "```diff\n" in section
        quoted = [line for line in section.splitlines() if line.startswith("> ")]
        assert len(quoted) == 2, trial.title
