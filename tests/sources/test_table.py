"""A table of the user's own, read as params.yaml describes it."""

import csv
import datetime as dt
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.base import settings
from truerun.base.errors import SourceError
from truerun.contract import contract
from truerun.project import params
from truerun.sources.table import delimited, files, names, options, source, values
from truerun.sources.table.cells import read

TABLE = """\
id,senior,signup,total,city,note,churn
7,1,01.02.2020,"1,234.5",Berlin,fine so far,Yes
3,0,15.03.2020,?,NA,,No
5,,29.02.2020,-3,Köln, late again ,No
"""
OPTIONS = {
    "format": {"kind": "csv"},
    "missing": ("", "?", "NA"),
    "target": "churn",
    "task": "binary",
    "positive": "Yes",
    "negative": "No",
    "key": ("id",),
    "columns": {
        "id": {"as": "identifier"},
        "senior": {"as": "boolean", "true": ("1",), "false": ("0",)},
        "signup": {"as": "date", "format": "%d.%m.%Y", "parts": ("month", "days")},
        "total": {"as": "number", "thousands": ","},
        "city": {"as": "category"},
        "note": {"as": "words"},
        "churn": {"as": "category"},
    },
}


def chosen(columns=None, **changes):
    """The options of the table, some of them changed."""
    merged = {**OPTIONS["columns"], **(columns or {})}
    return source.Options.model_validate({**OPTIONS, "columns": merged, **changes})


@pytest.fixture
def prepare(tmp_path):
    def prepare_content(content, how=None, file="table.csv"):
        raw = tmp_path / "raw"
        raw.mkdir(exist_ok=True)
        (raw / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        (name,) = source.partitions(raw)
        return source.prepare(raw, name, how or chosen())

    return prepare_content


def test_each_column_is_read_as_its_kind_and_rows_are_sorted_by_key(prepare):
    rows = prepare(TABLE).rows

    assert rows["id"].tolist() == ["3", "5", "7"]
    assert {name: str(dtype) for name, dtype in rows.dtypes.items()} == {
        "id": "str",
        "senior": "float64",
        "signup": "datetime64[us, UTC]",
        "signup month": "float64",
        "signup days": "float64",
        "total": "float64",
        "city": "str",
        "note": "str",
        "churn": "int8",
    }
    assert rows["senior"].tolist()[::2] == [0, 1]
    assert rows["senior"].isna().tolist() == [False, True, False]
    assert rows["total"].tolist()[1:] == [-3, 1234.5]
    assert rows["signup month"].tolist() == [3, 2, 2]
    assert rows["signup days"].tolist() == [18336, 18321, 18293]
    assert rows["note"].tolist()[1:] == ["late again", "fine so far"]
    assert rows[["city", "note", "total"]].isna().sum().tolist() == [1, 1, 1]
    assert rows["churn"].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("8,1,01.02.2020,5,x,y,?", "churn is missing"),
        ("8,1,01.02.2020,5,x,y,maybe", "churn is neither Yes nor No"),
        ("8,1,01.02.2020,5 or so,x,y,No", "total is not a number"),
        ("8,1,01.02.2020,inf,x,y,No", "total is not a number"),
        ('8,1,01.02.2020,"1,23",x,y,No', "total is not a number"),
        ("8,2,01.02.2020,5,x,y,No", "senior is neither true nor false"),
        ("8,1,31.02.2020,5,x,y,No", "signup is not a date in its format"),
        ("8,1,2020-02-01,5,x,y,No", "signup is not a date in its format"),
    ],
)
def test_a_row_with_a_cell_that_cannot_be_read_is_dropped_and_counted(prepare, row, reason):
    prepared = prepare(TABLE + row + "\n")

    assert prepared.dropped == {reason: 1}
    assert (prepared.rows_in, len(prepared.rows)) == (4, 3)


def test_a_row_is_counted_once_for_its_first_reason(prepare):
    assert prepare(TABLE + "8,2,x,y,z,,\n").dropped == {"churn is missing": 1}


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("id,senior,signup,totals,city,note,churn", r"no column total \(is it totals there\?\)"),
        ("id,senior,signup,total,city,note,churn,more", "does not name more in"),
        ("id,senior,signup,total,city,note,note,churn", "does not name note 2 in"),
    ],
)
def test_another_column_is_refused_by_file_and_name(prepare, header, problem):
    cells = ",".join("1" for _ in header.split(","))
    with pytest.raises(SourceError, match=rf"table\.csv .*{problem}"):
        prepare(f"{header}\n{cells}\n")


def without_key(**columns):
    return chosen({"id": {"as": "drop"}, **columns}, key=())


def test_without_a_key_the_order_of_rows_and_columns_changes_nothing(prepare):
    equal = "1,1,01.01.2020,5,x,y,{}\n"
    content = TABLE + equal.format("Yes") + equal.format("No") + equal.format("Yes")
    header, *lines = content.splitlines()
    rows = prepare(content, without_key()).rows
    turned = prepare("\n".join([header, *reversed(lines)]), without_key()).rows
    moved = pd.read_csv(io.StringIO(content), dtype=str, keep_default_na=False)
    moved = prepare(moved[moved.columns[::-1]].to_csv(index=False), without_key()).rows

    pd.testing.assert_frame_equal(rows, turned)
    pd.testing.assert_frame_equal(rows, moved)
    copies = rows[rows["copy"].groupby(rows["row"]).transform("size") > 1]
    assert [text.split()[-1] for text in copies["copy"]] == ["0", "1", "2"]
    assert copies["churn"].tolist() == [0, 1, 1]
    assert rows["row"].str.fullmatch("[0-9a-f]{16}").all()


def test_the_number_of_a_row_is_no_part_of_what_it_holds(prepare):
    numbered = without_key(id={"as": "drop", "numbers_rows": True})
    lines = TABLE.splitlines()
    equal = [f"{number}{lines[1][1:]}" for number in (8, 9)]
    rows = prepare("\n".join([*lines, *equal]), numbered).rows
    counted = [f"{number}{line[1:]}" for number, line in enumerate([*equal, *lines[1:]], start=1)]
    again = prepare("\n".join([lines[0], *counted]), numbered).rows

    pd.testing.assert_frame_equal(rows, again)
    assert sorted(rows["row"].value_counts()) == [1, 1, 3]


def test_a_row_keeps_its_key_when_a_feature_is_dropped_or_another_row_is(prepare):
    before = prepare(TABLE, without_key()).rows
    dropped = prepare(TABLE, without_key(city={"as": "drop"})).rows
    with_bad = prepare(TABLE + "9,1,01.01.2020,bad,x,y,No\n", without_key()).rows

    assert "city" not in dropped
    assert dropped["row"].tolist() == before["row"].tolist() == with_bad["row"].tolist()


def test_equal_rows_of_two_files_have_different_keys(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(TABLE)
    rows = [source.prepare(tmp_path, name, without_key()).rows for name in "ab"]

    assert rows[0]["row"].tolist() == rows[1]["row"].tolist()  # they are split alike
    assert not set(rows[0]["copy"]) & set(rows[1]["copy"])


def test_a_partition_is_a_file_named_without_its_endings(tmp_path):
    for name in ("2020.csv", "2021.csv.gz", "v1.2.parquet", ".hidden", "plain"):
        (tmp_path / name).touch()

    assert source.partitions(tmp_path) == ["2020", "2021", "plain", "v1.2"]


def test_two_files_of_one_name_are_refused(tmp_path):
    for name in ("a.csv", "a.csv.gz"):
        (tmp_path / name).touch()

    with pytest.raises(SourceError, match="both named a without their endings"):
        source.partitions(tmp_path)


def test_an_empty_folder_and_a_folder_in_it_are_refused(tmp_path):
    with pytest.raises(SourceError, match="holds no file"):
        source.partitions(tmp_path)
    (tmp_path / "more").mkdir()
    with pytest.raises(SourceError, match="more is a folder"):
        source.partitions(tmp_path)


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


@pytest.mark.parametrize("content", [gzip.compress(TABLE.encode(), mtime=0), zipped(table=TABLE)])
def test_what_is_packed_is_read_as_what_is_not(prepare, content):
    pd.testing.assert_frame_equal(prepare(content).rows, prepare(TABLE).rows)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("note", ["fine", '"of two\r\nlines"', '"said ""so"" or é"', "é" * 2**21])
def test_cells_are_read_as_they_stand(tmp_path, note, encoding, ending):
    content = f"a,b\r\n{note},2\r\n3,\r\n".encode(encoding)
    path = tmp_path / f"table.csv{ending}"
    path.write_bytes(gzip.compress(content) if ending else content)
    how = options.Format(kind="csv", encoding=encoding.removesuffix("-sig"))
    expected = note.removeprefix('"').removesuffix('"').replace('""', '"')
    assert read(path, how).to_pydict() == {"a": [expected, "3"], "b": ["2", ""]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_the_end_of_a_line_within_a_cell_is_whole_wherever_a_block_ends(tmp_path, encoding):
    notes = [f"{'x' * (number % 7)}\r\n" for number in range(300_000)]
    content = "a,b\r\n" + "".join(f'"{note}",2\r\n' for note in notes)
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode(encoding))
    found = read(path, options.Format(kind="csv", encoding=encoding))
    assert found["a"].to_pylist() == notes


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x,3\n" * 10 + b"block size 4096\n", "row 12 has 1 cells, not 2"),
        (b"x,3\nfianc\xe9,4\n", r"line 3 is not UTF-8, but the table is: b'fianc\\xe9,4"),
        (b"x,3\n" * 9999 + b"\xe9,4\n", r"line 10001 is not UTF-8, but the table is: b'\\xe9,4"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_line(tmp_path, content, problem):
    path = tmp_path / "table.csv"
    path.write_bytes(b"disk,v\n" + content)
    with pytest.raises(SourceError, match=problem):
        read(path, options.Format(kind="csv"))


def test_quotes_of_another_alphabet_are_quotes(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes('a,b\n"x, y",1\n'.encode("cp037"))
    assert read(path, options.Format(kind="csv", encoding="cp037"))["a"].to_pylist() == ["x, y"]


def test_a_long_cell_is_no_open_quote(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(f'a,b\n1,"{"x" * 200_000}"\n2,"l\nm"\n')
    assert read(path, options.Format(kind="csv"))["b"].to_pylist() == ["x" * 200_000, "l\nm"]


def test_lines_before_the_header_may_be_long(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("#" * 2**21 + "\na,b\n1,2\n")
    assert read(path, options.Format(kind="csv", skip=1)).to_pylist() == [{"a": "1", "b": "2"}]


def test_a_row_that_is_far_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST", 2**21)
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 10 + "x" * 2**22 + ",2\n")
    with pytest.raises(SourceError, match="a row is longer than 2,097,152 bytes"):
        read(path, options.Format(kind="csv"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(TABLE.encode(), mtime=0)[:-20], "damaged or cut off"),
        (zipped(a=TABLE, b=TABLE), "holds 2 files"),
        (zipped(a=TABLE)[:-30], "damaged or cut off"),
        (b"", "is empty"),
        (TABLE.encode() + b"1,2,3\n", r"row 5 has 3 cells, not 7 like the first row: '1,2,3'"),
        (TABLE.encode() + b'1,"2\n', "row 5 has 2 cells"),
        (TABLE.encode() + b'8,1,01.02.2020,5,x,y,"No\n9,1,01.02.2020,5,x,y,No\n', "left open"),
        (TABLE.encode("latin-1"), "line 4 is not UTF-8"),
        (TABLE.replace("fine", "fi\0ne").encode(), "column note holds a NUL byte"),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(prepare, content, problem):
    with pytest.raises(SourceError, match=r"table\.csv.*" + f"(?s:{problem})"):
        prepare(content)


def test_what_is_far_too_large_once_unpacked_is_refused(prepare, monkeypatch):
    monkeypatch.setattr(files, "ROOM", 2**20)
    with pytest.raises(SourceError, match=r"table\.csv is more than .* once unpacked"):
        prepare(gzip.compress(TABLE.encode() + b"1" * 2**24))


@pytest.mark.parametrize(
    ("written", "form", "expected"),
    [
        ("1,5", {"decimal": ","}, 1.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("1\u00a0234.5", {"thousands": " "}, 1234.5),
        ("1\u2019234.5", {"thousands": "'"}, 1234.5),
        ("\u221212 €", {"units": ("€",)}, -12),
        ("-$5", {"units": ("$",)}, -5),
        ("12.5%", {"units": ("%",)}, 12.5),
        ("(7)", {}, -7),
        ("7-", {}, -7),
        ("+7.", {}, 7),
        (".5", {}, 0.5),
        ("1E-05", {}, 1e-5),
    ],
)
def test_numbers_are_read_however_they_are_written(written, form, expected):
    assert values.numbers(pa.array([written, None]), **form).tolist()[0] == expected


@pytest.mark.parametrize(
    "text", ["", "x", "1,5", "1 2", "0x10", "1_000", "nan", "inf", "1e999", "--1"]
)
def test_what_is_no_number_is_not_read_as_one(text):
    assert np.isnan(values.numbers(pa.array([text])))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_a_number_that_is_written_is_the_number_that_is_read(number, decimal):
    read = values.numbers(pa.array([repr(number).replace(".", decimal)]), decimal)
    assert read.tolist() == [number]


@pytest.mark.parametrize(
    ("form", "whole", "short"),
    [
        ("%Y%m%d", "20181101", "201811"),
        ("%Y%m%dT%H%M%S", "20181101T101530", "20181101T1015"),
        ("%Y%m%d%H%M%S", "20181101101530", "2018110110"),
    ],
)
def test_digits_without_marks_are_a_date_if_all_are_there(form, whole, short):
    read = values.dates(pa.array([whole, short]), form)
    assert np.isnat(read).tolist() == [False, True]


DATE_TEXT = st.from_regex(r"[0-3]?[0-9]\.[01]?[0-9]\.(19|20)[0-9]{2}( [0-2][0-9]:[0-6][0-9])?")


@pytest.mark.slow
@given(st.lists(DATE_TEXT, min_size=1), st.sampled_from(["%d.%m.%Y", "%d.%m.%Y %H:%M", "%m.%d.%Y"]))
def test_a_date_is_read_as_pythons_strptime_reads_it(texts, form):
    def by_python(text):
        try:
            return np.datetime64(dt.datetime.strptime(text, form), "us")  # noqa: DTZ007
        except ValueError:
            return np.datetime64("NaT", "us")

    expected = np.array([by_python(text) for text in texts])
    np.testing.assert_array_equal(values.dates(pa.array(texts), form), expected)


@pytest.mark.slow
@given(st.lists(st.text() | st.none(), min_size=1, max_size=8))
def test_names_of_columns_are_tidy_unlike_each_other_and_not_the_stages_own(header):
    found = names.clean(header)

    assert len(set(found)) == len(found) == len(header)
    assert all(name == name.strip() and "\n" not in name for name in found)
    assert not {*contract.RESERVED, "row", "copy"} & set(found)
    assert not any(name.startswith("score:") for name in found)
    assert names.clean(found) == found


def test_names_that_are_taken_or_missing_are_told_apart():
    header = ["a", "a", "", "split", " b\t\nc ", "a 2", "score:x", "e\u0301"]
    expected = ["a", "a 2", "column 3", "split_", "b c", "a 2 2", "score_x", "é"]
    assert names.clean(header) == expected


def test_the_source_knows_the_names_and_tasks_of_the_contract():
    assert {*contract.RESERVED} <= {*names.TAKEN}
    assert options.Task == contract.Task


def test_options_are_what_is_written_of_them():
    how = chosen()
    dumped = how.model_dump(by_alias=True, exclude_defaults=True)
    assert settings.checked(source.Options, dumped, params.paths.PARAMS, "source.options") == how


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"target": "churned"}, "churned is named but is not one of the columns"),
        ({"key": ("city",)}, "key names city, which is not as: identifier"),
        ({"task": "regression", "positive": None, "negative": None}, "must be as: number"),
        ({"positive": None}, "needs both"),
        ({"negative": "Yes"}, "must differ"),
        ({"format": {"kind": "csv", "encoding": "klingon"}}, "is not an encoding"),
        ({"format": {"kind": "csv", "delimiter": "::"}}, "delimiter"),
        ({"columns": {"churn": {"as": "category"}, "id": {"as": "date"}}}, "needs its format"),
        ({"columns": {"churn": {"as": "category", "units": ("$",)}}}, "units goes with as: number"),
        ({"columns": {"churn": {"as": "boolean", "true": ("Y",)}}}, "under true and false"),
        ({"columns": {"churn": {"as": "category", "numbers_rows": True}}}, "goes with as: drop"),
    ],
)
def test_options_that_cannot_be_are_refused(change, problem):
    with pytest.raises(ValueError, match=problem):
        source.Options.model_validate({**OPTIONS, **change})


def test_a_parquet_file_is_read_as_its_values(prepare):
    frame = pd.DataFrame(
        {
            "id": np.arange(3),
            "senior": [True, False, None],
            "signup": pd.to_datetime(["2020-02-01", "2020-03-15", None]),
            "total": [1234.5, np.nan, -3.0],
            "city": pd.Categorical(["Berlin", None, "Köln"]),
            "note": ["a", None, "c"],
            "churn": ["Yes", "No", "No"],
        }
    )
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame), content)
    changed = {
        "senior": {"as": "boolean", "true": ("true",), "false": ("false",)},
        "signup": {"as": "date", "format": "ISO8601", "parts": ("month",)},
    }
    rows = prepare(
        content.getvalue(), chosen(changed, format={"kind": "parquet"}), "t.parquet"
    ).rows

    assert rows["senior"].tolist()[:2] == [1, 0]
    assert rows["total"].tolist()[::2] == [1234.5, -3]
    assert rows["signup month"].tolist()[:2] == [2, 3]
    assert rows.isna().sum().sum() == 6


def test_json_lines_are_read_with_missing_keys_as_missing(prepare):
    lines = (
        '{"id": 1, "senior": 1, "signup": "01.02.2020", "total": 5.10, "churn": "Yes"}\n'
        '{"id": 2, "churn": "No", "city": "Köln", "note": null}\n\n'
    )
    rows = prepare(lines, chosen(format={"kind": "jsonl"}), "table.jsonl").rows

    assert rows["total"].tolist()[0] == 5.1
    assert rows["city"].tolist()[1] == "Köln"
    assert rows["note"].isna().all()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[1]", "line 1 is not an object"),
        ("{", "line 1 is not JSON"),
        ("", "is empty"),
        (r'{"id": "\ud83d"}', "half of a character"),
        (r'{"\ud83d": 1}', "half of a character"),
    ],
)
def test_lines_that_are_no_objects_are_refused(prepare, line, problem):
    with pytest.raises(SourceError, match=problem):
        prepare(line, chosen(format={"kind": "jsonl"}), "table.jsonl")


@pytest.mark.slow
def test_a_workbook_is_read_as_its_values(prepare):
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(TABLE)):
        workbook.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    content = io.BytesIO()
    workbook.save(content)
    rows = prepare(content.getvalue(), chosen(format={"kind": "excel"})).rows

    pd.testing.assert_frame_equal(rows, prepare(TABLE).rows)


def test_a_workbook_is_read_to_its_end_whatever_size_it_records(prepare):
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    rows = [[*row, ""] for row in csv.reader(io.StringIO(TABLE))]
    rows[2][-1] = "a remark beside the table"
    for row in rows:
        workbook.active.append([cell or None for cell in row])
    content, stale = io.BytesIO(), io.BytesIO()
    workbook.save(content)
    with zipfile.ZipFile(content) as whole, zipfile.ZipFile(stale, "w") as changed:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert data.count(b'<dimension ref="A1:H4"') == 1
                data = data.replace(b'<dimension ref="A1:H4"', b'<dimension ref="A1:G3"')
            changed.writestr(name, data)
    remark = chosen({"column 8": {"as": "drop"}}, format={"kind": "excel"})
    rows = prepare(stale.getvalue(), remark).rows

    pd.testing.assert_frame_equal(rows, prepare(TABLE).rows)
