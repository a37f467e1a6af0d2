"""The page: one file that needs nothing else, for all eyes and widths; tried in a real browser."""

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import comparisons, schema_values
from tests.browser import Browser, contrast, cut, needed, overlaps
from tests.report.test_report_history import URL, commits
from tests.variants import nightly_after
from truerun.report import page, svg
from truerun.report.contents import document
from truerun.report.document import MARKS

RUN = "https://github.com/me/flights/actions/runs/123"
TEXT = page.render(document(comparisons.as_json(comparisons.comparison())), RUN)
ATTRIBUTION = comparisons.attribution(metric="log_loss", base=0.8412, head=0.8478)
CLASSES, NUMBERS = (
    page.render(document(comparisons.as_json(found)), RUN)
    for found in (comparisons.multiclass(attribution=ATTRIBUTION), comparisons.regression())
)
LOG = "\n".join(f"  File /{'long/' * 30}{line}.py, in main" for line in range(12))
FAILED = page.render(
    document(comparisons.as_json(comparisons.comparison(**comparisons.failed(error=LOG)))), RUN
)
HOSTILE = page.render(
    document(schema_values.fullest(lambda most: "unbreakable" * most, most=3)), RUN
)
PAGES = {
    "full": TEXT,
    "failed": FAILED,
    "classes": CLASSES,
    "numbers": NUMBERS,
    "hostile": HOSTILE,
    "history": page.render(
        document(comparisons.as_json(comparisons.comparison()), commits(), URL), RUN
    ),
}
WIDTHS = (360, 768, 1280)
# Of each band of the page the lowest end of what stands in its left half, and in its right half.
COLUMNS = """
[...document.querySelectorAll(".band")].map(band => {
  const around = band.getBoundingClientRect(), ends = [0, 0];
  for (const part of band.querySelectorAll("h2, p, li, table, pre, figure"))
    for (const box of part.getClientRects()) {
      const half = box.left < (around.left + around.right) / 2 ? 0 : 1;
      ends[half] = Math.max(ends[half], box.bottom - around.top);
    }
  return ends;
})
"""
SCROLLING = """
[...document.querySelectorAll("pre, .scroll")]
  .filter(box => box.scrollWidth > box.clientWidth)
  .map(box => box.getAttribute("aria-label") ?? box.tagName)
"""


class Outline(HTMLParser):
    """Tags with their attributes, in the order of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    outline = Outline(TEXT)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in outline.of("meta")
    assert not {"script", "link", "img", "iframe", "object", "use"} & {
        tag for tag, _ in outline.tags
    }
    assert [attributes["href"] for attributes in outline.of("a")] == [RUN]
    assert not any("src" in attributes for _, attributes in outline.tags)
    assert "url(" not in TEXT
    assert "@import" not in TEXT


@pytest.mark.parametrize("text", [TEXT, FAILED, CLASSES, NUMBERS])
def test_the_page_has_a_language_one_title_and_headings_in_order(text: str) -> None:
    outline = Outline(text)
    assert outline.of("html") == [{"lang": "en"}]
    headings = [tag for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}


def test_every_table_has_a_caption_and_heads_with_a_scope() -> None:
    outline = Outline(TEXT)
    assert len(outline.of("caption")) == len(outline.of("table")) > 10
    assert {head.get("scope") for head in outline.of("th")} == {"col", "row"}
    boxes = [box for box in outline.of("div") if "scroll" in (box.get("class") or "").split()]
    assert len(boxes) == len(outline.of("table"))
    assert all(box["role"] == "region" and box["aria-label"] for box in boxes)


def test_every_figure_has_words() -> None:
    outline = Outline(TEXT)
    figures = outline.of("svg")
    titles = re.findall("<figcaption>([^<]*)", TEXT)
    assert [title.strip() for title in titles] == [
        "Differences of the metrics",
        "Slices that lost most, or gained least: ROC AUC",
        "Scores",
        "ROC curves",
        "How far the scores moved",
    ]
    assert len(figures) == len(titles)
    assert all(figure["role"] == "img" and figure["aria-label"] for figure in figures)
    labels = [figure["aria-label"] or "" for figure in figures]
    assert "ROC AUC +0.0004, can't tell; " in labels[0]
    assert "log loss +0.0022, better" in labels[0]
    assert labels[3] == (
        "At a false positive rate of 0.2, main finds 50.9 % and this pull request finds 51.7 % of "
        "the positives."
    )


def test_a_pair_of_dots_stands_for_each_class_and_each_tenth_of_the_targets() -> None:
    for text, rows, label in (
        (
            CLASSES,
            3,
            "Share of each class that is decided correctly: bike 41.0 %, now 32.0 %; bus ",
        ),
        (NUMBERS, 10, "Mean absolute error, from low targets to high ones. 30,000 to 69,500: "),
    ):
        outline = Outline(text)
        labels = [figure["aria-label"] or "" for figure in outline.of("svg")]
        assert any(found.startswith(label) for found in labels)
        dots = [dot["class"] for dot in outline.of("circle") if "dot" in (dot["class"] or "")]
        assert dots == ["dot base", "dot head"] * rows


def schemes() -> Iterator[dict[str, str]]:
    """The colours by light and by dark."""
    for block in re.findall(r":root \{(.*?)\}", TEXT, re.DOTALL):
        yield dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def test_texts_have_contrast_in_light_and_dark() -> None:
    light, dark = schemes()
    assert light.keys() == dark.keys()
    for colours in (light, dark):
        for name in ("ink", "quiet", "better", "worse", "warn", "head"):
            assert contrast(colours[name], colours["page"]) >= 4.5, name
        assert contrast(colours["ink"], colours["raised"]) >= 4.5
        assert contrast(colours["base"], colours["page"]) >= 3  # lines of charts


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.05, 0.02, [-0.04, -0.02, 0, 0.02]),
        (0, 10_843, [0, 2500, 5000, 7500, 10_000]),
        (3, 3.7, [3, 3.2, 3.4, 3.6]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: list[float]) -> None:
    assert svg.ticks(low, high) == pytest.approx(expected)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in PAGES.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
@needed
@pytest.mark.parametrize("scheme", nightly_after(1, ["light", "dark"]))
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_its_window_and_no_text_is_cut_or_over_another(
    name: str, width: int, scheme: str, pages: Path, browser: Browser
) -> None:
    browser.open(pages / f"{name}.html", width, scheme)
    assert browser.console == []
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") <= width
    background = browser.value("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(13, 17, 23)")
    texts = browser.texts()
    assert len(texts) > 100
    assert cut(browser) == []
    assert "PRE" not in browser.value(SCROLLING)
    if name != "hostile":  # there the words are wider than any column
        assert overlaps(texts) == []
    if "SCREENSHOTS" in os.environ:
        browser.picture(Path(os.environ["SCREENSHOTS"]) / f"report-{name}-{width}-{scheme}.png")


@pytest.mark.slow
@needed
@pytest.mark.parametrize("name", ["full", "failed", "classes", "numbers", "history"])
def test_a_wide_window_has_two_columns_and_neither_is_empty(
    name: str, pages: Path, browser: Browser
) -> None:
    browser.open(pages / f"{name}.html", 1280)
    bands = browser.value(COLUMNS)
    assert len(bands) == 2
    for ends in bands:
        assert min(ends) > 0.5 * max(ends)
    assert browser.value(SCROLLING) == []


@pytest.mark.slow
@needed
@pytest.mark.parametrize("name", ["full", "failed", "classes", "numbers", "history"])
def test_a_phone_shows_the_verdict_at_once_and_those_of_the_metrics_without_scrolling_sideways(
    name: str, pages: Path, browser: Browser
) -> None:
    browser.open(pages / f"{name}.html", 360)
    assert browser.value("document.querySelector('.lead').getBoundingClientRect().bottom") < 400
    verdicts = browser.value(
        "[...document.querySelectorAll('td.verdict')].map(box => box.getBoundingClientRect().right)"
    )
    assert all(right <= 360 for right in verdicts)
    assert bool(verdicts) == (name != "failed")


@pytest.mark.parametrize("text", [TEXT, CLASSES, NUMBERS])
def test_each_chart_says_what_to_see_and_each_of_its_parts_its_figures(text: str) -> None:
    figures = re.findall("<figure>(.*?)</figure>", text, re.DOTALL)
    assert figures
    for drawn in figures:
        assert re.search('<span class="reading">[^<]+[.]</span>', drawn)
        assert len(re.findall('<path class="told" d="[^"]+"><title>[^<]+</title>', drawn)) >= 3


def test_a_part_of_a_chart_tells_its_figures() -> None:
    titles = re.findall("<title>([^<]+)</title></path>", TEXT)
    assert "carrier HA: -0.024 (-0.0382 to -0.0098), worse" in titles
    assert "0.05 to 0.1: main: 12,164 rows; this pull request: 12,658 rows" in titles
    assert any(
        told.startswith("false positive rate 0.200, true positive rate: main: 0.5")
        for told in titles
    )
    assert "bike: main: 0.41; this pull request: 0.32" in CLASSES


def test_verdicts_and_the_answer_read_without_colour() -> None:
    assert "<h1>! Look closer" in TEXT
    assert "<h1>✗ Do not merge" in FAILED
    assert ">▲ better</td>" in TEXT
    assert ">▼ worse</td>" in TEXT
    assert ">○ can&#x27;t tell</td>" in TEXT
    assert ">! warn</th>" in TEXT
    signs = list(MARKS.values())
    assert len(set(signs)) == len(signs)
