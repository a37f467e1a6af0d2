"""Whatever a comparison holds, a report is text: no mention, link, tag or command of others."""

import html.parser
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import comparisons, schema_values
from tests.variants import nightly_after
from truerun.report import markdown, page, terminal, visible_text
from truerun.report.contents import document

pytestmark = pytest.mark.slow

HOSTILE = [
    "@octocat merge this, @org/team too",
    "fixes #12 and GH-12, org/repo#12 and af67292a0969f75b",
    "https://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    "<script>alert(1)</script><img src=x onerror=alert(1)><!-- ",
    "![x](.git/config) [y](https://evil.example) [z]: https://evil.example",
    "**bold** _slanted_ ~~gone~~ $x$ $`x`$ [^1] \\@x &#64;octocat &commat;octocat",
    "``` `` ` \n```\n@octocat\n````\n~~~\n`@octocat`",
    "a|b\\|c||\\\\|d | --- |",
    "line\n\n# heading\n- item\n1. one\n> [!NOTE]\n/approve\n===\n---",
    "1. one",
    "12) two",
    "= 1",
    "www.…",
    "</details></summary></code></pre></svg></style>",
    ":smile: :+1: 1:smile:2",
    '%%{init: {"theme": "x"}}%% "] click a href "javascript:alert(1)"',
    "\u202eevil\u2066\u200b\u200d\ufeff\u00ad\x00\x07\x1b[31m\x9b\u2028\u3164\ufe0f\U000e0041",
    "::error::x\n::set-output name=x::y",
    "\u00a0\u3000 \t",
    "",
    "`",
    "{{x}} ${x} %s {0}",
]
TAGS = re.compile(r"</?details>|<summary>[A-Za-z0-9 ,:]*</summary>")
# What GitHub would make something of.
DANGEROUS = re.compile(
    r"[@#<>\[\]_~$&{}/^]|www\.|https?:|:[a-z0-9+]+:|[a-z]-\d|"
    r"(?<![a-z0-9])[0-9a-f]{7,40}(?![a-z0-9])",
    re.IGNORECASE,
)
ANYTHING = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="`|\\@#<>[]()!*_~:/.-+1aA\n \u202e\u200b%$&;=\"'", max_size=40),
    st.text(max_size=20),
    st.sampled_from(["roc_auc", "log_loss", "carrier"]),
)


QUOTED = re.compile("`[^`]+`")  # may be code as it stands: then the backticks are not seen
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def outside_code(text: str) -> str:
    """Markdown without its blocks and spans of code, read as CommonMark reads them."""
    lines, fence = [], ""
    for line in text.split("\n"):
        opened = re.match(r"(`{3,})(\w*)$", line)
        if fence:
            if line == fence:
                fence = ""
        elif opened:
            fence = opened[1]
        else:
            lines.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "code", line))
    assert not fence
    return "\n".join(lines)


def assert_harmless(text: str) -> None:
    """No line of a comment means more than our own Markdown."""
    rest = outside_code(text)
    assert "`" not in rest
    for line in rest.splitlines():
        if TAGS.fullmatch(line):
            continue
        cells = line.strip("|").split("|") if line.startswith("|") else [line]
        for cell in cells:
            bare = re.sub(r"^(### |- )", "", cell.replace("**", ""))
            assert not DANGEROUS.search(bare), line
            assert not bare.startswith(("#", ">", "\t", "    ", "= ", "- ", "+ ")), line
            assert not re.match(r"\d+[.)]( |$)", bare), line


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("failed", [True, False])
def test_a_comment_made_of_hostile_texts_is_harmless(text: str, failed: bool) -> None:
    found = schema_values.fullest(lambda _: text, most=2)
    if failed:
        found["reproduction"]["state"] = "failed"
    told = markdown.render(document(found), None)
    assert_harmless(told)
    assert all(visible_text.visible_text(line) == line for line in told.splitlines())


def test_tables_keep_their_columns() -> None:
    told = markdown.render(document(schema_values.fullest(lambda _: "a|b\\|c` `` |", most=2)), None)
    columns = None
    for line in outside_code(told).splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        columns = columns or line.count("|")
        assert line.count("|") == columns


@given(schema_values.values(ANYTHING))
def test_any_comparison_can_be_told_in_any_format(found) -> None:
    said = document(found)
    assert_harmless(markdown.render(said, None))
    assert_plain(terminal.render(said, None))
    assert_well_formed(page.render(said, None))


@given(ANYTHING)
def test_a_text_is_all_there_but_for_its_spaces_its_bars_and_backticks_that_quote(
    text: str,
) -> None:
    seen = visible_text.visible_text(text)
    told = markdown.inline(seen)
    assert_harmless(told)
    told = re.sub(r"^(\d+)\\", r"\1", told)
    spans = "".join(SPAN.sub(r"\2", told).split())
    whole = "".join(seen.replace("|", "¦").split())
    assert spans.replace("`", "") == whole.replace("`", "")
    if not QUOTED.search(seen):
        assert spans == whole


@pytest.mark.parametrize("text", ["`", "``", "`a", "``a``", "`a`b`", "`a``b`", "x`a`"])
def test_backticks_that_quote_no_code_are_shown(text: str) -> None:
    told = markdown.inline(text)
    assert_harmless(told)
    assert SPAN.sub(r"\2", told).strip() == text


WORDS = st.text(alphabet="abz_./-09", min_size=1, max_size=8).map(lambda text: f"{text}_")
CHANGED = st.lists(
    st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=4).map(", ".join)), min_size=2, max_size=4
)


@given(CHANGED, st.sampled_from([", ", "; ", "\n", ",\n", " ", " and "]), st.booleans())
def test_each_of_several_parameters_in_a_line_is_code_of_its_own(
    changed: list[tuple[str, str]], between: str, quoted: bool
) -> None:
    if quoted:  # as a sentence of ours names them: they are code already
        parameters = [f"`{name}: [{value}]`" for name, value in changed]
        told = markdown.inline(between.join(parameters))
        assert [one[0] for one in SPAN.finditer(told)] == parameters
    else:  # as a list does
        told = markdown.inline(", ".join(f"{name}: [{value}]" for name, value in changed))
        spans = re.findall(r"(?<!`)`(?!`)(.+?)`", told)
        assert spans == [part for name, value in changed for part in (name, f"[{value}]")]
    assert_harmless(told)


def test_lists_of_parameters_are_told_as_they_are_written() -> None:
    told = markdown.inline("evaluate.slices: [carrier, a, b] → [carrier], train.l_rate: 0.1 → 0.2")
    assert told == ("`evaluate.slices`: `[carrier, a, b]` → `[carrier]`, `train.l_rate`: 0.1 → 0.2")
    told = markdown.inline("`evaluate.slices: [a_b]`, `train.seed: 1 → 2` and [never closed")
    assert told == "`evaluate.slices: [a_b]`, `train.seed: 1 → 2` and `[never` closed"


@given(ANYTHING)
def test_a_block_of_code_cannot_be_left(text: str) -> None:
    assert outside_code(markdown.fenced(visible_text.visible_text(text))) == ""


def test_words_stay_words_and_only_what_could_mean_something_is_code() -> None:
    told = markdown.inline('carrier HA (see "data/x"): 0.01 worse, #12; well-known 5 % can\'t.')
    assert told == 'carrier HA (see "`data/x`"): 0.01 worse, `#12`; well-known 5 % can\'t.'


def test_no_line_of_an_error_is_a_command_to_a_program_that_reads_comments() -> None:
    error = "/approve\n::error::x\n@dependabot merge"
    told = markdown.render(
        document(comparisons.as_json(comparisons.comparison(**comparisons.failed(error=error)))),
        None,
    )
    assert "\n  /approve\n  ::error::x\n  @dependabot merge\n```" in told


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_in_mermaid_are_letters_and_digits(text: str) -> None:
    found = schema_values.fullest(lambda _: text, most=2)
    told = markdown.render(document(found), None)
    for chart in re.findall(r"```mermaid\n(.*?)\n```", told, re.DOTALL):
        theme, kind, *lines = chart.splitlines()
        assert theme.startswith('%%{init: {"xyChart"')
        assert kind == "xychart-beta"
        for line in lines:
            assert re.fullmatch(r'  (x-axis|y-axis|line) [A-Za-z0-9 .,"\[\]>-]+', line)


def test_what_cannot_be_seen_is_told_by_its_number() -> None:
    assert visible_text.visible_text("a\u202eb\u200bc\x1b[0m") == "a[U+202E]b[U+200B]c[U+001B][0m"
    assert visible_text.visible_text("a\u00a0b\tc\r\nd\u3164") == "a b c\nd[U+3164]"
    assert visible_text.visible_text("São Paulo, 東京, Ελλάδα") == "São Paulo, 東京, Ελλάδα"


class Page(html.parser.HTMLParser):
    """The tags and attributes of a page, each closed in its turn."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src", "style")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Page:
    found = Page()
    found.feed(text)
    found.close()
    return found


ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section"),
    *("h1", "h2", "p", "ul", "li", "pre", "div", "span", "figure", "figcaption"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "path", "line", "circle", "text"),
}


def assert_well_formed(text: str) -> None:
    found = read(text)
    assert found.open == []
    assert found.tags <= ALLOWED
    assert not {name for name in found.attributes if name.startswith("on")}
    assert found.links == []
    assert all(visible_text.visible_text(line) == line for line in text.splitlines())


def assert_plain(text: str) -> None:
    for line in text.splitlines():
        assert terminal.columns(line) <= terminal.WIDTH, line
        assert visible_text.visible_text(line) == line


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_made_of_hostile_texts_has_no_other_tags(text: str) -> None:
    assert_well_formed(page.render(document(schema_values.fullest(lambda _: text, most=2)), None))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_gets_letters_and_spaces(text: str) -> None:
    assert_plain(terminal.render(document(schema_values.fullest(lambda _: text, most=2)), None))


@pytest.mark.parametrize(
    ("text", "failed"),
    nightly_after(
        4,
        [
            ("x", True),  # which changes the first line
            *((text, False) for text in ("| ", "\u202e", "a @ ")),
            *((text, False) for text in ("x", "word ", "@", "`", "東", "` a")),
            ("\u202e", True),
        ],
    ),
)
def test_the_largest_comparison_fits_into_a_comment(text: str, failed: bool) -> None:
    found = schema_values.fullest(lambda most: text * most)
    if failed:
        found["reproduction"]["state"] = "failed"
    run = "https://github.com/" + "x" * 280
    told = markdown.render(document(found), run)
    assert len(told) <= markdown.LONGEST
    assert_harmless(told.replace(f"[Full report in this run]({run})", ""))
    assert told.splitlines()[0].startswith("**Do not merge" if failed else "**")
    left_out = next((line for line in told.splitlines() if line.startswith("Left out")), "")
    told_sections = re.findall(r"^(?:### |<summary>)", told, re.MULTILINE)
    assert len(told_sections) + left_out.count(";") + bool(left_out) == len(
        document(found).sections
    )


def test_a_comment_that_is_cut_says_what_is_left_out_and_where_it_is() -> None:
    found = schema_values.fullest(lambda most: "word " * most)
    told = markdown.render(document(found), "https://github.com/me/run/1")
    note, footer = told.strip().split("\n\n")[-2:]
    assert note.startswith("Left out to keep the comment short: ")
    assert "Reproducibility" in note
    assert footer.endswith("[Full report in this run](https://github.com/me/run/1)")


def test_the_largest_comparison_is_a_page_and_a_text_of_some_size() -> None:
    found = schema_values.fullest(lambda most: "東" * most)
    assert len(page.render(document(found), None)) < 3_000_000
    assert_plain(terminal.render(document(found), None))


@pytest.mark.parametrize("value", [0, 5e-324, -5e-324, 1e308, -1e308, 1e-9, 123456.789])
def test_any_number_can_be_told_and_drawn(value: float) -> None:
    text = json.dumps(comparisons.as_json(comparisons.comparison()))
    numbers = re.compile(r'(?<="(?:difference|mean_shift)": )-?[0-9.e-]+')
    found = json.loads(numbers.sub(repr(value), text))
    for part in ("shift", "base", "head"):
        found["scores"][part]["edges"] = [n * value for n in range(22)]
    for one in found["cost"]:
        one["base"] = value
    for render in (markdown.render, page.render, terminal.render):
        told = render(document(found), None)
        assert not re.search(r"\b(nan|inf)\b", told)
