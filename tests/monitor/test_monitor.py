"""A quiet service holds; each fault that is planted is seen; what is torn or hostile is counted."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.monitor import town
from tests.monitor.town import FIRST, LAST, Line
from truerun.monitor import lines
from truerun.monitor.__main__ import main
from truerun.monitor.lines import LogFiles
from truerun.monitor.result import MonitorResult

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]
LOG, LABELS = Path("log"), Path("labels.csv")
DAY = dt.timedelta(days=1)
NOON = pd.Timestamp(LAST, tz="UTC")


def watch(*more: str, until: dt.date = LAST) -> tuple[int, MonitorResult]:
    """The exit status and what monitor.json says."""
    with pytest.raises(SystemExit) as ended:
        main([str(LOG), "--until", str(until), *more])
    assert isinstance(ended.value.code, int)
    return ended.value.code, MonitorResult.model_validate_json(
        Path("reports/monitor/monitor.json").read_text(encoding="utf-8")
    )


def checks(result: MonitorResult) -> set[str]:
    return {each.check for each in result.findings}


def last_day(table: pd.DataFrame) -> Any:
    return table["at"] >= NOON


def write_all(table: pd.DataFrame, days: float = 1.0) -> None:
    town.write_log(LOG, town.lines(table))
    town.write_labels(LABELS, table, days)


WITH_LABELS = ("--labels", str(LABELS), "--time", "known")


def test_a_quiet_service_holds_with_and_without_outcomes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = town.live()
    write_all(table)
    status, result = watch()
    assert (status, result.answer, result.findings) == (0, "holds", ())
    assert [day.rows for day in result.days] == [48] * 28
    assert result.labels is None
    status, result = watch(*WITH_LABELS)
    assert (status, result.findings) == (0, ())
    labels = result.labels
    assert labels is not None
    assert (labels.first, labels.last) == (str(LAST - 29 * DAY), str(LAST - 2 * DAY))
    assert labels.rows == 28 * 48
    assert labels.later == 48  # of the last day
    counted = table[
        (table["at"] >= NOON - pd.Timedelta(days=29)) & (table["at"] < NOON - pd.Timedelta(days=1))
    ]
    mean = next(each for each in labels.metrics if each.metric == "brier")
    assert mean.live == pytest.approx(
        float(((counted["score"].astype(float) - counted["bad"]) ** 2).mean()), rel=1e-5
    )
    assert {each.verdict for each in labels.metrics} <= {"can't tell", "unknown"}
    assert [each.age_days for each in labels.coverage] == list(range(29, 1, -1))
    assert {one.rate for one in labels.gaps} >= {"selection rate", "precision"}
    page = Path("reports/monitor/monitor.html").read_text(encoding="utf-8")
    assert "The model holds" in page
    text = Path("reports/monitor/monitor.prom").read_text(encoding="utf-8")
    assert "truerun_monitor_status 0.0\n" in text
    assert 'truerun_monitor_metric{metric="roc_auc",of="live"}' in text
    assert "The model holds" in capsys.readouterr().out


def empty(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(load=table["load"].where(~last_day(table)))


def in_other_units(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(heat=np.where(last_day(table), table["heat"] * 1.8 + 32, table["heat"]))


def new_category(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(street=np.where(last_day(table), "alley", table["street"]))


def other_scores(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(score=np.where(last_day(table), 0.02, table["score"]).astype("float32"))


def refusing(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(score=table["score"].where(~last_day(table) | (table.index % 3 > 0)))


def halved(table: pd.DataFrame) -> pd.DataFrame:
    return table[~last_day(table) | (table.index % 10 == 0)]


def drifting(table: pd.DataFrame) -> pd.DataFrame:
    """Each week, from four weeks ago on, a little more."""
    weeks = ((table["at"] - (NOON - pd.Timedelta(days=27))).dt.days // 7 + 1).clip(lower=0)
    return table.assign(load=table["load"] + 12 * weeks)


@pytest.mark.parametrize(
    ("change", "said", "status"),
    [
        (empty, "column load is missing in 100.0%", 2),
        (in_other_units, "column heat", 1),
        (new_category, "column street", 1),
        (other_scores, "column score", 1),
        (refusing, "of the rows are refused, where 0.0% are usual", 2),
        (halved, "rows, where 48 are usual", 2),
        (drifting, "column load", 1),
        (lambda table: table[~last_day(table)], "there is no row of", 2),
    ],
)
def test_what_breaks_is_seen_on_the_day_after(
    change: Callable[[pd.DataFrame], pd.DataFrame], said: str, status: int
) -> None:
    town.write_log(LOG, town.lines(town.live(change=change)))
    answer, result = watch()
    told = [each.detail for each in result.findings]
    assert (answer, any(said in each for each in told)) == (status, True), told


def test_refusals_are_told_by_column_and_check() -> None:
    of_log = town.lines(town.live(change=refusing))
    for line in of_log:
        if line["refused"]:
            line["refused"] = [
                {"column": "street", "check": "isin(('main', 'side'))"},
                {"column": f"{town.MARKER}", "check": f"{town.MARKER}"},
            ]
    town.write_log(LOG, of_log)
    _, result = watch()
    assert {each.name: each.count for each in result.refusals} == {
        "street: isin": 16,
        "(other): (other)": 16,
    }
    assert {each.name: each.count for each in result.unknown_categories} == {"street": 16}


def concept_change(table: pd.DataFrame) -> pd.DataFrame:
    random = np.random.default_rng(5)
    return table.assign(bad=random.integers(0, 2, len(table)).astype("int8"))


def test_a_change_that_inputs_do_not_show_is_seen_by_outcomes() -> None:
    write_all(town.live(change=concept_change))
    status, result = watch()
    assert status == 0
    status, result = watch(*WITH_LABELS)
    assert status == 2
    assert {"performance", "calibration", "slices"} <= checks(result)
    assert result.labels is not None
    main_metric = next(each for each in result.labels.metrics if each.metric == "roc_auc")
    assert main_metric.verdict == "worse"
    assert {each.verdict for each in result.labels.slices} == {"worse"}


@pytest.mark.slow
def test_a_group_that_is_treated_otherwise_is_named() -> None:
    def unfair(table: pd.DataFrame) -> pd.DataFrame:
        raised = np.where(table["street"] == "side", 0.6, table["score"])
        return table.assign(score=np.maximum(table["score"], raised).astype("float32"))

    write_all(town.live(change=unfair))
    _, result = watch(*WITH_LABELS)
    found = [each.detail for each in result.findings if each.check == "groups"]
    assert any("selection rate differs between groups of column street" in each for each in found)


def test_scores_alone_let_a_worse_metric_be_expected() -> None:
    def unsure(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(score=(0.35 + 0.1 * table["score"]).astype("float32"))

    town.write_log(LOG, town.lines(town.live(change=unsure)))
    _, result = watch()
    assert "expected" in checks(result)
    (area,) = (each for each in result.expected if each.metric == "roc_auc")
    assert area.surely_worse
    assert area.high < 0.75


@pytest.mark.nightly
@pytest.mark.slow
def test_outcomes_that_come_fast_do_not_stand_for_all() -> None:
    """Bad days are known at once, good ones after ten days: of young rows the bad alone are."""
    table = town.live()
    town.write_log(LOG, town.lines(table))
    wait = np.where(table["bad"] == 1, 0.1, 10.0)
    at = table["at"] + pd.to_timedelta(wait, unit="D")
    pd.DataFrame({"number": table["number"], "bad": table["bad"], "known": at.astype(str)}).to_csv(
        LABELS, index=False
    )
    status, result = watch(*WITH_LABELS)
    assert "labels" in checks(result)  # two days are too few
    params = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(
        params.replace("label_days: 2", "label_days: 11"), encoding="utf-8"
    )
    status, result = watch(*WITH_LABELS)
    assert (status, checks(result)) == (0, set())
    assert result.labels is not None
    assert result.labels.last == str(LAST - 11 * DAY)
    assert all(each.rows == each.known for each in result.labels.coverage)


def test_outcomes_that_stop_are_missed() -> None:
    table = town.live()
    town.write_log(LOG, town.lines(table))
    town.write_labels(LABELS, table[table["at"] < NOON - pd.Timedelta(days=8)])
    _, result = watch(*WITH_LABELS)
    assert any("no row of the newest 7 days" in each.detail for each in result.findings)


def test_a_shadow_that_is_better_is_named_and_other_models_are_not_judged() -> None:
    table = town.live()
    right = table.assign(score=(0.5 * table["score"] + 0.5 * table["bad"]).astype("float32"))
    of_log = town.lines(table) + town.lines(right, "shadow", "next")
    of_log += town.lines(right.assign(load=np.nan), "live", "before")
    town.write_log(LOG, of_log)
    town.write_labels(LABELS, table)
    status, result = watch(*WITH_LABELS)
    assert (status, checks(result)) == (1, {"shadow"})
    assert {each.name: each.count for each in result.other_models} == {
        "shadow next": 28 * 48,
        "live before": 28 * 48,
    }
    assert result.labels is not None
    assert result.labels.shadow_rows == 28 * 48


def test_a_model_is_stale_after_so_many_days() -> None:
    params = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(
        params.replace("stale_days: 90", "stale_days: 3"), encoding="utf-8"
    )
    later = town.live()
    later["at"] += pd.Timedelta(days=7)
    town.write_log(LOG, town.lines(later))
    _, result = watch(until=LAST + 7 * DAY)
    assert "stale" in checks(result)
    assert result.age_days == 7


def torn(of_log: list[Line]) -> None:
    """A line that is cut at the end of a file, lines that are none, and lines that came twice."""
    paths = sorted(LOG.glob("*.jsonl"))
    for path in paths[::5]:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text + text.splitlines()[0] + "\nnot JSON\n[]\n" + '{"time": "half', encoding="utf-8"
        )
    shutil.copy(paths[-1], LOG / f"{LAST}.1.0001.jsonl")
    extra = [
        {**of_log[-1], "cells": {"load": [1, {}], "heat": "warm", "street": {}, "dust": 10**400}},
        {**of_log[-1], "key": {"number": [1]}, "cells": {"load": True, "station": 7}},
        {**of_log[-1], "score": "0.5"},
        {**of_log[-1], "score": {"a": 1.0}},
        {**of_log[-1], "refused": [{"column": 1}]},
        {**of_log[-1], "time": "yesterday"},
        {**of_log[-1], "time": f"{FIRST}T00:00:00+00:00"},
        {**of_log[-1], "role": "other"},
    ]
    with (LOG / f"{LAST}.2.0001.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in extra)
        file.write('{"a":' * 100_000 + "\n")
        file.write(json.dumps({**of_log[-1], "score": float("nan")}) + "\n")
    (LOG / f"{LAST}.3.0001.jsonl").write_bytes(b"\xff\xfe\x00\n")
    (LOG / "0000-99-99.0.0001.jsonl").write_text("{}\n", encoding="utf-8")


def test_torn_repeated_and_hostile_lines_are_counted_and_change_nothing_else() -> None:
    of_log = town.lines(town.live())
    town.write_log(LOG, of_log)
    _, quiet = watch()
    torn(of_log)
    status, result = watch()
    assert status in (0, 1)
    lost = {each.name: each.count for each in result.lost_lines}
    assert lost["repeated"] >= 48 + 1
    assert {"torn", "not JSON", "not as a log has them", "of another day than their file"} <= {
        *lost
    }
    assert sum(day.rows for day in result.days) == sum(day.rows for day in quiet.days) + 2
    assert {each.name: each.count for each in result.mistyped} == {
        "dust": 1, "heat": 1, "load": 2, "score": 1, "station": 1, "street": 1,
    }  # fmt: skip


def come_late(folder: Path) -> None:
    """Some lines of each day are in the file of the day after, and some of them twice."""
    for path in sorted(folder.glob("*.jsonl")):
        day = dt.date.fromisoformat(path.name[:10])
        written = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(reversed(written[:-5])), encoding="utf-8")
        with (folder / f"{day + DAY}.9.0001.jsonl").open("a", encoding="utf-8") as file:
            file.writelines([*written[-5:], *written[-5:-3]])


def test_a_day_whose_lines_are_counted_in_shares_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_log = town.lines(town.live())
    town.write_log(LOG, of_log)
    come_late(LOG)
    torn(of_log)
    _, result = watch()
    assert {"repeated", "torn"} <= {each.name for each in result.lost_lines}
    output = Path("reports/monitor")
    written = {path: path.read_bytes() for path in output.rglob("*.*") if path.is_file()}
    shutil.rmtree(output)
    monkeypatch.setattr(lines, "SHARE_BYTES", 3000)
    size = sum(path.stat().st_size for path in LogFiles.find(LOG).days[LAST])
    assert len(LogFiles.find(LOG).shares(size)) > 3
    watch()
    assert {path: path.read_bytes() for path in written} == written


def test_a_day_at_a_time_and_all_at_once_give_the_same_bytes() -> None:
    """Lines of each day that came hours late are in the file of the day after."""
    of_log = town.lines(town.live())
    town.write_log(LOG, of_log)
    whole = Path("whole")
    shutil.copytree(LOG, whole)
    come_late(whole)
    shutil.rmtree(LOG)
    LOG.mkdir()
    first = LAST - 6 * DAY
    for path in sorted(whole.glob("*.jsonl")):
        if dt.date.fromisoformat(path.name[:10]) <= first:
            shutil.copy(path, LOG)
    for back in range(6, -1, -1):
        day = LAST - back * DAY
        for path in sorted(whole.glob(f"{day + DAY}.*")):
            shutil.copy(path, LOG)
        watch(until=day)
    output = Path("reports/monitor")
    daily = {path.name: path.read_bytes() for path in output.glob("monitor.*")}
    shutil.rmtree(output)
    watch()
    assert {path.name: path.read_bytes() for path in output.glob("monitor.*")} == daily
    _, result = watch()
    assert [day.rows for day in result.days] == [48] * 28
    for path in [*LOG.glob(f"{first}.*"), *LOG.glob(f"{LAST - DAY}.0.*")]:
        path.rename(path.with_suffix(".old"))  # the log made room
    watch()
    assert {path.name: path.read_bytes() for path in output.glob("monitor.*")} == daily
    for path in LOG.glob("*.old"):
        path.rename(path.with_suffix(".jsonl"))
    kept = sorted((output / "days").glob("*.json"))
    kept[-1].write_text("{", encoding="utf-8")  # killed midway
    kept[-2].write_text(kept[-2].read_text(encoding="utf-8").replace("counts", "count"), "utf-8")
    watch()
    assert {path.name: path.read_bytes() for path in output.glob("monitor.*")} == daily


def test_personal_columns_are_nowhere() -> None:
    """Not even where a log of another program has them."""
    table = town.live()
    of_log = town.lines(table)
    for line in of_log:
        line["cells"]["reader"] = town.MARKER
    of_log[-1] |= {"model": "other", "role": "shadow"}
    town.write_log(LOG, of_log)
    table.assign(reader=town.MARKER, known=table["at"].astype(str)).drop(columns="at").to_csv(
        LABELS, index=False
    )
    watch(*WITH_LABELS)
    written = [path for path in Path("reports").rglob("*") if path.is_file()]
    assert len(written) > 50
    assert not [path for path in written if town.MARKER in path.read_text(encoding="utf-8")]
    text = Path("reports/monitor/monitor.json").read_text(encoding="utf-8")
    assert "reader" not in text


@pytest.mark.nightly
def test_outcomes_that_contradict_each_other_do_not_count() -> None:
    table = town.live()
    write_all(table)
    text = LABELS.read_text(encoding="utf-8").splitlines(keepends=True)
    number, bad, known = text[500].strip().split(",")
    again = [text[400], f"{number},{1 - int(bad)},{known}\n"]
    LABELS.write_text("".join([*text, *again]), encoding="utf-8")
    status, result = watch(*WITH_LABELS)
    assert status == 0
    assert result.labels is not None
    assert result.labels.contradicting == 1


def remove(path: str) -> None:
    shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()


@pytest.mark.parametrize(
    ("before", "more", "said"),
    [
        (lambda: remove("log"), (), "log holds no log"),
        (lambda: remove("data/predictions.parquet"), (), "`dvc pull` may have it"),
        (lambda: remove("models/bundle"), (), "models/bundle/digest does not exist"),
        (lambda: remove("metrics/evaluate.json"), (), "evaluate.json is not what"),
        (lambda: None, ("--time", "known"), "--time goes with --labels"),
        (lambda: None, ("--labels", "none.csv"), "none.csv does not exist"),
        (lambda: None, ("--labels", "schema.yaml"), "outcomes come as .csv"),
        (lambda: town.write_log(LOG, town.lines(town.live(), model="x")), (), "'x'"),
        (
            lambda: Path("params.yaml").write_text(
                Path("params.yaml").read_text(encoding="utf-8").replace("- street", "- reader"),
                encoding="utf-8",
            ),
            (),
            "names reader, which is personal",
        ),
    ],
)
def test_where_nothing_can_be_said_the_reason_is(
    before: Callable[[], Any],
    more: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    town.write_log(LOG, town.lines(town.live())[:60])
    before()
    with pytest.raises(SystemExit) as ended:
        main([str(LOG), "--until", str(LAST), *more])
    told = capsys.readouterr().err
    assert (ended.value.code, said in told) == (3, True), told


@pytest.mark.nightly
def test_scores_of_batches_are_judged_as_those_of_a_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file a day, of each kind; what came in is not in them."""
    table = town.live(change=refusing)
    table["model_version"] = town.version()
    table["decision"] = (table["score"] >= town.THRESHOLD).astype("int8")
    LOG.mkdir()
    for place, (day, rows) in enumerate(table.groupby(table["at"].dt.strftime("%Y-%m-%d"))):
        scored = rows.loc[rows["score"].notna(), ["number", "score", "decision", "model_version"]]
        path = LOG / f"scores-{day}.{('csv', 'parquet', 'jsonl')[place % 3]}"
        refused = rows.loc[rows["score"].isna(), ["number"]].assign(
            file="all", column="load", check="not_nullable", value=town.MARKER
        )
        beside = path.with_name(f"{path.stem}.refused{path.suffix}")
        for part, file in ((scored, path), (refused, beside)):
            if path.suffix == ".parquet":
                part.to_parquet(file)
            elif path.suffix == ".csv":
                part.to_csv(file, index=False)
            else:
                part.to_json(file, orient="records", lines=True)
    town.write_labels(LABELS, table)
    status, result = watch(*WITH_LABELS)
    assert (status, checks(result)) == (2, {"refused"})
    assert [day.rows for day in result.days] == [48] * 27 + [32]
    assert {each.name: each.count for each in result.refusals} == {"load: not_nullable": 16}
    assert [each.column for each in result.columns] == ["score"]
    assert result.labels is not None
    assert result.labels.rows == 28 * 48
    (LOG / "more.csv").write_text("number,score\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main([str(LOG), "--until", str(LAST)])
    assert "more.csv has no day in its name" in capsys.readouterr().err
    shutil.rmtree(LOG)
    LOG.mkdir()
    (LOG / f"scores-{LAST}.parquet").write_text("no Parquet", encoding="utf-8")
    with pytest.raises(SystemExit):
        main([str(LOG), "--until", str(LAST)])
    assert "cannot be read" in capsys.readouterr().err
