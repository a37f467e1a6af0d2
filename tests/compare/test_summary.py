"""What `truerun compare` prints, word for word."""

from tests import comparisons
from truerun.compare.summary import summary
from truerun.comparison.comparison import Missing

GONE = Missing(missing="nothing is known")
DECISIONS = """
617 of 55,628 decisions change (1.1 %)
  320 for the better, 297 for the worse
"""
RULE = "-0.012 (-0.0181 to -0.0062)"


def test_a_comparison_is_summed_up_in_its_metrics_decisions_and_rules() -> None:
    metrics = comparisons.metrics(comparisons.main(0.7363, 0.74, 0.00135))
    unsure = metrics.paired[0].differences[3].model_copy(update={"low": None, "high": None})
    undefined = comparisons.difference("recall", 0.5, None)
    some = (metrics.paired[0].differences[0], undefined, unsure)
    part = metrics.paired[0].model_copy(update={"differences": some})
    found = comparisons.comparison(
        metrics=metrics.model_copy(update={"paired": (part,)}),
        gate=comparisons.gate("pass", "fail", "warn", "warn"),
    )
    assert summary(found) == (
        f"""\
main against this pull request
55,628 rows of 61 values of day: the test rows

                         base       head  difference  interval
roc_auc                0.7363     0.7400     +0.0037  +0.0010 to +0.0064  better
brier                  0.1107     0.1104     -0.0003  can't tell
{DECISIONS}
gate: fail (1 fail, 2 warn)
  fail  changed decisions: {RULE}
  warn  time to predict a row: {RULE}
  warn  quarantined rows: {RULE}"""
    )


def test_whose_doing_it_was_is_told_where_it_was_asked() -> None:
    told = summary(comparisons.comparison(attribution=comparisons.attribution()))
    assert (
        """
roc_auc +0.0066, of which
  +0.0082  code of featurize  +0.0068 to +0.0096  better
  -0.0021  parameters of featurize  -0.0032 to -0.0010  worse
  +0.0005  parameters of train  -0.0007 to +0.0017  can't tell
"""
        in told
    )
    assert "no shares of the changes: nothing is known" in summary(
        comparisons.comparison(attribution=GONE)
    )


def test_predictions_that_move_are_told_where_no_decisions_are_taken() -> None:
    told = summary(comparisons.regression()).splitlines()
    beyond = "more than 1 % of the target's standard deviation"
    assert told[1] == "55,628 rows: the test rows"
    assert told[-4:] == [
        "",
        f"1,234 of 5,000 predictions move by {beyond} (24.7 %)",
        "",
        "gate: pass (0 fail, 0 warn)",
    ]


def test_what_is_missing_is_told_with_the_reason() -> None:
    end = f"gate: warn (0 fail, 1 warn)\n  warn  time to predict a row: {RULE}"
    first = "main against this pull request"
    nothing = comparisons.comparison(metrics=GONE, decisions=GONE, scores=GONE)
    assert summary(nothing) == f"{first}\nno metrics: nothing is known\n\n{end}"
    unpaired = comparisons.comparison(metrics=comparisons.metrics(paired=GONE))
    assert summary(unpaired) == f"{first}\nno comparison: nothing is known\n{DECISIONS}\n{end}"
