"""Files are scored as evaluate scored their rows; what breaks the contract is kept beside them."""

import csv
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.model.test_scoring import ADOPTED, laid_down, table
from tests.tasks import TASKS, contract_of
from truerun.base import paths
from truerun.base.tasks import Task
from truerun.model import targets
from truerun.model.row_tables import rows_of
from truerun.model.scoring import bundle
from truerun.predict import scorer
from truerun.predict.__main__ import main
from truerun.predict.raw_rows import RawPredictor

READ_AS = {
    "id": "identifier",
    "whole": "number",
    "number": "number",
    "few": "category",
    "full": "category",
    "many": "category",
    "note": "words",
    "left out": "drop",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with a model of two classes."""
    monkeypatch.chdir(tmp_path)
    made("binary")
    return tmp_path


def made(task: Task) -> pd.DataFrame:
    """Make a project of this folder, with a model; the scores of its test rows."""
    kind = "number" if task in ("regression", "counts") else "category"
    options = {
        "format": {"kind": "csv"},
        "missing": [""],
        "target": "target",
        "task": task,
        "key": ["id"],
        "columns": {name: {"as": kind_of} for name, kind_of in READ_AS.items()}
        | {"target": {"as": kind}},
    } | ({"positive": "yes", "negative": "no"} if task == "binary" else {})
    expected = laid_down("hist_gradient_boosting", task, Path(), options)
    Path("models").mkdir()
    shutil.move("bundle", bundle.FOLDER)
    shutil.move("model.skops", paths.MODEL)
    settings = {"source": {"name": "table", "max_dropped": 0.0, "options": options}}
    Path("params.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    contract = contract_of(task, ADOPTED).model_dump(mode="json", exclude_defaults=True)
    Path("schema.yaml").write_text(yaml.safe_dump(contract), encoding="utf-8")
    return expected.predictions


def rows(*, target: bool = False) -> pd.DataFrame:
    """The rows of the model's table, as a user has them."""
    raw = table(adopted=True).assign(**{"left out": "x"})
    return raw.assign(target="") if target else raw


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("small", [True, False])
def test_a_file_gets_the_scores_of_evaluate(
    task: Task, small: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scorer, "SMALL", 10**9 if small else 0)
    monkeypatch.setattr(scorer, "AT_ONCE", 50)
    predictions = made(task)
    contract = contract_of(task, ADOPTED)
    rows().to_csv("new.csv", index=False)
    main(["new.csv"])

    scores = pd.read_parquet("scores.parquet")
    assert list(scores["id"]) == list(map(str, range(240)))
    assert list(scores["number"]) == list(range(1, 241))
    tested = scores.set_index("id").loc[predictions["id"]].reset_index()
    columns = targets.score_columns(contract)
    pd.testing.assert_frame_equal(tested[columns], predictions[columns])
    if contract.classes:
        decided = targets.decisions(targets.scores(predictions, contract), 0.4)
        labels = [contract.classes[place] for place in decided]
        assert tested["decision"].tolist() == labels
    else:
        inside = tested["low"].le(predictions["target"]) & tested["high"].ge(predictions["target"])
        held = bundle.read().facts["interval"]["held"]
        assert inside.mean() == pytest.approx(held, abs=0.01)
        assert 0.5 < held < 1
    assert not Path("scores.refused.parquet").exists()
    assert set(scores["model_version"]) == {bundle.read().version}


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_the_same_rows_give_the_same_bytes_with_a_target_or_without_in_any_format() -> None:
    rows().to_csv("one.csv", index=False)
    rows(target=True).to_csv("two.csv", index=False)
    rows().to_parquet("three.parquet")
    rows().astype(object).where(rows().notna(), None).to_json(
        "four.jsonl", orient="records", lines=True
    )
    with sqlite3.connect("shop.db") as database:
        rows().to_sql("asked", database, index=False)
    database.close()
    requests = [["one.csv"], ["one.csv"], ["two.csv"], ["three.parquet"], ["four.jsonl"],
                ["--sql", "sqlite:///shop.db", "--query", "SELECT * FROM asked"]]  # fmt: skip
    for ending in ("csv", "jsonl", "parquet"):
        contents = []
        for request in requests:
            main([*request, "--output", f"out/scores.{ending}"])
            contents.append(Path(f"out/scores.{ending}").read_bytes())
        assert set(contents) == {contents[0]}
    assert {path.name for path in Path("out").iterdir()} == {
        f"scores.{ending}" for ending in ("csv", "jsonl", "parquet")
    }
    table_ = pd.read_csv("out/scores.csv")
    lines = [json.loads(line) for line in Path("out/scores.jsonl").read_text().splitlines()]
    np.testing.assert_array_equal(
        table_["score"].astype("float32"), pd.read_parquet("out/scores.parquet")["score"]
    )
    assert [line["score"] for line in lines] == table_["score"].tolist()


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_the_files_of_a_folder_are_partitions_of_one_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows().to_csv("whole.csv", index=False)
    main(["whole.csv"])
    whole = pd.read_parquet("scores.parquet").drop(columns="number")
    Path("inbox").mkdir()
    for name, first in (("b", 100), ("a", 0), ("c", 200)):
        rows()[first : first + 100].to_csv(f"inbox/{name}.csv", index=False)
    for workers in ("1", "2"):
        monkeypatch.setenv("TRUERUN_WORKERS", workers)
        main(["inbox", "--output", "parts.parquet"])
        parts = pd.read_parquet("parts.parquet")
        pd.testing.assert_frame_equal(parts.drop(columns="number"), whole)
        assert list(parts["number"][98:102]) == [99, 100, 1, 2]


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_rows_that_break_the_contract_are_named_beside_the_scores(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = rows().astype(object)
    broken.loc[1, "whole"] = "many"
    broken.loc[2, ["whole", "full"]] = None
    broken.loc[3, "id"] = "4"
    broken.assign(more=1).to_csv("new.csv", index=False)
    main(["new.csv", "--output", "new.scores.csv"])

    refused = pd.read_csv("new.scores.refused.csv", keep_default_na=False)
    assert refused.to_numpy().tolist() == [
        ["new.csv", 2, "whole", "is not a number", "many"],
        ["new.csv", 3, "full", "not_nullable", "nan"],
        ["new.csv", 3, "whole", "not_nullable", "nan"],
        ["new.csv", 4, "id", "unique", "4"],
        ["new.csv", 5, "id", "unique", "4"],
    ]
    assert set(pd.read_csv("new.scores.csv")["number"]) == set(range(1, 241)) - {2, 3, 4, 5}
    printed = capsys.readouterr().out
    assert "column more is ignored" in printed
    assert "236 of 240 rows scored, in new.scores.csv" in printed
    assert "4 refused, in new.scores.refused.csv:" in printed
    assert "       2 rows  column id, check unique\n" in printed

    rows().to_csv("new.csv", index=False)
    main(["new.csv", "--output", "new.scores.csv"])
    assert not Path("new.scores.refused.csv").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_a_number_and_a_missing_value_are_read_as_in_training() -> None:
    rows().to_csv("plain.csv", index=False)
    main(["plain.csv"])
    plain = Path("scores.parquet").read_bytes()
    spelled = rows().astype(object)
    spelled["whole"] = [
        f" {value:.1e} " if value == 40 else f"+{value}" for value in spelled["whole"]
    ]
    spelled.loc[spelled["few"].isna(), "few"] = "  "
    spelled.to_csv("plain.csv", index=False)
    main(["plain.csv"])
    assert Path("scores.parquet").read_bytes() == plain


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["none.csv"], 1, "none.csv does not exist"),
        (["lacks.csv"], 1, "lacks.csv has no column full (is it ful there?): the model needs it"),
        (["empty.csv"], 1, "empty.csv is empty"),
        (["all.csv"], 1, "no row could be scored"),
        (["--at", "2024-01-01"], 1, "none that wait for it"),
        (["--at", "soon"], 1, "--at soon is not a moment such as"),
        (["file:///none/of.csv"], 1, "file:///none/of.csv cannot be downloaded"),
        (["lacks.csv", "--output", "empty.csv/s.csv"], 1, "cannot write empty.csv/s.csv: "),
        (["lacks.csv", "--output", "/proc/s.csv"], 1, "cannot write /proc/s.csv: "),
        (["lacks.csv", "--output", "./lacks.csv"], 1, "lacks.csv is a file of the rows themselves"),
        ([], 2, "name one of"),
        (["a.csv", "--at", "2024-01-01"], 1, "a.csv holds no file"),
        (["--sql", "sqlite:///a.db", "--query", "x", "--at", "2024"], 2, "not with --sql"),
        (["new.csv", "--explain", "none"], 2, "invalid number from 1 on value: 'none'"),
        (["--sql", "sqlite:///x.db"], 2, "--sql and --query go together"),
        (["a.csv", "--output", "a.txt"], 2, "it ends in .parquet, .csv, .jsonl"),
    ],
)
def test_what_cannot_be_scored_is_said_with_an_exit_status(
    arguments: list[str], status: int, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows().rename(columns={"full": "ful"}).to_csv("lacks.csv", index=False)
    Path("empty.csv").write_text("")
    rows().assign(whole="x").to_csv("all.csv", index=False)
    (project / "data/raw").mkdir(parents=True)
    rows().to_csv("data/raw/old.csv", index=False)
    before = sorted(Path().iterdir())
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == status
    assert said in capsys.readouterr().err
    made_ = {path.name for path in set(Path().iterdir()) - set(before)}
    assert (
        made_ <= {"scores.parquet", "scores.refused.parquet"}
        if "all.csv" in arguments
        else not made_
    )


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_a_bundle_of_another_contract_or_another_model_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows().to_csv("new.csv", index=False)
    monkeypatch.setattr(scorer, "SMALL", 0)
    paths.MODEL.write_bytes(paths.MODEL.read_bytes() + b"\n")
    for edit, said in (
        (lambda text: text, "models/model.skops is not the model that models/bundle was made of"),
        (lambda text: text.replace("whole", "hole"), "was made by another schema.yaml"),
    ):
        paths.SCHEMA.write_text(edit(paths.SCHEMA.read_text()))
        with pytest.raises(SystemExit):
            main(["new.csv"])
        assert said in capsys.readouterr().err
    assert not Path("scores.parquet").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_raw_rows_one_at_a_time_get_the_answers_of_their_file() -> None:
    rows().to_csv("new.csv", index=False)
    main(["new.csv"])
    scores = pd.read_parquet("scores.parquet")
    predictor = RawPredictor.load()
    with Path("new.csv").open(encoding="utf-8", newline="") as file:
        answers = [predictor.answer(row) for row in csv.DictReader(file)]
    np.testing.assert_array_equal([answer.score for answer in answers], scores["score"])
    assert [answer.decision for answer in answers] == scores["decision"].tolist()
    broken = predictor.answer({"whole": "many"}).broken
    assert {each.column for each in broken} == set(READ_AS) - {"left out"}


@pytest.mark.slow
@pytest.mark.usefixtures("project")
def test_reasons_are_added_and_are_the_largest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    rows().to_csv("new.csv", index=False)
    main(["new.csv", "--output", "plain.parquet"])
    main(["new.csv", "--explain", "3"])
    monkeypatch.setattr(scorer, "EXPLAINED", 50)
    main(["new.csv", "--explain", "3", "--output", "again.parquet"])
    assert Path("again.parquet").read_bytes() == Path("scores.parquet").read_bytes()
    explained = pd.read_parquet("scores.parquet")
    names = [f"{kind}_{place}" for place in (1, 2, 3) for kind in ("reason", "contribution")]
    pd.testing.assert_frame_equal(explained.drop(columns=names), pd.read_parquet("plain.parquet"))
    expected = RawPredictor.load().predictor.contributions(rows_of(table(adopted=True)))
    for place, (of_row, values) in enumerate(zip(*expected.largest(3), strict=True)):
        assert explained.loc[place, names[::2]].tolist() == of_row.tolist()
        assert explained.loc[place, names[1::2]].tolist() == values.astype("float32").tolist()
    with pytest.raises(SystemExit):
        main(["new.csv", "--explain", "0"])
