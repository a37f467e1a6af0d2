"""Tables and reports: the same bytes, whole files or none, and errors that name the file."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truerun.base import tables, text_files
from truerun.base.errors import TruerunError, exit_with, listed, run_stage
from truerun.base.tables import TableError


def frame(rows=500):
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "moment": pd.to_datetime(random.integers(0, 10**9, rows), unit="s", utc=True),
            "carrier": pd.Series(random.choice(["AA", "B6"], rows)).mask(random.random(rows) < 0.1),
            "wind": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
            "late": random.integers(0, 2, rows).astype("int8"),
            "share": random.random(rows).astype("float32"),
        }
    )


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_table_that_is_read_is_the_one_that_was_written(tmp_path):
    path = tmp_path / "new" / "folders" / "table.parquet"
    tables.write_table(frame(), path)

    pd.testing.assert_frame_equal(tables.read_table(path), frame())
    columns = ["late", "moment"]
    pd.testing.assert_frame_equal(tables.read_table(path, columns), frame()[columns])
    assert names(path.parent) == ["table.parquet"]


def test_a_table_without_rows_keeps_its_columns_and_types(tmp_path):
    tables.write_table(frame().iloc[:0], tmp_path / "table.parquet")

    pd.testing.assert_frame_equal(
        tables.read_table(tmp_path / "table.parquet"), frame().iloc[:0], check_index_type=False
    )


@pytest.mark.slow
def test_the_same_frame_gives_the_same_bytes_in_this_process_and_in_another(tmp_path):
    paths = [tmp_path / name for name in ("first", "second", "elsewhere")]
    for path in paths[:2]:
        tables.write_table(frame(), path)
    environment = os.environ | {"PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo"}
    environment |= {"OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    subprocess.run([sys.executable, __file__, paths[2]], env=environment, check=True)

    assert len({path.read_bytes() for path in paths}) == 1


@pytest.mark.parametrize(
    "index", [range(500, 1000), range(499, -1, -1), [7] * 500, [f"row {n}" for n in range(500)]]
)
def test_the_index_of_a_frame_reaches_no_byte(tmp_path, index):
    plain, indexed = tmp_path / "plain", tmp_path / "indexed"
    tables.write_table(frame(), plain)
    tables.write_table(frame().set_axis(list(index), axis=0), indexed)

    assert plain.read_bytes() == indexed.read_bytes()


def test_another_value_type_or_order_gives_other_bytes(tmp_path):
    frames = [
        frame(),
        frame().assign(late=1),
        frame().astype({"late": "int16"}),
        frame()[frame().columns[::-1]],
        frame().iloc[::-1],
    ]
    for number, each in enumerate(frames):
        tables.write_table(each, tmp_path / str(number))

    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == len(frames)


def test_a_write_that_fails_leaves_the_old_table_and_no_other_file(tmp_path, monkeypatch):
    path = tmp_path / "table.parquet"
    tables.write_table(frame(), path)
    before = path.read_bytes()

    def half_a_file(_, where, **__):
        Path(where).write_bytes(b"PAR1")
        full_disk()

    monkeypatch.setattr(pq, "write_table", half_a_file)
    with pytest.raises(
        TableError, match=r"^cannot write .*table\.parquet: \[Errno 28\] No space left on device$"
    ):
        tables.write_table(frame(9), path)

    assert path.read_bytes() == before
    assert names(tmp_path) == ["table.parquet"]


def test_a_table_that_cannot_replace_a_folder_leaves_no_file(tmp_path):
    (tmp_path / "table.parquet").mkdir()
    with pytest.raises(
        TableError, match=r"^cannot write .*/table\.parquet: \[Errno 21\] Is a directory: "
    ):
        tables.write_table(frame(9), tmp_path / "table.parquet")

    assert names(tmp_path) == ["table.parquet"]


def test_a_table_or_a_report_below_a_file_is_told_by_its_name(tmp_path):
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    with pytest.raises(
        TableError, match=r"^cannot write .*/file/t\.parquet: \[Errno 17\] File exists: .*/file'$"
    ):
        tables.write_table(frame(9), tmp_path / "file" / "t.parquet")
    with pytest.raises(TruerunError, match=r"^cannot write .*/file/t\.json: File exists$"):
        text_files.write_json(tmp_path / "file" / "t.json", {"a": 1})
    with pytest.raises(TruerunError, match=r"^cannot write .*/file/t\.csv: File exists$"):
        text_files.write_csv(tmp_path / "file" / "t.csv", frame(9))

    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "a file"


def test_a_frame_that_parquet_cannot_hold_is_told_by_the_name_of_the_table(tmp_path):
    mixed = pd.DataFrame({"seats": [1, "x"]}, dtype=object)
    with pytest.raises(TableError, match=r"^cannot write .*/t\.parquet: .*column seats"):
        tables.write_table(mixed, tmp_path / "t.parquet")

    assert names(tmp_path) == []


def test_a_table_that_is_missing_is_told_by_its_name(tmp_path):
    with pytest.raises(TableError, match=r"none\.parquet does not exist: run `dvc repro`"):
        tables.read_table(tmp_path / "none.parquet")


@pytest.mark.parametrize("kept", [0, 3, 12, 0.5, 0.99])
def test_a_table_that_is_cut_off_is_told_by_its_name(tmp_path, kept):
    path = tmp_path / "cut.parquet"
    tables.write_table(frame(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept if isinstance(kept, float) else kept)])

    with pytest.raises(
        TableError, match=r"cannot read .*cut\.parquet, which `dvc repro` rebuilds: "
    ):
        tables.read_table(path)


def test_what_is_no_table_is_told_by_its_name(tmp_path):
    (tmp_path / "text.parquet").write_text("carrier,late\nAA,1\n" * 9, encoding="utf-8")
    with pytest.raises(
        TableError, match=r"cannot read .*text\.parquet, which `dvc repro` rebuilds: "
    ):
        tables.read_table(tmp_path / "text.parquet")


def test_a_column_that_a_table_lacks_is_told_with_the_name_of_the_file(tmp_path):
    tables.write_table(frame(), tmp_path / "table.parquet")
    with pytest.raises(TableError, match=r"cannot read .*table\.parquet, .*seats"):
        tables.read_table(tmp_path / "table.parquet", ["late", "seats"])


def test_partitions_are_read_in_order_one_below_the_other(tmp_path):
    for number, name in enumerate(["2013-02", "2012-12", "2013-01"]):
        tables.write_table(frame(3).assign(late=np.int8(number)), tables.partition(tmp_path, name))
    (tmp_path / "notes.txt").write_text("not a partition", encoding="utf-8")
    (tmp_path / ".2013-03.parquet.unfinished").write_bytes(b"PAR1")

    assert tables.partition_names(tmp_path) == ["2012-12", "2013-01", "2013-02"]
    whole = tables.read_partitions(tmp_path, ["late"])
    assert whole["late"].tolist() == [1, 1, 1, 2, 2, 2, 0, 0, 0]
    assert whole.index.tolist() == list(range(9))


def test_no_columns_are_as_many_rows(tmp_path):
    tables.write_table(frame(), tmp_path / "table.parquet")

    assert tables.read_table(tmp_path / "table.parquet", []).shape == (500, 0)


def test_partitions_with_numbers_of_two_widths_are_read_with_the_wider_one(tmp_path):
    for name, width in (("2013-01", "int8"), ("2013-02", "int32")):
        tables.write_table(frame(3).astype({"late": width}), tables.partition(tmp_path, name))

    late = tables.read_partitions(tmp_path, ["late"])["late"]
    assert late.dtype == "int32"
    assert late.tolist() == frame(3)["late"].tolist() * 2


def test_partitions_that_do_not_fit_together_are_told_by_the_name_of_their_folder(tmp_path):
    for name, kind in (("2013-01", "int8"), ("2013-02", "str")):
        tables.write_table(frame(3).astype({"late": kind}), tables.partition(tmp_path, name))

    with pytest.raises(TableError, match=rf"^cannot read {tmp_path}: .*late"):
        tables.read_partitions(tmp_path)


def test_a_table_without_partitions_is_told_by_its_name(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TableError, match=f"{folder} holds no partition: run `dvc repro`"):
            tables.read_partitions(folder)


def test_an_emptied_folder_keeps_nothing_of_an_earlier_run(tmp_path):
    folder = tmp_path / "data" / "prepared"
    tables.empty_folder(folder)
    (folder / "below").mkdir()
    (folder / "2012-01.parquet").write_bytes(b"old")

    tables.empty_folder(folder)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("below", "problem"), [("file", "File exists"), ("file/prepared", "Not a directory")]
)
def test_a_folder_in_the_place_of_a_file_is_told_by_its_name(tmp_path, below, problem):
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    with pytest.raises(
        TableError, match=f"^cannot make or empty the folder {tmp_path}/{below}: {problem}$"
    ):
        tables.empty_folder(tmp_path / below)

    assert (tmp_path / "file").read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (123456.789, 123457.0),
        (1234567.0, 1234570.0),
        (0.000123456789, 0.000123457),
        (1 / 3, 0.333333),
        (-2 / 3, -0.666667),
        (0.1 + 0.2, 0.3),
        (1e300, 1e300),
        (np.float64(1 / 3), 0.333333),
        (np.float32(1 / 3), 0.333333),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (float("nan"), None),
        (float("inf"), None),
        (-np.inf, None),
        (0.0, 0.0),
        (-0.0, 0.0),
        (np.float64(-0.0), 0.0),
        (1234567, 1234567),
        (True, True),
        (None, None),
        ("1.23456789", "1.23456789"),
        ((1 / 3, [2 / 3, {"a": np.nan}]), [0.333333, [0.666667, {"a": None}]]),
        ({"a": {2013: [1 / 3]}}, {"a": {"2013": [0.333333]}}),
    ],
    ids=str,
)
def test_floats_are_rounded_to_six_significant_digits_wherever_they_stand(value, expected):
    assert repr(text_files.rounded(value)) == repr(expected)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@pytest.mark.slow
@settings(max_examples=80)
@given(NESTED)
def test_rounded_figures_are_strict_json_and_stay_as_they_are_when_rounded_again(value):
    once = text_files.rounded(value)

    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert text_files.rounded(once) == once


@settings(max_examples=80)
@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: abs(value) > 1e-300))
def test_a_rounded_float_is_off_by_less_than_a_millionth_of_itself(value):
    assert text_files.rounded(value) == pytest.approx(value, rel=5.1e-6, abs=0)


def test_figures_are_written_in_the_order_in_which_they_stand(tmp_path):
    path = tmp_path / "metrics" / "evaluate.json"
    text_files.write_json(path, {"b": 1 / 3, "a": float("nan"), "c": ["é", 2]})

    text = '{\n  "b": 0.333333,\n  "a": null,\n  "c": [\n    "\\u00e9",\n    2\n  ]\n}\n'
    assert path.read_bytes() == text.encode()
    assert names(path.parent) == ["evaluate.json"]


def test_numbers_of_numpy_are_written_like_those_of_python(tmp_path):
    path = tmp_path / "figures.json"
    text_files.write_json(path, {"a": np.float32(1 / 3), "b": np.int8(3), "c": [np.bool_(False)]})

    assert json.loads(path.read_bytes()) == {"a": 0.333333, "b": 3, "c": [False]}


def test_a_small_table_is_written_with_rounded_floats(tmp_path):
    table = pd.DataFrame(
        {"column": ["a,b", "c"], "rows": [1234567, 2], "share": [1 / 3, np.nan], "x": [1e-9, 2.0]}
    )
    text_files.write_csv(tmp_path / "t.csv", table.set_axis([5, 6], axis=0))

    assert (tmp_path / "t.csv").read_bytes() == (
        b'column,rows,share,x\n"a,b",1234567,0.333333,1e-09\nc,2,,2\n'
    )


def test_text_is_written_as_utf_8_with_plain_line_ends(tmp_path):
    text_files.write_text(tmp_path / "card.md", "é\nß\n")

    assert (tmp_path / "card.md").read_bytes() == "é\nß\n".encode()


def test_a_report_that_cannot_be_written_leaves_the_old_one_and_no_other_file(
    tmp_path, monkeypatch
):
    path = tmp_path / "figures.json"
    text_files.write_json(path, {"a": 1})

    def half_a_file(self, *_, **__):
        self.write_bytes(b"{")
        full_disk()

    monkeypatch.setattr(Path, "write_text", half_a_file)
    with pytest.raises(TruerunError, match=r"^cannot write .*figures\.json: No space left"):
        text_files.write_json(path, {"a": 2})

    assert json.loads(path.read_bytes()) == {"a": 1}
    assert names(tmp_path) == ["figures.json"]


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [
        (0, 8, ""),
        (1, 8, "0"),
        (3, 3, "0, 1, 2"),
        (4, 3, "0, 1, 2 and 1 more"),
        (5, 2, "0, 1 and 3 more"),
        (8, 8, "0, 1, 2, 3, 4, 5, 6, 7"),
    ],
)
def test_names_are_listed_up_to_a_limit_and_counted_beyond_it(count, limit, expected):
    assert listed([str(number) for number in range(count)], limit) == expected


def raising(error):
    def program():
        raise error

    return program


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (TruerunError("params.yaml is missing"), 1, "error: params.yaml is missing\n"),
        (TableError("no table"), 1, "error: no table\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
    ids=repr,
)
def test_what_the_user_can_mend_ends_a_program_with_one_line_and_a_status(
    capsys, error, status, message
):
    with pytest.raises(SystemExit) as ended:
        exit_with(raising(error))

    assert ended.value.code == status
    captured = capsys.readouterr()
    assert captured.err == message
    assert captured.out == ""


def test_who_reads_what_is_printed_may_stop() -> None:
    program = (
        "from truerun.base.errors import exit_with; exit_with(lambda: print('line\\n' * 100_000))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "line\n"
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert running.returncode == 1


def test_a_program_that_succeeds_goes_on_and_a_bug_keeps_its_traceback(capsys):
    exit_with(lambda: None)
    with pytest.raises(ZeroDivisionError):
        exit_with(lambda: 1 // 0)

    assert capsys.readouterr().err == ""


def test_a_stage_takes_no_arguments_but_help(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stage", "--fast"])
    with pytest.raises(SystemExit) as ended:
        run_stage(raising(ZeroDivisionError()), "What it does.")
    assert ended.value.code == 2
    assert "unrecognized arguments: --fast" in capsys.readouterr().err

    monkeypatch.setattr(sys, "argv", ["stage", "--help"])
    with pytest.raises(SystemExit) as ended:
        run_stage(raising(ZeroDivisionError()), "What it does.\n\n  And how.")
    assert ended.value.code == 0
    assert "What it does.\n\n  And how." in capsys.readouterr().out

    monkeypatch.setattr(sys, "argv", ["stage"])
    with pytest.raises(SystemExit) as ended:
        run_stage(raising(TruerunError("mend it")), None)
    assert ended.value.code == 1


if __name__ == "__main__":  # the other process
    tables.write_table(frame(), Path(sys.argv[1]))


@pytest.mark.slow
def test_a_table_that_expands_too_far_is_told_by_its_name(tmp_path, monkeypatch):
    path = tmp_path / "table.parquet"
    tables.write_table(pd.DataFrame({"a": np.zeros(1_000_000), "b": 1}), path)
    assert path.stat().st_size < 500_000
    monkeypatch.setattr(tables, "LARGEST", 16_000_000)
    said = r"cannot read .*table\.parquet: it expands to 32,\d+,\d+ bytes, of at most 16,000,000"
    with pytest.raises(TableError, match=said):
        tables.read_table(path, ["a"])
    monkeypatch.setattr(tables, "LARGEST", 48_000_000)
    assert len(tables.read_table(path)) == 1_000_000


def test_of_some_partitions_some_rows_are_read(tmp_path: Path) -> None:
    for name, values in (("a", [1, 2, 3]), ("b", [4, 5]), ("c", [6])):
        tables.write_table(pd.DataFrame({"x": values, "y": 0}), tmp_path / f"{name}.parquet")
    rows = {"a": np.array([True, False, True]), "b": np.array([False] * 2), "c": np.array([True])}
    assert tables.read_partitions(tmp_path, ["x"], rows).to_dict("list") == {"x": [1, 3, 6]}
