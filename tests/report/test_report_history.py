"""The history of main in the page: a chart for each figure, each point a link to its commit."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import comparisons
from truerun.report import __main__ as program
from truerun.report import history, page, schema
from truerun.report.contents import document

URL = "https://github.com/me/flights/commit"


def commits(number: int = 50, **more: Any) -> dict[str, Any]:
    """A history of some commits, whose first half has no note."""
    return {
        "version": 2,
        "commits": [
            {
                "commit": f"{place:040x}",
                "time": 1_700_000_000 + place * 86_400,
                "subject": f"Change <{place}>",
                "releases": [],
                "metrics": {"roc_auc": 0.70 + place / 1000},
                "changes": {"roc_auc": [-0.01, 0.01]} if place >= number / 2 else {},
                "rows": 1000.0 + place,
                "age_days": 30.0 if place >= number / 2 else None,
                "train_seconds": None,
                **more,
            }
            for place in range(number)
        ],
    }


def drawn(past: dict[str, Any], url: str | None = URL) -> str:
    found = comparisons.as_json(comparisons.comparison())
    return page.render(document(found, past, url), None)


def figures(text: str) -> dict[str, str]:
    """The charts of the section by their titles."""
    section = text.split("<h2>History")[1].split("</section>", maxsplit=1)[0]
    return dict(re.findall("<figcaption>([^<]+)(.*?)</figure>", section, re.DOTALL))


def test_each_point_is_a_link_to_its_commit_and_tells_its_figures() -> None:
    text = drawn(commits())
    charts = figures(text)
    assert list(charts) == ["ROC AUC", "Rows", "Age of the data in days"]
    assert "the newest 50 commits" in text
    metric = charts["ROC AUC"]
    links = re.findall('<a href="([^"]+)"><circle[^>]*><title>([^<]+)</title>', metric)
    assert [link for link, _ in links] == [f"{URL}/{place:040x}" for place in range(50)]
    assert links[49][1] == ("2024-01-02, 0000000000, Change &lt;49&gt;: 0.7490 (0.7390 to 0.7590)")
    assert metric.count('class="line head"') == 25
    assert (
        "0.7000 on 2023-11-14, 0.7490 on 2024-01-02. A line is the interval of the change" in metric
    )
    assert "1,000 on 2023-11-14, 1,049 on 2024-01-02." in charts["Rows"]
    assert charts["Age of the data in days"].count("<circle") == 25
    assert ">30 at each of 25 commits.<" in charts["Age of the data in days"]


def test_releases_have_a_ring_and_are_told() -> None:
    past = commits(3)
    assert "ring" not in drawn(past).split("<h2>History")[1]
    past["commits"][1]["releases"] = ["model@v0.9.0", "<b>@v1"]
    metric = figures(drawn(past))["ROC AUC"]
    assert metric.count('class="ring"') == 1
    assert "0.7010, released as model@v0.9.0, &lt;b&gt;@v1</title>" in metric
    assert "A ring is a release." in metric


def test_what_decisions_are_worth_is_drawn_where_a_metric_says_it() -> None:
    past = commits(3, metrics={"roc_auc": 0.7, "value": 12.5})
    assert list(figures(drawn(past)))[:2] == ["ROC AUC", "Value"]


def test_without_an_address_there_are_no_links() -> None:
    assert "<a " not in drawn(commits(), None)


@pytest.mark.parametrize("number", [0, 1])
def test_a_single_commit_is_no_history(number: int) -> None:
    assert "History" not in drawn(commits(number))


def test_figures_that_cannot_be_drawn_are_left_out() -> None:
    past = commits(3)
    past["commits"][1]["rows"] = 1e300
    past["commits"][2]["changes"] = {"roc_auc": [-1e300, 1e300]}
    charts = figures(drawn(past))
    assert charts["Rows"].count("<circle") == 2
    assert "inf" not in charts["ROC AUC"]
    assert "nan" not in charts["ROC AUC"]


def test_only_the_page_has_a_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = comparisons.write(comparisons.comparison(), tmp_path)
    with pytest.raises(SystemExit) as ended:
        program.main([str(path), "--format", "markdown", "--history", "history.json"])
    assert ended.value.code == 2
    assert "--history goes with --format html" in capsys.readouterr().err


def test_the_command_reads_a_history_and_refuses_what_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = comparisons.write(comparisons.comparison(), tmp_path)
    (tmp_path / "history.json").write_text(json.dumps(commits()), encoding="utf-8")
    to = tmp_path / "page.html"
    options = ["--format", "html", "--output", str(to), "--commits-url", URL]
    program.main([str(path), *options, "--history", str(tmp_path / "history.json")])
    assert f'<a href="{URL}/' in to.read_text(encoding="utf-8")
    for broken in (
        {"version": 1, "commits": []},
        commits(1, commit="javascript:alert(1)"),
        commits(1, metrics={"a": "b"}),
        commits(1, more=1),
        commits(101),
    ):
        (tmp_path / "history.json").write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(schema.ComparisonError, match=r"history\.json is not a history: "):
            history.load(tmp_path / "history.json")
    with pytest.raises(SystemExit):
        program.main([str(path), *options, "--history", str(tmp_path / "history.json")])
    assert "is not a history" in capsys.readouterr().err
