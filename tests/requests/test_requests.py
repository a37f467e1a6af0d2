"""Outcomes meet the rows that were answered before them; a shadow is judged on the same rows."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.serve.bundles import retold, typed
from tests.tasks import CLASSES
from truerun.compare import pairs
from truerun.compare.pairs import Scored
from truerun.requests.__main__ import main
from truerun.serve import request_log

START = dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC)


def line(number: int, role: str, score: Any, minute: int = 0, **more: Any) -> dict[str, Any]:
    """A line of a log."""
    decision = more.pop("decision", int(score >= 0.4) if isinstance(score, float) else None)
    time = (START + dt.timedelta(minutes=minute)).isoformat()
    said = {"time": time, "role": role, "model": role, "key": {"id": number}, "cells": {}}
    return {**said, "score": score, "decision": decision, "refused": None, "seconds": 0.01, **more}


def write(folder: Path, lines: list[dict[str, Any]], name: str = "2024-03-01.0.0001") -> Path:
    """Write a file of a log."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with a bundle."""
    typed(tmp_path, name="baseline")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_shadow_is_judged_as_compare_judges(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(1)
    outcome = random.integers(0, 2, 400)
    live = random.random(400)
    shadow = np.clip(0.7 * live + 0.3 * outcome, 0, 1)
    lines = [
        line(number, role, float(score), minute=number)
        for number in range(400)
        for role, score in (("live", live[number]), ("shadow", shadow[number]))
    ]
    write(folder / "log", [*lines, line(401, "live", 0.5)])
    pd.DataFrame({"id": range(400), "target": outcome}).to_csv("outcomes.csv", index=False)
    main(["join", "log", "outcomes.csv", "--output", "joined.parquet"])
    printed = capsys.readouterr().out
    assert "400 of 400 outcomes have a row in log" in printed
    expected = pairs.differences(
        Scored("binary", outcome.astype(np.int8), live, shadow,
               (live >= 0.4).astype(np.int8), (shadow >= 0.4).astype(np.int8), np.arange(400))
    )  # fmt: skip
    for each in expected:
        if each.low is None:
            continue
        said = f"{each.difference:+.4f} ({each.low:+.4f} to {each.high:+.4f})  {each.verdict}"
        assert said in printed, printed
    assert {"better"} <= {each.verdict for each in expected}
    joined = pd.read_parquet("joined.parquet")
    assert len(joined) == 800
    assert set(joined) == {
        "id", "time", "role", "model", "score", "decision", "seconds", "outcome",
    }  # fmt: skip


def test_an_outcome_meets_the_newest_row_before_it(folder: Path) -> None:
    write(
        folder / "log",
        [
            line(1, "live", 0.1, minute=0),
            line(1, "live", 0.2, minute=10),
            line(1, "live", 0.3, minute=30),
            line(2, "live", 0.4, minute=30),
            line(3, "live", None, minute=0, refused=[{"column": "few", "check": "type"}]),
            line(4, "live", 0.6, minute=0),
        ],
    )
    moment = (START + dt.timedelta(minutes=20)).isoformat()
    pd.DataFrame({"id": [1, 2, 3, 4, 5], "target": [1, 0, 1, None, 1], "at": moment}).astype(
        {"target": "Int64"}
    ).to_json("outcomes.jsonl", orient="records", lines=True)
    main(["join", "log", "outcomes.jsonl", "--time", "at", "--output", "one.parquet"])
    assert pd.read_parquet("one.parquet")["score"].tolist() == [0.2]
    main(["join", "log", "outcomes.jsonl", "--output", "all.parquet"])
    assert pd.read_parquet("all.parquet")["score"].tolist() == [0.3, 0.4]


def test_classes_and_spelled_outcomes_are_those_of_the_model(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"positive": "Yes", "negative": "No"}
    retold(
        folder / "models/bundle",
        lambda facts: facts["source"].update(name="table", options=options),
    )
    write(folder / "log", [line(1, "live", 0.5), line(2, "live", 0.6)])
    Path("outcomes.csv").write_text("id,target\n1,Yes\n2, No \n")
    main(["join", "log", "outcomes.csv", "--output", "joined.parquet"])
    assert pd.read_parquet("joined.parquet")["outcome"].tolist() == [1, 0]
    Path("outcomes.csv").write_text("id,target\n1,Yes\n2,perhaps\n")
    with pytest.raises(SystemExit):
        main(["join", "log", "outcomes.csv"])
    said = capsys.readouterr().err
    assert "outcomes.csv: row 2: target is 'perhaps', none of 0, 1" in said


def test_several_classes_have_their_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    typed(tmp_path, "multiclass", "baseline")
    random = np.random.default_rng(2)
    lines = []
    outcomes = random.choice(CLASSES, 90)
    for number, outcome in enumerate(outcomes):
        for role, weight in (("live", 0.1), ("shadow", 2.0)):
            raw = random.random(3) + weight * (np.array(CLASSES) == outcome)
            score = dict(zip(CLASSES, (raw / raw.sum()).tolist(), strict=True))
            lines.append(line(number, role, score, decision=max(score, key=score.__getitem__)))
    write(tmp_path / "log", lines)
    pd.DataFrame({"id": range(90), "target": outcomes}).to_parquet("outcomes.parquet")
    main(["join", "log", "outcomes.parquet"])
    (shown,) = [each for each in capsys.readouterr().out.splitlines() if "log_loss" in each]
    assert shown.endswith("better")


def test_a_canary_is_held_against_other_rows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(3)
    lines = [line(number, "live", float(random.random())) for number in range(500)]
    lines += [
        line(number, "canary", float(random.random() / 2), seconds=0.02)
        for number in range(500, 600)
    ]
    lines += [line(number, "canary", None) for number in range(600, 625)]
    write(folder / "log", [*lines, line(1, "shadow", 0.5)])
    main(["canary", "log"])
    table = {
        text[:20].strip(): text[20:].split() for text in capsys.readouterr().out.splitlines()[1:]
    }
    assert table["rows"] == ["500", "125"]
    assert table["refused"] == ["0", "0.2"]
    assert table["seconds, median"] == ["0.01", "0.02"]
    assert float(table["shift of scores"][0]) > 0.4
    assert float(table["p-value of it"][0]) < 1e-6


def test_every_line_of_a_key_is_forgotten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = folder / "log"
    first = write(log, [line(1, "live", 0.1), line(2, "live", 0.2), line(1, "shadow", 0.3)])
    second = write(log, [line(3, "live", 0.1)], "2024-03-02.1.0001")
    with second.open("a", encoding="utf-8") as file:
        file.write('{"time": "half')
    kept = second.read_bytes(), second.stat().st_ino
    main(["forget", "log", "--key", "id=1"])
    assert "2 lines deleted from log" in capsys.readouterr().out
    assert [json.loads(each)["key"]["id"] for each in first.read_text().splitlines()] == [2]
    assert (second.read_bytes(), second.stat().st_ino) == kept
    main(["forget", "log", "--key", "id=1"])
    assert "0 lines deleted" in capsys.readouterr().out
    assert request_log.files(log) == [first, second]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["join", "none", "outcomes.csv"], "none holds no log"),
        (["join", "log", "none.csv"], "none.csv does not exist"),
        (["join", "log", "lacks.csv"], "lacks.csv has no column target"),
        (["join", "log", "outcomes.txt"], "outcomes come as .csv, .jsonl or .parquet"),
        (["join", "log", "outcomes.csv", "--time", "at"], "row 1: at is 'soon', and no moment"),
        (["join", "log", "others.csv"], "no row of log has an outcome in others.csv"),
        (["join", "log", "outcomes.csv", "--bundle", "none"], "none/digest does not exist"),
        (["join", "broken", "outcomes.csv"], "line 1 is none of a log"),
        (["canary", "log"], "the log has no row that was answered as canary"),
        (["canary", "none"], "none holds no log"),
        (["forget", "log", "--key", "id"], "--key id: each part is NAME=VALUE"),
        (["forget", "log", "--key", "number=1"], "is id: name all"),
        (["forget", "none", "--key", "id=1"], "none holds no log"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "log", [line(1, "live", 0.1)])
    write(folder / "broken", [{"no": "log"}])
    Path("outcomes.csv").write_text("id,target,at\n1,1,soon\n")
    Path("outcomes.txt").write_text("")
    Path("others.csv").write_text("id,target\n9,1\n")
    Path("lacks.csv").write_text("id\n9\n")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    text = capsys.readouterr().err
    assert (ended.value.code, said in text) == (1, True), text
