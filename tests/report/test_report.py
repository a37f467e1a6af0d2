"""The report: the first line answers, the rest explains, and all formats say the same."""

import html
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import comparisons
from tests.comparisons import GONE, comparison, main, metrics
from tests.conftest import ROOT
from truerun.comparison.comparison import (
    Comparison,
    DataFinding,
    FileChange,
    GateResult,
    Missing,
    Newest,
    RevisionName,
)
from truerun.model.metrics import METRICS
from truerun.report import decision_section, markdown, page, terminal, text_charts
from truerun.report.contents import document
from truerun.report.document import MARKS, Interval, Intervals, Level, Levels

RENDERERS = {"markdown": markdown.render, "html": page.render, "text": terminal.render}
RUN = "https://github.com/me/flights/actions/runs/123/attempts/1"
CAUSES = {"parameters": (), "stages": (), "code": (), "packages": ()}


def rendered(found: Comparison, kind: str = "markdown", run_url: str | None = None) -> str:
    return RENDERERS[kind](document(comparisons.as_json(found)), run_url)


def first_line(**parts: Any) -> str:
    return rendered(comparison(**parts)).splitlines()[0]


PASS, EQUAL = comparisons.gate("pass", "pass"), main(0.7363, 0.7367, 0.0008)
APART = "ROC AUC can't be told apart (+0.0004, -0.0012 to +0.0020)"
CHANGED = "1.1 % of the decisions changed."
HOLDS = "The gate holds: 2 rules pass."
STOP, LOOK = "Do not merge this yet", "Look closer before you merge"
FINE = "Nothing stands in the way of merging"
ON_BOTH = metrics(EQUAL, rows=("the test rows that both have",))


@pytest.mark.parametrize(
    ("parts", "answer", "reasons"),
    [
        (
            {"slices": comparisons.slices()},
            LOOK,
            f"{APART} and {CHANGED} 1 of 10 slices is worse in ROC AUC. {HOLDS}",
        ),
        (
            {"decisions": comparisons.decisions(6_120)},
            FINE,
            f"{APART}, but 11.0 % of the decisions changed. {HOLDS}",
        ),
        (
            {"metrics": metrics(main(0.7363, 0.7465, 0.0029))},
            "Merge this",
            f"ROC AUC is better (+0.0102, +0.0044 to +0.0160) and {CHANGED} {HOLDS}",
        ),
        (
            {"metrics": metrics(main(0.7363, 0.7465, 0.0029)), "slices": comparisons.slices()},
            LOOK,
            (
                f"ROC AUC is better (+0.0102, +0.0044 to +0.0160) and {CHANGED} "
                f"1 of 10 slices is worse in ROC AUC. {HOLDS}"
            ),
        ),
        (
            {"metrics": metrics(EQUAL, worse=("log_loss",))},
            LOOK,
            f"{APART} and {CHANGED} Log loss is worse. {HOLDS}",
        ),
        (
            {
                "metrics": metrics(
                    EQUAL, rows=("the common rows", "the new rows"), worse=("brier", "f1")
                )
            },
            LOOK,
            (
                f"On the common rows, {APART} and {CHANGED} Brier score and F1 are worse. "
                f"On the new rows, Brier score and F1 are worse. {HOLDS}"
            ),
        ),
        (
            {"metrics": metrics(main(0.7363, 0.7319, 0.0012))},
            "Merge only if the loss is worth it",
            f"ROC AUC is worse (-0.0044, -0.0068 to -0.0020) and {CHANGED} {HOLDS}",
        ),
        (
            {
                "metrics": metrics(main(0.7363, 0.7363, 0.0)),
                "decisions": comparisons.decisions(0),
            },
            FINE,
            f"ROC AUC is the same (0.7363) and no decision changed. {HOLDS}",
        ),
        (
            {"gate": comparisons.gate("pass", "warn")},
            LOOK,
            f"The gate warns: changed decisions. {APART} and {CHANGED}",
        ),
        (
            {"metrics": metrics(main(0.7363, 0.7243, 0.0029)), "gate": comparisons.gate("fail")},
            STOP,
            (
                "The gate fails: ROC AUC, loss. "
                f"ROC AUC is worse (-0.0120, -0.0178 to -0.0062) and {CHANGED}"
            ),
        ),
        (comparisons.failed(), STOP, "The stage validate failed. The gate fails: ROC AUC, loss."),
        (
            comparisons.failed(stage=None),
            STOP,
            "The pipeline failed. The gate fails: ROC AUC, loss.",
        ),
        (
            {"metrics": metrics(paired=GONE), "decisions": GONE},
            LOOK,
            (
                "The models could not be compared: `data/predictions.parquet` is in no remote. "
                f"{HOLDS}"
            ),
        ),
        (
            {"metrics": ON_BOTH.model_copy(update={"same_rows": False})},
            FINE,
            f"On the test rows that both have, {APART} and {CHANGED} {HOLDS}",
        ),
        (
            {"metrics": metrics(main(0.7363, 0.7465))},
            LOOK,
            f"ROC AUC moved by +0.0102 (no interval) and {CHANGED} {HOLDS}",
        ),
        (
            {"metrics": metrics(main(None, None)), "decisions": GONE},
            LOOK,
            f"ROC AUC is not defined on these rows. {HOLDS}",
        ),
    ],
)
def test_the_first_line_says_whether_to_merge_and_why(parts, answer: str, reasons: str) -> None:
    told = first_line(**{"slices": GONE, "gate": PASS, **parts})
    assert told == f"**{answer}.** {reasons}"


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        (["Makefile"], "Makefile"),
        (["tests/a_b.py", ".github/x.yml"], "`tests/a_b.py` and `.github/x.yml`"),
        (["a.py", "b.py", "c.py", "d.py", "e.py"], "`a.py`, `b.py`, `c.py` and 2 more"),
    ],
)
def test_the_first_line_names_the_files_that_judge_and_changed(
    names: list[str], listed: str
) -> None:
    changed = tuple(FileChange(path=name, change="changed") for name in names)
    told = first_line(slices=GONE, gate=PASS, provenance=comparisons.provenance(guards=changed))
    assert f"It changes what judges it, {listed}: ask for a second reviewer." in told


@pytest.mark.parametrize("guards", [(), GONE])
def test_the_first_line_is_silent_on_files_that_judge_if_none_is_known_to_change(guards) -> None:
    told = first_line(slices=GONE, gate=PASS, provenance=comparisons.provenance(guards=guards))
    assert "judges" not in told


PRICES = comparisons.regression().metrics.paired[0].differences


@pytest.mark.parametrize(
    ("found", "answer", "reasons"),
    [
        (
            comparisons.multiclass(slices=GONE),
            "Merge this",
            (
                "Log loss is better (-0.0308, -0.0430 to -0.0186) and 4.8 % of the decisions "
                f"changed. {HOLDS}"
            ),
        ),
        (
            comparisons.regression(),
            "Merge only if the loss is worth it",
            f"RMSE is worse (+581, +220 to +941) and 24.7 % of the predictions moved. {HOLDS}",
        ),
        (
            comparisons.of_task(
                "regression",
                "mae",
                PRICES,
                decisions=None,
                scores=comparisons.regression().scores,
            ),
            LOOK,
            (
                "MAE can't be told apart (+16, -106 to +139), but 24.7 % of the predictions moved. "
                "RMSE, R² and 10 % pinball loss are worse. "
                f"1 of 10 slices is worse in ROC AUC. {HOLDS}"
            ),
        ),
        (
            comparisons.of_task(
                "counts",
                "poisson_deviance",
                (comparisons.difference("poisson_deviance", 1.2, 1.2, 0.0),),
                decisions=None,
                slices=GONE,
                scores=comparisons.regression().scores.model_copy(update={"moved": 0}),
            ),
            FINE,
            f"Poisson deviance is the same (1.2000) and no prediction moved. {HOLDS}",
        ),
    ],
)
def test_the_first_line_speaks_of_the_task(found: Comparison, answer: str, reasons: str) -> None:
    assert rendered(found).splitlines()[0] == f"**{answer}.** {reasons}"


@pytest.mark.parametrize("kind", RENDERERS)
def test_classes_are_told_by_what_became_of_their_rows(kind: str) -> None:
    text = " ".join(rendered(comparisons.multiclass(), kind).split())
    assert "26 for the better, 13 for the worse, 9 from one wrong class to another." in text
    assert "Changed decisions by class, most common first" in text
    assert "threshold" not in text
    assert "positive" not in text
    assert "ROC curves" not in text


def test_what_becomes_of_each_class_is_a_table_and_a_chart() -> None:
    text = rendered(comparisons.multiclass())
    section = text.split("<summary>Decisions: 48 of 1,000 changed")[1].split("</details>")[0]
    assert "| bus | car | 31 | 22 | 6 |" in section
    assert "| bike | 100 | 41.0 % | 32.0 % |\n| bus | 600 | 70.0 % | 69.5 % |" in section
    classes, probabilities = re.findall(r"```(?:mermaid)?\n(.*?)\n```", section, re.DOTALL)
    assert [line for line in classes.splitlines() if "→" in line] == [
        "bike: 0.41 → 0.32",
        "bus: 0.7 → 0.695",
        "car: 0.6333 → 0.7067",
    ]
    assert "The most moved is bike: 0.41 in main, 0.32 in this pull request.\n" in section
    assert 'x-axis "probability of the right class"' in probabilities


def test_predictions_of_a_number_are_told_by_how_they_moved_and_where_they_are_off() -> None:
    text = rendered(comparisons.regression())
    assert "<summary>Decisions" not in text
    section = text.split("<summary>Predictions: 1,234 of 5,000 moved")[1].split("</details>")[0]
    assert (
        "1,234 of 5,000 predictions (24.7 %) moved by more than 1 % of the target's standard "
        "deviation. Predictions moved by +214.5 on average; of the rows, 5 % by -3,120.4 or less"
    ) in section
    assert "| 70,000 to 109,500 | 500 | 9,900 | 10,200 | +300 |" in section
    errors, predictions = re.findall(r"```(?:mermaid)?\n(.*?)\n```", section, re.DOTALL)
    assert errors.splitlines()[::2][:2] == [
        "30,000 to 69,500: 9,000 → 9,100",
        "70,000 to 109,500: 9,900 → 10,200",
    ]
    assert errors.splitlines()[-2] == f"  │{' ' * 32}○───●"
    assert errors.splitlines()[-1] == f"  0{' ' * 31}19,000"
    assert 'x-axis "prediction" 60000 --> 440000' in predictions


def test_metrics_in_the_targets_unit_have_the_digits_that_their_size_asks_for() -> None:
    text = rendered(comparisons.regression())
    assert "| RMSE | 24,311 | 24,891 | +581 (+220 to +941) | ▼ worse |" in text
    assert "| R² | 0.9012 | 0.8964 | -0.0048 (-0.0090 to -0.0006) | ▼ worse |" in text
    assert "| 10 % pinball loss | 4,210.5 | 4,260.9 | +50.4 (+25.2 to +75.6) | ▼ worse |" in text
    small = comparisons.difference("rmse", 0.00123456, 0.00134567, 0.00001)
    found = comparisons.of_task("regression", "rmse", (small,), decisions=None, scores=GONE)
    assert "RMSE is worse (+0.0001111, +0.0000911 to +0.0001311)" in rendered(found, "text")


def test_the_best_experiment_is_first_whichever_way_is_better() -> None:
    rows = {
        kind: re.findall(r"^\| ([ab]|\S+-\d+) \| `train.model`", rendered(found), re.MULTILINE)
        for kind, found in (
            ("regression", comparisons.regression()),
            ("without pairs", comparisons.regression(metrics=GONE)),
            ("multiclass", comparisons.multiclass()),
        )
    }
    assert rows == {"regression": ["a", "b"], "without pairs": ["a", "b"], "multiclass": ["b", "a"]}


def test_differences_in_the_targets_unit_stand_in_a_chart_of_their_own() -> None:
    text = html.unescape(rendered(comparisons.regression(), "html"))
    labels = re.findall('aria-label="(Differences of the metrics[^"]*)"', text)
    assert labels == [
        (
            "Differences of the metrics: RMSE -580.55, worse; MAE -16.370, can't tell; "
            "10 % pinball loss -50.400, worse."
        )
    ]


def test_a_target_that_changed_is_told_once() -> None:
    assert "| with another target | 5 |" in rendered(comparisons.regression())
    binary = rendered(comparison())
    assert "another target" not in binary
    assert "| label now positive | 4 |" in binary


def test_scores_of_every_task_have_a_name() -> None:
    assert set(decision_section.CALLED) == set(METRICS)


def test_all_formats_say_the_same_first() -> None:
    found = comparison()
    said = document(comparisons.as_json(found))
    page_of = rendered(found, "html")
    assert f"<h1>{MARKS[said.outcome]} {said.answer}</h1>" in page_of
    assert f'<p class="lead">{page.escaped(said.reasons)}</p>' in page_of
    text = rendered(found, "text")
    assert " ".join(text.split()).startswith(f"{said.answer}. {said.reasons}")


def test_the_comment_of_a_comparison_reads_from_the_answer_to_the_detail() -> None:
    lines = rendered(comparison(), run_url=RUN).splitlines()
    outline = [line for line in lines if line.startswith(("###", "<summary>"))]
    assert outline == [
        "### Metrics",
        "### Gate: warn",
        "<summary>Slices: 1 worse, 1 better, of 10</summary>",
        "<summary>Decisions: 617 of 55,628 changed</summary>",
        (
            "<summary>Data: 1 raw file, 27,110 rows added, 2 rows removed, 31 rows edited, "
            "1 finding, 1 line of the contract</summary>"
        ),
        "<summary>Causes: 1 parameter, 1 code file, 1 package, 2 stages</summary>",
        "<summary>Cost</summary>",
        "<summary>Experiments: 2</summary>",
        "<summary>Reproducibility: reproduced</summary>",
        "<summary>Metrics on own test rows and on training rows</summary>",
        "<summary>Lists that were cut short</summary>",
    ]
    assert lines[-1].endswith(f"[Full report in this run]({RUN})")


def test_one_table_holds_the_metrics_with_their_direction_and_what_cannot_be_told() -> None:
    text = rendered(comparison())
    table = text.split("### Metrics\n\n")[1].split("\n\n")
    assert table[0].splitlines()[:5] == [
        "| metric | main | this pull request | difference (interval) | verdict |",
        "| --- | ---: | ---: | ---: | --- |",
        "| ROC AUC | 0.7363 | 0.7367 | +0.0004 (-0.0012 to +0.0020) | ○ can't tell |",
        "| average precision | 0.4084 | 0.4101 | +0.0017 (-0.0009 to +0.0043) | ○ can't tell |",
        "| log loss | 0.3693 | 0.3671 | -0.0022 (-0.0040 to -0.0004) | ▲ better |",
    ]
    assert table[1] == (
        "Both models score the same 55,628 rows. Rows with the same day are not independent: the "
        "intervals rest on 61 groups, not on single rows. All of these intervals hold the true "
        'differences at once in 96 % of cases or more. "Can\'t tell" means that the interval holds '
        "0: these rows do not show which is better. A true difference of 0.0022 in ROC AUC shows "
        "about four times of five, a smaller one less often. Lower is better for log loss, Brier "
        "score and calibration error."
    )


def test_what_has_no_interval_only_describes_and_says_why() -> None:
    described = comparisons.difference("calibration_error", 0.0131, 0.0152)
    absent = comparisons.difference("f1", None, None)
    paired = metrics(EQUAL).paired[0]
    told = (paired.differences[0], described, absent)
    pairing = paired.model_copy(update={"differences": told})
    text = rendered(comparison(metrics=metrics().model_copy(update={"paired": (pairing,)})))
    assert "| calibration error | 0.0131 | 0.0152 | +0.0021 | · not judged |" in text
    why = "Not judged: calibration error, F1 (there is 1 cluster of rows)."
    assert why in text
    assert "unknown" not in text.split("### Gate")[0]


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_a_verdict_has_a_sign_and_a_name_that_reads_like_one_has_none(kind: str) -> None:
    renamed = (
        comparisons.causes().parameters[0].model_copy(update={"name": "worse", "base": "fail"})
    )
    causes = comparisons.causes().model_copy(update={"parameters": (renamed,)})
    told = rendered(comparison(causes=causes), kind)
    assert "▼ worse" in told
    row = {
        "markdown": "| worse | fail | 0.05 |",
        "html": '<th scope="row">worse</th><td data-column="main">fail</td>',
    }
    assert row[kind] in told


def test_rules_that_pass_are_counted_and_the_others_told() -> None:
    text = rendered(comparison(gate=comparisons.gate("pass", "warn", "pass", "fail")))
    section = text.split("### Gate: fail\n\n")[1].split("\n\n<details>")[0]
    told = "at most 0.01 worse | -0.012 (-0.0181 to -0.0062) | a loss of 0.01 or less for sure |"
    assert section.splitlines() == [
        "| outcome | rule | found | needed |",
        "| --- | --- | --- | --- |",
        f"| ✗ fail | quarantined rows: {told}",
        f"| ! warn | changed decisions: {told}",
        "",
        "2 of 4 rules pass.",
    ]
    assert "### Gate" not in rendered(comparison(gate=comparisons.gate("pass", "pass")))


def test_two_pairings_have_a_table_each_under_their_names() -> None:
    rows = (
        "the test rows that both have",
        "the test rows of this pull request, scored by both models",
    )
    text = rendered(comparison(metrics=metrics(rows=rows)))
    assert [line for line in text.splitlines() if line.startswith("### Metrics")] == [
        f"### Metrics on {words}" for words in rows
    ]
    assert text.count("| ROC AUC | 0.7363 | 0.7367 |") == 3  # and on own test rows


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_failed_stage_comes_first_with_its_error_and_what_validate_found(kind: str) -> None:
    error = "Traceback:\n  File x\nerror: 2013-10 has 12 rows\n"
    text = rendered(comparison(**comparisons.failed(error=error)), kind)
    places = [
        text.index(words)
        for words in (
            "The stage validate failed",
            "File x",
            "error: 2013-10 has 12 rows",
            "2013-10 has 12 rows, not 5,000",
            "Not determined",
        )
    ]
    assert places == sorted(places)
    assert "slices, decisions, scores, cost: the stage validate failed" in " ".join(text.split())
    assert text.count("2013-10 has 12 rows, not 5,000") == 1


def test_the_end_of_a_long_error_is_kept() -> None:
    error = "\n".join(f"line {n}" for n in range(10_000))
    text = rendered(comparison(**comparisons.failed(error=error[-8000:])))
    assert "```\n  …\n" in text
    assert "line 9999\n```" in text
    assert "line 9000\n" not in text


def test_slices_with_a_verdict_come_first_and_the_test_of_many_is_explained() -> None:
    section = rendered(comparison()).split("<summary>Slices")[1].split("</details>")[0]
    assert "10 slices, judged by ROC AUC. All of these intervals hold the true" in section
    rows = [line for line in section.splitlines() if line.startswith(("| carrier", "| origin"))]
    assert rows[0] == "| carrier HA | 612 | -0.0240 (-0.0382 to -0.0098) | ▼ worse |"
    assert rows[1] == "| origin LGA | 17,204 | +0.0062 (+0.0028 to +0.0096) | ▲ better |"
    assert all("can't tell" in row for row in rows[2:8])


def test_slices_that_are_all_the_same_are_told_in_a_sentence() -> None:
    told = main(0.7, 0.7, 0.0)
    same = [one.model_copy(update={"differences": (told,)}) for one in comparisons.slices().slices]
    found = comparison(slices=comparisons.slices().model_copy(update={"slices": tuple(same)}))
    section = rendered(found).split("<summary>Slices")[1].split("</details>")[0]
    assert "10 slices, judged by ROC AUC. Each is the same; the weakest first:" in section
    assert "(0.0000 to 0.0000)" not in section
    assert "| carrier HA | 612 | 0.7000 | 0.7000 |" in section


def weakest(found: Comparison) -> list[str]:
    """The slices of the table of the weakest, in its order."""
    table = rendered(found).split("is weakest: ")[1].split("\n\n")[1]
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]


def test_the_weakest_slices_come_weakest_first() -> None:
    areas = weakest(comparison())
    assert areas == [
        *("carrier HA", "carrier AA", "carrier 9E", "month 2013-09"),
        *("carrier UA", "origin LGA", "origin JFK", "origin EWR"),
    ]
    errors = [
        part.model_copy(update={"differences": (comparisons.difference("rmse", 9.0, head, 0.1),)})
        for part, head in zip(comparisons.slices().slices, (3.0, 5.0, 4.0), strict=False)
    ]
    few = comparisons.slices().model_copy(update={"metric": "rmse", "slices": tuple(errors)})
    assert weakest(comparisons.regression(slices=few)) == [
        "origin LGA",
        "carrier 9E",
        "carrier HA",
    ]


def test_categories_are_counted_though_not_all_are_listed() -> None:
    column = comparisons.data().columns[0]
    names = tuple(f"n{number}" for number in range(20))
    many = column.model_copy(update={"new_categories": names, "new_count": 47})
    text = rendered(comparison(data=comparisons.data(columns=(many,))))
    assert "new: n0, n1, n2 and 44 more" in text


def test_costs_have_units() -> None:
    section = rendered(comparison()).split("<summary>Cost")[1].split("</details>")[0]
    assert "| training, time | 6.31 s | 9.84 s | 1.6 times |" in section
    assert "| training, memory | 642 MB | 664 MB |  |" in section  # one run each says no more
    assert "| predicting one row | 11.7 ms | 11.9 ms | +2 % (-4 % to +9 %) |" in section
    assert "| size of the model | 1.27 MB | 1.9 MB | +49 % |" in section
    size = comparison().cost[-1].model_copy(update={"base": 9e5, "head": 9.5e5})
    assert "| 900 kB | 950 kB | +6 % |" in rendered(comparison(cost=(size,)))
    assert "Both models predicted 15 times in turn: an interval holds the true change" in section
    assert "Each side was trained once" in section


def test_a_model_that_is_the_same_costs_the_same() -> None:
    costs = tuple(
        one.model_copy(update={"head": one.base, "ratio": None, "same": True})
        for one in comparison().cost[2:]
    )
    section = rendered(comparison(cost=costs)).split("<summary>Cost")[1].split("</details>")[0]
    assert "| predicting one row | 11.7 ms | 11.7 ms | the same model |" in section
    assert "predicting" not in section.split("|")[-1]
    assert " %" not in section


def test_new_findings_come_first_and_those_that_stand_are_counted() -> None:
    told = [
        DataFinding(check="drift", status="warn", detail=f"column {name}", new=new)
        for name, new in (("age", True), ("wind", False), ("rain", False))
    ]
    text = rendered(comparison(data=comparisons.data(findings=tuple(told))))
    section = text.split("<summary>Data: ")[1].split("</details>")[0]
    assert "1 new finding, 2 findings as before" in section.splitlines()[0]
    new, standing = section.split("2 findings of validate stand as in main.")
    assert "**New findings of validate**" in new
    assert "| ! warn | drift | column age |" in new
    assert "wind" not in new
    assert "| ! warn | drift | column wind |" in standing


def test_findings_that_nobody_can_compare_are_not_called_new() -> None:
    text = rendered(comparison())
    assert "1 finding," in text
    assert "**What validate found**" in text


def test_a_side_that_is_named_by_its_commit_is_named_by_a_few_digits_of_it() -> None:
    text = rendered(comparison(base=RevisionName(name=comparisons.BASE, commit=comparisons.BASE)))
    assert "| metric | `af67292aaf` | this pull request |" in text
    assert "`af67292aaf`, this pull request is `0969f75b09`. The model predicts" in text


def test_the_newest_row_is_of_a_day() -> None:
    told = "The newest row is of 2013-11-30, 4,738 days before this comparison."
    assert told in rendered(comparison())
    for moment, shown in (("2013-11-30T01:02", "2013-11-30"), ("row 7", "row 7")):
        newest = Newest(moment=moment, age_days=1.25)
        text = rendered(comparison(data=comparisons.data(newest=newest)))
        assert f"is of {shown}, 1.25 days before" in text


def test_percentages_of_others_are_written_as_ours_and_zero_has_no_sign() -> None:
    found = (DataFinding(check="quarantine", status="fail", detail="22 rows (0.01%) break it"),)
    assert "22 rows (0.01 %) break it" in rendered(
        comparison(data=comparisons.data(findings=found))
    )
    assert "| vehicle bus | 600 | 0.0000 (-0.0400 to +0.0400)" in rendered(comparisons.multiclass())


def test_what_the_run_does_not_give_is_told() -> None:
    text = rendered(comparison(reproduction=comparisons.unlike()))
    assert "<summary>Reproducibility: 1 difference</summary>" in text
    row = "train | output `models/estimator.skops` | md5 0b1c, `1273412` bytes | md5 9f2e"
    assert f"| {row}, `1273398` bytes |" in text


def test_a_run_of_what_is_not_committed_is_held_against_nothing() -> None:
    run = comparison().reproduction.model_copy(update={"state": "uncommitted"})
    text = rendered(comparison(reproduction=run))
    section = text.split("<summary>Reproducibility: uncommitted</summary>")[1]
    assert "changes that are not committed, so Git has nothing to compare it with." in section
    assert "Stages that ran: featurize, train, evaluate." in section


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    nothing = comparison(
        metrics=metrics().model_copy(update={"training": {}}),
        slices=comparisons.slices().model_copy(update={"slices": (), "tested": 0}),
        data=comparisons.data(
            files=(),
            contract=(),
            rows=comparisons.data().rows.model_copy(
                update=dict.fromkeys(
                    (
                        "added",
                        "removed",
                        "edited",
                        "targets",
                        "labels_to_positive",
                        "labels_to_negative",
                        "to_test",
                        "to_training",
                    ),
                    0,
                )
            ),
            partitions=(),
            columns=(),
            quarantine=comparisons.data().quarantine.model_copy(
                update={"rows": 0, "base_rows": 0, "checks": ()}
            ),
            lost=(),
            findings=(),
            findings_by_base=None,
            repeated=0,
        ),
        causes=comparisons.causes().model_copy(update=CAUSES),
        cost=(),
        experiments=(),
        gate=PASS,
        shortened=(),
    )
    summaries = re.findall("<summary>(.*)</summary>", rendered(nothing))
    assert summaries == ["Decisions: 617 of 55,628 changed", "Reproducibility: reproduced"]


@pytest.mark.parametrize("kind", ["markdown", "html", "text"])
def test_rows_that_are_gone_stand_with_partition_side_and_reason(kind: str) -> None:
    text = " ".join(re.sub(r"<[^>]*>|[|`]", " ", rendered(comparison(), kind)).split())
    assert "Rows of main that are gone" in text
    assert "2013-09 test in quarantine: seats, max 1 " in text
    assert "2013-10 training the partition is gone 1 " in text


def test_what_the_limits_of_the_base_find_stands_apart_or_is_not_determined() -> None:
    assert "What the limits and the contract of main find" in rendered(comparison())
    unknown = rendered(comparison(data=comparisons.data(findings_by_base=GONE)))
    assert "the contract of main find" not in unknown
    assert "checks of the data by the limits of the base: " in unknown
    provenance = comparisons.provenance(revalidated=GONE)
    assert "rows checked again: " in rendered(comparison(provenance=provenance))


def test_what_is_claimed_and_not_recomputed_is_said() -> None:
    claimed = "Claimed, not recomputed: that the prepared rows are those of the raw data, and that "
    assert claimed in rendered(comparison())


def test_charts_are_text_in_the_comment() -> None:
    blocks = re.findall(r"```mermaid\n(.*?)\n```", rendered(comparison()), re.DOTALL)
    assert [block.splitlines()[1] for block in blocks] == ["xychart-beta"] * 2
    assert all('"xyChart": {"width": 420, "height": 320}' in block for block in blocks)
    scores, curves = blocks
    assert scores.count("  line [") == curves.count("  line [") == 2
    assert 'x-axis "score" 0.025 --> 0.975' in scores
    assert all("http" not in block for block in blocks)
    read = "At a false positive rate of 0.2, main finds 50.9 % and this pull request finds 51.7 %"
    assert f"{read} of the positives.\n\n```mermaid" in rendered(comparison())


def test_intervals_are_lines_of_text_below_whole_labels_and_read_without_colour() -> None:
    text = rendered(comparison())
    assert "10 shown, 1 better, 1 worse; lowest is carrier HA, -0.024.\n\n```\n" in text
    chart = text.split("lowest is carrier HA, -0.024.\n\n```\n")[1].split("\n```")[0]
    lines = chart.splitlines()
    assert lines[:2] == ["▼ carrier HA: -0.024", f"  ├{'─' * 10}●{'─' * 10}┤{' ' * 7}│"]
    assert lines[-3].startswith("▲ origin LGA: +0.0062")
    assert lines[-1].split() == ["-0.0382", "+0.0096"]
    assert lines[2].startswith("○ carrier 9E")
    assert all(terminal.columns(line) <= 40 for line in lines)
    zero = lines[1].index("│")
    assert all(line[zero] in "│─●┤" for line in lines[1:-1:2])


@pytest.mark.parametrize("label", ["東" * 40, "x" * 40, "a word " * 5, "`" * 40])
def test_a_label_of_a_chart_is_never_cut_and_no_line_is_wider_than_a_phone(label: str) -> None:
    rows = (Interval(label, -2e7, -3e7, 1e6, "worse"), Interval("b", 1.0, None, None, "not judged"))
    levels = Levels("t", "d", "x", ("main", "head"), (Level(label, 0.0, 1.25), Level("b", 1, 0)))
    for drawn in (Intervals("t", "d", rows), levels):
        lines = text_charts.chart(drawn).splitlines()
        assert all(terminal.columns(line) <= 40 for line in lines)
        assert label.replace(" ", "") in "".join(lines).replace(" ", "")


@pytest.mark.parametrize(
    ("ends", "axis"),
    [
        ((-0.5, -0.6, -0.4), "  -0.6                                 0"),
        ((0.5, 0.4, 0.6), "  0                                 +0.6"),
        ((0.0, -1.0, 1.0), "  -1                0               +1"),
    ],
)
def test_the_scale_of_intervals_names_its_ends_and_nothing(ends, axis) -> None:
    lines = text_charts.chart(Intervals("t", "d", (Interval("a", *ends, "better"),))).splitlines()
    assert lines[-1].split() == axis.split()
    assert len(lines[-1]) <= 40


UNKNOWN = ("metrics", "slices", "decisions", "scores", "cost", "experiments")
OF_DATA = ("rows", "quarantine", "test_rows", "repeated", "seen", "newest")


@pytest.mark.slow
@given(
    st.sets(st.sampled_from(UNKNOWN)),
    st.sets(st.sampled_from(OF_DATA)),
    st.booleans(),
    st.sampled_from(["fail", "warn", "pass"]),
    st.sampled_from([{}, comparisons.failed(), {"reproduction": comparisons.unlike()}]),
)
def test_what_could_not_be_found_out_is_told_with_its_reason(parts, of_data, paired, outcome, run):
    why = {
        name: Missing(missing=f"no {name} here".replace("_", " ")) for name in [*UNKNOWN, *OF_DATA]
    }
    found = comparison(
        **{
            **run,
            "metrics": metrics() if paired else metrics(paired=Missing(missing="no pairs here")),
            "gate": comparisons.gate(outcome, "pass"),
            "data": comparisons.data(**{name: why[name] for name in of_data}),
            **{name: why[name] for name in parts},
        }
    )
    for kind in RENDERERS:
        text = " ".join(rendered(found, kind).split())
        for name in {*parts, *of_data}:
            assert why[name].missing in text
        if not paired and "metrics" not in parts:
            assert "no pairs here" in text


def test_a_gate_without_rules_is_no_reason_to_fail() -> None:
    found = comparisons.as_json(comparison(gate=GateResult(outcome="pass", rules=())))
    assert "The gate holds: 0 rules pass." in document(found).reasons


@pytest.mark.parametrize("kind", RENDERERS)
def test_the_same_comparison_gives_the_same_text(kind: str) -> None:
    texts = {rendered(comparison(), kind, RUN) for _ in range(3)}
    assert len(texts) == 1


def run(*arguments: str, before: str = "", code: str = "") -> subprocess.CompletedProcess[str]:
    """The command with nothing but the standard library, as in a job where nothing is installed."""
    program = (
        f"{before}"
        "import runpy, sys; sys.path.insert(0, 'src'); "
        "sys.argv[0] = 'report'; "
        f"runpy.run_module('truerun.report', run_name='__main__'){code}"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *arguments],
        cwd=ROOT,
        env={"LC_ALL": "C", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", RENDERERS)
def test_the_command_needs_nothing_that_is_installed(kind: str, tmp_path) -> None:
    path = comparisons.write(comparison(), tmp_path)
    done = run(str(path), "--format", kind, "--run-url", RUN)
    assert done.stderr == ""
    assert done.stdout == rendered(comparison(), kind, RUN)

    output = tmp_path / "report"
    done = run(str(path), "--format", kind, "--output", str(output))
    assert (done.returncode, done.stdout) == (0, "")
    assert output.read_text(encoding="utf-8") == rendered(comparison(), kind)


def test_the_command_imports_nothing_of_ours_but_itself(tmp_path) -> None:
    path = comparisons.write(comparison(), tmp_path)
    code = "; print(*(name for name in sys.modules if name.startswith('truerun')), file=sys.stderr)"
    ours = run(str(path), code=code).stderr.split()
    assert ours
    assert {name for name in ours if not name.startswith("truerun.report")} == {"truerun"}


def test_a_comparison_that_is_none_ends_with_one_line(tmp_path) -> None:
    path = tmp_path / "comparison.json"
    value = comparisons.as_json(comparison())
    value["metrics"]["paired"][0]["count"] = -1
    path.write_text(json.dumps(value))
    done = run(str(path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"error: {path} is not a comparison: metrics.paired.0.count: must be 0 or more\n"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/me",
        "https://user@github.com/me",
        "https://github.com/me?x=1",
        "https://github.com/me)[x](https://evil.example",
        "https://github.com/me\n",
        "javascript:alert(1)",
        "https://github.com/" + "x" * 300,
    ],
)
def test_a_run_is_named_by_a_plain_address_or_not_at_all(url: str, tmp_path) -> None:
    path = comparisons.write(comparison(), tmp_path)
    done = run(str(path), "--run-url", url)
    assert done.returncode == 2
    assert "is not a plain https address" in done.stderr


def test_an_output_that_cannot_be_written_is_told(tmp_path) -> None:
    path = comparisons.write(comparison(), tmp_path)
    done = run(str(path), "--output", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path} cannot be written: Is a directory\n"


@pytest.mark.slow
def test_an_output_is_written_whole_or_not_at_all(tmp_path) -> None:
    path, output = comparisons.write(comparison(), tmp_path), tmp_path / "report"
    output.write_text("the one before", encoding="utf-8")
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
    done = run(str(path), "--output", str(output), before=full)
    assert done.stderr == f"error: {output} cannot be written: File too large\n"
    assert output.read_text(encoding="utf-8") == "the one before"
    assert {file.name for file in tmp_path.iterdir()} == {"comparison.json", "report"}
    done = run(str(path), "--output", "/dev/full")  # a device is no file to be replaced
    assert done.stderr == "error: /dev/full cannot be written: No space left on device\n"


def test_a_reader_who_has_read_enough_is_no_error(tmp_path) -> None:
    path = comparisons.write(comparison(), tmp_path)
    gone = "import os; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1); "
    done = run(str(path), "--format", "html", before=gone)
    assert (done.returncode, done.stderr) == (1, "")


def test_code_that_changes_no_output_is_told_as_such() -> None:
    code = (FileChange(path="src/own/featurizer.py", change="changed"),)
    changed = {"code": code, "stages": (), "parameters": (), "packages": ()}
    causes = comparisons.causes().model_copy(update=changed)
    same = "The code changed, and every stage gives the same outputs as before."
    assert same in rendered(comparison(causes=causes))
    assert same not in rendered(comparison())


def test_where_every_metric_is_the_same_there_is_a_sentence_and_no_table_of_zeros() -> None:
    paired = comparisons.metrics().paired[0]
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "verdict": "the same"}
    differences = tuple(one.model_copy(update=same) for one in paired.differences)
    pairing = paired.model_copy(update={"differences": differences})
    text = rendered(comparison(metrics=metrics().model_copy(update={"paired": (pairing,)})))
    assert "Every metric is the same on 55,628 rows; ROC AUC is 0.7" in text
    assert "+0.0000" not in text.partition("<details>")[0]
