"""Whose doing it was: the sentence, the section, and figures that add up as they are written."""

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import comparisons
from tests.comparisons import attribution, comparison
from truerun.comparison.comparison import Missing
from truerun.report import markdown, page, terminal, why
from truerun.report.contents import document


def value(**parts: Any) -> Any:
    return comparisons.as_json(comparison(attribution=attribution(**parts)))


def rendered(**parts: Any) -> str:
    return markdown.render(document(value(**parts)), None)


def test_a_sentence_near_the_top_names_each_group_with_its_share() -> None:
    told = (
        "Of ROC AUC +0.0066: code of featurize +0.0082, parameters of featurize -0.0021, "
        "parameters of train +0.0005 (can't tell)."
    )
    assert why.sentence(value()) == told
    assert told in rendered().partition("### Metrics")[0].replace("&#39;", "'")
    claimed = why.sentence(value(claimed=True))
    assert claimed.startswith("Of ROC AUC +0.0066 (claimed): code of featurize +0.0082, ")


def test_without_shares_or_with_one_there_is_nothing_to_say() -> None:
    (first, *_) = attribution().shares
    assert why.sentence(value(shares=(first,))) == ""
    assert why.sentence(comparisons.as_json(comparison())) == ""
    assert "Why" not in markdown.render(document(comparisons.as_json(comparison())), None)


def test_the_section_has_the_shares_with_their_intervals_and_what_was_changed() -> None:
    text = rendered(together=("put together as parameters: a, b",))
    section = re.search(r"### Why\n(.*?)\n### ", text, re.DOTALL)
    assert section
    for line in (
        "| code of featurize | ▲ better | +0.0082 (+0.0068 to +0.0096) |",
        "| parameters of train | ○ can't tell | +0.0005 (-0.0007 to +0.0017) |",
        "| all of it |  | +0.0066 |",
        "code of featurize: `src/flights/features.py`",
        "code of featurize and parameters of featurize +0.0031 (+0.0019 to +0.0043).",
        "Put together as parameters: a, b.",
        "| log loss | -0.0030 | -0.0040 | +0.0005 | +0.0005 |",
    ):
        assert line in section[1].replace("&#39;", "'")
    assert "parameters of train +0.0002" not in section[1]  # an interaction within noise
    assert why.CLAIMED not in text
    assert "### Why, claimed" in rendered(claimed=True)
    assert why.CLAIMED in rendered(claimed=True)


def test_what_has_nothing_is_said_to_have_0_and_where_all_have_there_is_nothing_to_say() -> None:
    first, second, third = attribution().shares
    none = {"share": 0.0, "low": 0.0, "high": 0.0, "verdict": "the same"}
    shares = (first, second.model_copy(update=none))
    told = why.sentence(value(difference=first.share, shares=shares))
    assert told == "Of ROC AUC +0.0082: code of featurize +0.0082, parameters of featurize 0."
    shares = tuple(one.model_copy(update=none) for one in (first, second, third))
    assert why.sentence(value(difference=0.0, shares=shares)) == ""


def test_one_group_has_all_of_it_and_no_word_on_orders() -> None:
    (first, *_) = attribution().shares
    text = rendered(difference=first.share, shares=(first,), interactions=(), others=())
    assert "so this has all of the difference" in text
    assert "Shapley" not in text


def test_why_there_are_no_shares_is_told() -> None:
    missing = Missing(missing="the 30 minutes of the budget were over")
    text = markdown.render(document(comparisons.as_json(comparison(attribution=missing))), None)
    assert "whose doing it was: the 30 minutes of the budget were over" in text


def test_every_form_of_a_report_has_the_shares() -> None:
    for form in (markdown, page, terminal):
        assert "parameters of featurize" in form.render(document(value()), None)
    drawn = page.render(document(value()), None)
    assert "Shares in the difference of ROC AUC: code of featurize +0.0082, better" in drawn
    assert ">featurize params</text>" in drawn  # whole, beside its interval


@pytest.mark.slow
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4), st.integers(0, 9))
def test_shares_that_sum_to_the_whole_do_so_as_they_are_written(
    units: list[int], decimals: int
) -> None:
    shares = [unit * 2.0**-30 for unit in units]  # whose sum has no rounding
    whole, *written = (
        Fraction(text.replace(",", "")) for text in why.adding_up([sum(shares), *shares], decimals)
    )
    assert sum(written) == whole
    for share, figure in zip(shares, written, strict=True):
        assert abs(Fraction(share) - figure) < Fraction(1, 10**decimals)
        assert share or not figure


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ([0.5, 0.1, 0.1], ["+0.50", "+0.10", "+0.10"]),  # a stranger's, that do not sum
        ([1e300, 1e300, 0.0], ["+1e+300", "+1e+300", "0.00"]),
        ([-0.001, 0.0, -0.001], ["0.00", "0.00", "0.00"]),
    ],
)
def test_figures_that_do_not_sum_are_written_by_themselves(
    figures: list[float], told: list[str]
) -> None:
    assert [text.replace("+0.00", "0.00") for text in why.adding_up(figures, 2)] == told
