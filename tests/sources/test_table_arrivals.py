"""A file of newer rows is refused for what the pipeline would refuse it for, before it is taken."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import PARAMS
from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table
from truerun.adopt.writing import partition_statistics, project
from truerun.base import paths, tables
from truerun.base.errors import ContractError, IngestError, SourceError
from truerun.ingest import __main__ as ingest
from truerun.ingest.raw_files import md5_of, read_record
from truerun.sources.table import arrivals, source

ROWS = 400
FIRST = "first.csv"


def table(first: int = 0) -> pd.DataFrame:
    """Guests of a hotel, numbered from `first` on."""
    random = np.random.default_rng(first)
    return pd.DataFrame(
        {
            "guest_id": [f"G{number:05}" for number in range(first, first + ROWS)],
            "town": random.choice(["München", "Zürich", "Bern"], ROWS),
            "nights": np.where(random.random(ROWS) < 0.1, np.nan, random.integers(1, 9, ROWS)),
            "came": random.choice(["yes", "no"], ROWS, p=[0.4, 0.6]),
        }
    )


def write(rows: pd.DataFrame, path: Path, encoding: str = "cp1252") -> Path:
    rows.to_csv(path, index=False, encoding=encoding)
    return path


@pytest.fixture
def adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the table, and its rows as they are prepared."""
    monkeypatch.chdir(tmp_path)
    paths.RAW.mkdir(parents=True)
    write(table(), paths.RAW / FIRST)
    profile = profile_table(paths.RAW / FIRST, Request(target="came"))
    statistics = partition_statistics.measure(profile)
    old = PARAMS.read_text(encoding="utf-8")
    paths.PARAMS.write_text(project.params(old, profile, statistics), encoding="utf-8")
    paths.SCHEMA.write_text(project.schema(profile, statistics), encoding="utf-8")
    paths.PREPARED.mkdir()
    rows = source.prepare(paths.RAW, "first", profile.options).rows
    tables.write_table(rows, tables.partition(paths.PREPARED, "first"))
    md5 = md5_of((paths.RAW / FIRST).read_bytes())
    paths.RAW_DVC.write_text(f"outs:\n- path: raw/{FIRST}\n  md5: {md5}\n", encoding="utf-8")


@pytest.mark.usefixtures("adopted")
def test_newer_rows_that_hold_all_are_taken() -> None:
    file = write(table(ROWS), Path("may.csv"))
    assert arrivals.checked([file], [FIRST]) == {file: "400 rows; 400 satisfy schema.yaml"}
    prepared = tables.read_table(tables.partition(paths.PREPARED, "first"))
    again = prepared.assign(guest_id=table(ROWS)["guest_id"])
    tables.write_table(again, tables.partition(paths.PREPARED, "may"))  # of a run before
    assert arrivals.checked([file], [FIRST])
    shutil.rmtree(paths.PREPARED)
    assert arrivals.checked([file], [FIRST])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda rows: rows.assign(guest_id=table()["guest_id"]),
            "400 rows repeat the key of another",
        ),
        (
            lambda rows: rows.assign(nights=rows["nights"].where(rows.index > 99)),
            "nights is missing",
        ),
        (lambda rows: rows.assign(town="Bern"), "column town is Bern in all rows of may"),
        (lambda rows: rows.assign(came=["yes", "no", *["yes"] * 398]), "target rate|is outside"),
    ],
)
@pytest.mark.usefixtures("adopted")
def test_what_the_pipeline_would_refuse_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], why: str
) -> None:
    file = write(change(table(ROWS)), Path("may.csv"))
    with pytest.raises(SourceError, match=rf"^may\.csv: .*({why})"):
        arrivals.checked([file], [FIRST])


@pytest.mark.usefixtures("adopted")
def test_columns_of_the_projects_own_are_made_of_new_rows_and_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    package = Path("src/inn_of_newer_rows")
    package.mkdir(parents=True)
    text = "FEATURES = {'cost': lambda rows: 90 * rows['nights'].fillna(1)}\n"
    (package / "features.py").write_text(text, encoding="utf-8")
    content, schema = (
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in (paths.PARAMS, paths.SCHEMA)
    )
    content["source"]["options"]["features"] = f"{package.name}.features"
    paths.PARAMS.write_text(yaml.safe_dump(content), encoding="utf-8")
    file = write(table(ROWS), Path("may.csv"))
    with pytest.raises(ContractError, match=r"columns that schema\.yaml does not describe: cost"):
        arrivals.checked([file], [FIRST])
    schema["columns"]["cost"] = {"type": "float", "min": 0.0, "max": 720.0}
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    assert arrivals.checked([file], [FIRST]) == {file: "400 rows; 400 satisfy schema.yaml"}
    schema["columns"]["cost"]["max"] = 300.0
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    with pytest.raises(SourceError, match="column cost, check less_than_or_equal_to"):
        arrivals.checked([file], [FIRST])


@pytest.mark.usefixtures("adopted")
def test_two_files_that_hold_the_same_rows_are_refused() -> None:
    files = [write(table(ROWS), Path(name)) for name in ("may.csv", "june.csv")]
    with pytest.raises(SourceError, match=r"^june\.csv: 400 rows repeat the key of another"):
        arrivals.checked(files, [FIRST])


@pytest.mark.usefixtures("adopted")
def test_another_encoding_is_refused_where_it_reads_as_other_letters() -> None:
    file = write(table(ROWS), Path("may.csv"), "utf-8")
    with pytest.raises(SourceError, match=r"^may\.csv is UTF-8, and the table is cp1252"):
        arrivals.checked([file], [FIRST])
    plain = write(table(ROWS).query("town == 'Bern'"), file, "utf-8")
    told = "column town is Bern in all rows of may\n  if a column may have one value, say seasonal"
    with pytest.raises(SourceError, match=told):  # letters that both have
        arrivals.checked([plain], [FIRST])


@pytest.mark.usefixtures("adopted")
def test_a_folder_is_refused() -> None:
    Path("more").mkdir()
    for name in ("a.csv", "b.csv"):
        write(table(ROWS), Path("more") / name)
    with pytest.raises(SourceError, match="more is a folder: name its files"):
        arrivals.checked([Path("more")], [FIRST])


@pytest.mark.usefixtures("adopted")
def test_a_file_in_the_way_is_never_overwritten() -> None:
    file = write(table(ROWS), Path("may.csv"))
    (paths.RAW / "may.csv").write_text("mine\n", encoding="utf-8")
    with pytest.raises(IngestError, match=r"data/raw/may\.csv exists, is not listed"):
        ingest.add(read_record(), [str(file)], None)
    assert (paths.RAW / "may.csv").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.usefixtures("adopted")
def test_a_table_of_an_address_gets_newer_rows_from_there() -> None:
    record = paths.RAW_DVC.read_text(encoding="utf-8")
    paths.RAW_DVC.write_text(f"deps:\n- path: https://x.org/y\n{record}", encoding="utf-8")
    with pytest.raises(IngestError, match=r"run `dvc update data/raw\.dvc` for newer"):
        ingest.add(read_record(), [str(write(table(ROWS), Path("may.csv")))], None)
