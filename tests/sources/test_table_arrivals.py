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
from truerun.sources.table import arrivals, source, widening
from truerun.sources.table.arrivals import Checked

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


def checked(files: list[Path]) -> dict[Path, Checked]:
    return arrivals.checked(files, [FIRST], widening.present())


def summary(files: list[Path]) -> str:
    [one] = checked(files).values()
    return one.summary


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


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_newer_rows_that_hold_all_are_taken() -> None:
    file = write(table(ROWS), Path("may.csv"))
    assert summary([file]) == "400 rows; 400 satisfy schema.yaml"
    prepared = tables.read_table(tables.partition(paths.PREPARED, "first"))
    again = prepared.assign(guest_id=table(ROWS)["guest_id"])
    tables.write_table(again, tables.partition(paths.PREPARED, "may"))  # of a run before
    assert checked([file])
    shutil.rmtree(paths.PREPARED)
    assert checked([file])


@pytest.mark.slow
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
        (
            lambda rows: rows.assign(came=["yes", "no", *["yes"] * 398]),
            r"the mean of came is 0\.9975, outside .* \(params\.yaml: validate\.target_rate\)",
        ),
    ],
)
@pytest.mark.usefixtures("adopted")
def test_what_the_pipeline_would_refuse_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], why: str
) -> None:
    file = write(change(table(ROWS)), Path("may.csv"))
    with pytest.raises(SourceError, match=rf"^may\.csv: .*({why})"):
        checked([file])


@pytest.mark.slow
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
        checked([file])
    schema["columns"]["cost"] = {"type": "float", "min": 0.0, "max": 720.0}
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    assert summary([file]) == "400 rows; 400 satisfy schema.yaml"
    schema["columns"]["cost"]["max"] = 300.0
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    with pytest.raises(SourceError, match="column cost, check less_than_or_equal_to"):
        checked([file])


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_two_files_that_hold_the_same_rows_are_refused() -> None:
    files = [write(table(ROWS), Path(name)) for name in ("may.csv", "june.csv")]
    with pytest.raises(SourceError, match=r"^june\.csv: 400 rows repeat the key of another"):
        checked(files)


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_another_encoding_is_refused_where_it_reads_as_other_letters() -> None:
    file = write(table(ROWS), Path("may.csv"), "utf-8")
    with pytest.raises(SourceError, match=r"^may\.csv is UTF-8, and the table is cp1252"):
        checked([file])
    plain = write(table(ROWS).query("town == 'Bern'"), file, "utf-8")
    told = "column town is Bern in all rows of may\n  if a column may have one value, say seasonal"
    with pytest.raises(SourceError, match=told):  # letters that both have
        checked([plain])


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_a_folder_is_refused() -> None:
    Path("more").mkdir()
    for name in ("a.csv", "b.csv"):
        write(table(ROWS), Path("more") / name)
    with pytest.raises(SourceError, match="more is a folder: name its files"):
        checked([Path("more")])


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_a_file_in_the_way_is_never_overwritten() -> None:
    file = write(table(ROWS), Path("may.csv"))
    (paths.RAW / "may.csv").write_text("mine\n", encoding="utf-8")
    with pytest.raises(IngestError, match=r"data/raw/may\.csv exists, is not listed"):
        ingest.add(read_record(), [str(file)], None)
    assert (paths.RAW / "may.csv").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_a_table_of_an_address_gets_newer_rows_from_there() -> None:
    record = paths.RAW_DVC.read_text(encoding="utf-8")
    paths.RAW_DVC.write_text(f"deps:\n- path: https://x.org/y\n{record}", encoding="utf-8")
    with pytest.raises(IngestError, match=r"run `dvc update data/raw\.dvc` for newer"):
        ingest.add(read_record(), [str(write(table(ROWS), Path("may.csv")))], None)


def validated(table_: pd.DataFrame) -> None:
    """Lay down rows as the last run has validated them: four fifths are for training."""
    file = write(table_, Path("validated.csv"))
    terms = widening.present()
    options = source.Options.model_validate(terms.settings.source.options)
    rows = arrivals.make(arrivals.read(file, options.format), options, file, "first").rows
    rows["split"] = np.where(np.arange(len(rows)) % 5 == 0, "test", "train")
    tables.write_table(rows, tables.partition(paths.VALIDATED, "first"))


def many(seed: int, rows: int = 1200) -> pd.DataFrame:
    """Guests, of whom those stay long that came."""
    random = np.random.default_rng(seed)
    came = random.random(rows) < 0.4
    return pd.DataFrame(
        {
            "guest_id": [f"H{seed}{number:05}" for number in range(rows)],
            "town": random.choice(["München", "Zürich", "Bern"], rows),
            "nights": np.where(came, random.integers(4, 9, rows), random.integers(1, 6, rows)),
            "came": np.where(came, "yes", "no"),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.assign(nights=rows["nights"] * 0.001), "drift: column nights has a"),
        (
            lambda rows: rows.assign(came=rows["came"].map({"yes": "no", "no": "yes"})),
            "relation: columns came and nights go together otherwise",
        ),
    ],
)
@pytest.mark.usefixtures("adopted")
def test_what_parts_of_training_rows_do_not_show_is_told_and_nothing_else(
    change: Callable[[pd.DataFrame], pd.DataFrame], told: str
) -> None:
    validated(many(1))
    terms = widening.present()
    learned = arrivals.delivery.learned(Path(), terms.contract)
    for seed, changed in ((2, None), (2, change)):
        rows = many(seed, 300)
        file = write(rows if changed is None else changed(rows), Path("more.csv"))
        options = source.Options.model_validate(terms.settings.source.options)
        made = arrivals.make(arrivals.read(file, options.format), options, file, "more").rows
        warnings = arrivals.delivery.warnings(made, "more", learned)
        if changed is None:
            assert warnings == []
        else:
            assert [each for each in warnings if each.startswith(told)], warnings
            assert "by what parts of 300 training rows show" in warnings[0]


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_without_a_run_nothing_is_told_of_training_rows() -> None:
    [one] = checked([write(table(ROWS), Path("may.csv"))]).values()
    assert one.warnings == [
        "may is not held against training rows, of which there are too few here"
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_what_is_refused_is_taken_with_wider_settings_and_nothing_else_of_them_changes() -> None:
    rows = table(ROWS)
    rows.loc[:60, "town"] = "Genève"
    rows.loc[61:120, "nights"] = 40
    rows.loc[121:300, "nights"] = np.nan
    file = write(rows, Path("may.csv"))
    with pytest.raises(SourceError, match=r"break schema\.yaml(.|\n)*--accept, which widens these"):
        checked([file])
    before = paths.SCHEMA.read_text(encoding="utf-8")
    taken = arrivals.arrival([file], None, [FIRST], accept=True)
    assert list(taken.settings) == [paths.SCHEMA]
    changed = set(taken.settings[paths.SCHEMA].splitlines()) - set(before.splitlines())
    assert sorted(line.split(":")[0].strip() for line in changed) == ["nights", "town"]
    assert yaml.safe_load(taken.settings[paths.SCHEMA])["columns"]["nights"]["max"] == 40.0
    assert paths.SCHEMA.read_text(encoding="utf-8") == before  # it is ingest that writes


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_rows_whose_outcome_is_unknown_are_taken_with_a_wider_limit() -> None:
    rows = table(ROWS)
    rows.loc[:79, "came"] = None
    file = write(rows, Path("may.csv"))
    told = r"of 400 rows 80 cannot be used, more than source\.max_dropped (.|\n)*--accept"
    with pytest.raises(SourceError, match=told):
        checked([file])
    taken = arrivals.arrival([file], None, [FIRST], accept=True)
    assert list(taken.settings) == [paths.PARAMS]
    assert yaml.safe_load(taken.settings[paths.PARAMS])["source"]["max_dropped"] == 0.2
    assert taken.summaries["may.csv"].startswith("400 rows, 80 dropped (80: came is missing)")


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_a_column_that_is_still_in_parts_of_training_rows_may_be_still() -> None:
    rows = many(1, 3000)
    ordered_by_town = rows.sort_values("town", ignore_index=True)
    validated(ordered_by_town.assign(guest_id=rows["guest_id"]))
    ordered = write(table(ROWS).assign(town="Bern"), Path("may.csv"))
    assert summary([ordered]) == "400 rows; 400 satisfy schema.yaml"


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_rows_that_break_the_contract_as_parts_of_training_rows_would_widen_what_a_run_allows() -> (
    None
):
    rows = many(1, 120)
    rows.loc[::12, "town"] = [f"Town {number}" for number in range(10)]  # each is there once
    validated(rows)
    tables.write_table(
        tables.read_table(tables.partition(paths.VALIDATED, "first")),
        tables.partition(paths.PREPARED, "first"),
    )
    schema = yaml.safe_load(paths.SCHEMA.read_text(encoding="utf-8"))
    schema["columns"]["town"]["categories"] = sorted(rows["town"].unique())
    paths.SCHEMA.write_text(yaml.safe_dump(schema), encoding="utf-8")
    newer = many(2, 40)
    newer.loc[:2, "town"] = "Genève"
    taken = arrivals.arrival([write(newer, Path("may.csv"))], None, [FIRST])
    assert taken.summaries["may.csv"] == "40 rows; 37 satisfy schema.yaml"
    assert [each for each in taken.warnings if each.startswith("quarantine: 1.88% of all rows")]
    assert list(taken.settings) == [paths.PARAMS]  # 3 of 160 rows, of which 1 % was allowed
    assert yaml.safe_load(taken.settings[paths.PARAMS])["validate"]["max_quarantined"] == 0.02


@pytest.mark.slow
@pytest.mark.usefixtures("adopted")
def test_what_accept_cannot_take_is_refused_without_naming_it() -> None:
    file = write(table(ROWS).assign(guest_id=table()["guest_id"]), Path("may.csv"))
    with pytest.raises(SourceError, match="repeat the key of another") as refused:
        checked([file])
    assert "--accept" not in str(refused.value)
    unknown = write(table(ROWS).assign(came=None), Path("june.csv"))
    with pytest.raises(SourceError, match="400 cannot be used") as refused:
        arrivals.arrival([unknown], None, [FIRST], accept=True)
    assert "--accept" not in str(refused.value)
