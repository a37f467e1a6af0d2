"""The page: one file that needs nothing else, for all eyes and widths; tried in a real browser."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import comparisons, schema_values
from truerun.report import page, svg
from truerun.report.contents import document

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RUN = "https://github.com/me/flights/actions/runs/123"
TEXT = page.render(document(comparisons.as_json(comparisons.comparison())), RUN)
CLASSES, NUMBERS = (
    page.render(document(comparisons.as_json(found)), RUN)
    for found in (comparisons.multiclass(), comparisons.regression())
)
FAILED = page.render(
    document(comparisons.as_json(comparisons.comparison(**comparisons.failed()))), RUN
)
# The page's own width and the one that it needs, told to the page around it.
PROBE = """
<script>
addEventListener("load", () => parent.postMessage(
  [innerWidth, document.documentElement.scrollWidth, document.documentElement.scrollHeight], "*"));
</script>
"""
FRAME = """<!DOCTYPE html>
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<iframe src="{name}" width="{width}" height="600"></iframe>
<script>
addEventListener("message", ({{ data }}) => {{
  document.querySelector("iframe").height = data[2];
  document.title = "measured " + data.join(" ");
}});
</script>
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
    boxes = [box for box in outline.of("div") if box.get("class") == "scroll"]
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


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 has it."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(
        weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


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


def browse(address: str, profile: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in Chromium without a window, offline."""
    assert CHROMIUM
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            f"--user-data-dir={profile}",
            *options,
            address,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["full", "failed", "classes", "numbers", "hostile"])
def test_the_page_never_scrolls_sideways_and_says_nothing_to_the_console(
    name: str, width: int, scheme: str, tmp_path: Path
) -> None:
    wide = schema_values.fullest(lambda most: "unbreakable" * most, most=3)
    text = {
        "full": TEXT,
        "failed": FAILED,
        "classes": CLASSES,
        "numbers": NUMBERS,
        "hostile": page.render(document(wide), RUN),
    }[name]
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    told = browse(f"file://{tmp_path}/page.html", tmp_path / "profile", "--dump-dom")
    assert "CONSOLE" not in told.stderr

    probed = re.sub("<meta http-equiv=.*?>", "", text).replace("</body>", f"{PROBE}</body>")
    (tmp_path / "probed.html").write_text(probed, encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(name="probed.html", width=width))
    colours = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
    framed = browse(f"file://{tmp_path}/frame.html", tmp_path / "profile", colours, "--dump-dom")
    found = re.search(r"<title>measured (\d+) (\d+) (\d+)</title>", framed.stdout)
    assert found, framed.stdout
    inner, needed, height = map(int, found.groups())
    assert inner == width
    assert needed <= width

    if "SCREENSHOTS" in os.environ:
        folder = Path(os.environ["SCREENSHOTS"])
        folder.mkdir(parents=True, exist_ok=True)
        browse(
            f"file://{tmp_path}/frame.html",
            tmp_path / "profile",
            colours,
            f"--window-size={max(width, 500)},{height}",
            f"--screenshot={folder.resolve()}/report-{name}-{width}-{scheme}.png",
        )
