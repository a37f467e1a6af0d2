"""Raw CSV files: read exactly as they stand, or refused by file, line and column."""

import csv
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.csv_files import read_csv
from truerun.base.errors import SourceError

KINDS = {"count": "int", "level": "float?", "carrier": "text", "tail": "text?"}
HEADER = "count,level,carrier,tail\n"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("csv") / "raw.csv"


@pytest.fixture
def read(tmp_path):
    def read_content(content, kinds=KINDS):
        path = tmp_path / "raw.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path, kinds)

    return read_content


def refusal(read, content, kinds=KINDS):
    with pytest.raises(SourceError) as caught:
        read(content, kinds)
    path, _, problem = str(caught.value).partition("raw.csv")
    assert path.endswith("/")
    return problem


def test_each_cell_is_read_as_its_kind(read):
    frame = read(HEADER + "1,2.5,AA,N1\n-20,-1e3,B6,N2\n")

    assert frame.columns.tolist() == list(KINDS)
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "float64", "str", "str"]
    assert frame["count"].tolist() == [1, -20]
    assert frame["level"].tolist() == [2.5, -1000]
    assert frame["carrier"].tolist() == ["AA", "B6"]
    assert frame["tail"].tolist() == ["N1", "N2"]


def test_columns_may_stand_in_any_order_and_are_given_in_the_one_that_is_asked_for(read):
    frame = read("tail,carrier,level,count\nN1,AA,2.5,1\n")

    assert frame.columns.tolist() == list(KINDS)
    assert frame.iloc[0].tolist() == [1, 2.5, "AA", "N1"]


def test_an_empty_cell_and_na_are_missing_only_where_the_kind_allows(read):
    frame = read(HEADER + "1,,NA,\n2,NA,null,NA\n3,0,None,nan\n")

    assert frame["level"].isna().tolist() == [True, True, False]
    assert frame["tail"].isna().tolist() == [True, True, False]
    assert frame["tail"].iloc[2] == "nan"
    assert frame["carrier"].tolist() == ["NA", "null", "None"]


def test_text_keeps_its_zeros_and_spaces(read):
    frame = read(HEADER + '1,2,007, x \n2,2,1e5,"  "\n3,2,True,1.50\n')

    assert frame["carrier"].tolist() == ["007", "1e5", "True"]
    assert frame["tail"].tolist() == [" x ", "  ", "1.50"]


def test_quoted_cells_hold_commas_quotes_and_line_ends(read):
    frame = read(HEADER + '1,"2.5","a, b\nc","say ""hi"""\n"2",3,"é",x\n')

    assert frame["carrier"].tolist() == ["a, b\nc", "é"]
    assert frame["tail"].tolist() == ['say "hi"', "x"]
    assert frame["count"].tolist() == [1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_either_kind_are_read(read, end):
    content = (HEADER + "1,2,AA,x\n2,,B6,y\n").replace("\n", end)

    for each in (content, content.removesuffix(end)):
        assert read(each)["tail"].tolist() == ["x", "y"]


def test_a_file_of_a_header_alone_is_a_table_without_rows(read):
    for content in (HEADER, HEADER.strip()):
        frame = read(content)
        assert len(frame) == 0
        assert [str(dtype) for dtype in frame.dtypes] == ["int64", "float64", "str", "str"]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("count,level,carrier", "missing tail; unexpected nothing"),
        ("count,level,carrier,tail,seats", "missing nothing; unexpected seats"),
        ("count,level,carrier,tails", "missing tail; unexpected tails"),
        ("count;level;carrier;tail", "missing count, level, carrier, tail; unexpected count;level"),
        ("count, level,carrier,tail", "missing level; unexpected  level"),
        ("Count,level,carrier,tail", "missing count; unexpected Count"),
        ("count,level,carrier,tail,count", "each column must occur once"),
        ("1,2.5,AA,N1", "missing count, level, carrier, tail; unexpected 1, 2.5, AA, N1"),
        ("\ncount,level,carrier,tail", "missing count, level, carrier, tail"),
    ],
)
def test_a_header_that_does_not_fit_is_told_with_the_columns(read, header, problem):
    message = refusal(read, f"{header}\n1,2,AA,x\n")

    assert message.startswith(": its header does not fit: ")
    assert problem in message


def test_a_byte_order_mark_is_told_as_such(read):
    problem = " begins with a byte order mark: save it as UTF-8 without one"

    assert refusal(read, f"\ufeff{HEADER}1,2,AA,x\n") == problem
    assert refusal(read, "\ufeff") == problem


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("x,2,AA,N1", "column count: 'x' does not fit the kind int"),
        (",2,AA,N1", "column count: '' does not fit the kind int"),
        ("NA,2,AA,N1", "column count: 'NA' does not fit the kind int"),
        ("1.5,2,AA,N1", "column count: '1.5' does not fit the kind int"),
        ('"1,000",2,AA,N1', "column count: '1,000' does not fit the kind int"),
        ("1_000,2,AA,N1", "column count: '1_000' does not fit the kind int"),
        ("٣,2,AA,N1", "column count: '٣' does not fit the kind int"),
        ("True,2,AA,N1", "column count: 'True' does not fit the kind int"),
        (
            "9223372036854775808,2,AA,N1",
            "column count: '9223372036854775808' does not fit the kind int",
        ),
        (
            "99999999999999999999,2,AA,N1",
            "column count: '99999999999999999999' does not fit the kind int",
        ),
        (
            "99999999999999999999.,2,AA,N1",
            "column count: '99999999999999999999.' does not fit the kind int",
        ),
        ("1,high,AA,N1", "column level: 'high' does not fit the kind float?"),
        ('1,"2,5",AA,N1', "column level: '2,5' does not fit the kind float?"),
        ("1, ,AA,N1", "column level: ' ' does not fit the kind float?"),
        ("1,0x10,AA,N1", "column level: '0x10' does not fit the kind float?"),
        ("1,None,AA,N1", "column level: 'None' does not fit the kind float?"),
        ("1,True,AA,N1", "column level: 'True' does not fit the kind float?"),
        ("1,nan,AA,N1", "column level: 'nan' does not fit the kind float?"),
        ("1,inf,AA,N1", "column level: 'inf' does not fit the kind float?"),
        ("1,-Infinity,AA,N1", "column level: '-Infinity' does not fit the kind float?"),
        ("1,1e999,AA,N1", "column level: '1e999' does not fit the kind float?"),
        ("1,2,,N1", "column carrier: '' does not fit the kind text"),
        ('1,2,"",N1', "column carrier: '' does not fit the kind text"),
    ],
    ids=str,
)
def test_a_cell_that_does_not_fit_is_told_by_line_and_column(read, cells, problem):
    message = refusal(read, f"{HEADER}1,2,AA,N1\n2,,B6,\n{cells}\n4,2,AA,N1\n")

    assert message == f": line 4, {problem}"


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ("3,2,AA,N1,extra", 5),
        ("3,2,5,AA,N1", 5),
        ("3,2,AA,N1,", 5),
        ("3,2", 2),
        ("3", 1),
        ("3,", 2),
        ("3,2,AA", 3),
        ("3,2,AA\n4,2,B6,N1", 3),
        ('3,2,"AA,N1"', 3),
    ],
)
def test_a_line_of_another_length_is_told_by_its_number(read, cells, fields):
    message = refusal(read, f"{HEADER}1,2,AA,N1\n2,,B6,\n{cells}\n")

    assert message == f": line 4 has {fields} fields, not 4"


@pytest.mark.parametrize(
    ("content", "kinds", "problem"),
    [
        ("a,b\n9,1,2\n8,2,3\n", {"a": "int", "b": "int"}, "line 2 has 3 fields, not 2"),
        (HEADER + "9,1,2,AA,N1\n8,2,3,B6,N2\n", KINDS, "line 2 has 5 fields, not 4"),
        (HEADER + "1,2,AA,N1,\n2,3,B6,N2,\n", KINDS, "line 2 has 5 fields, not 4"),
        (HEADER + "1,2,AA\n2,3,B6\n", KINDS, "line 2 has 3 fields, not 4"),
    ],
)
def test_a_file_whose_lines_are_all_of_another_length_is_refused(read, content, kinds, problem):
    assert refusal(read, content, kinds) == f": {problem}"


@pytest.mark.parametrize(
    ("content", "kinds", "problem"),
    [
        (HEADER + "1,2,AA,N1\n\n2,2,B6,N1\n", KINDS, "line 3 has 0 fields, not 4"),
        (HEADER + "1,2,AA,N1\n\n2,2,,N1\n", KINDS, "line 3 has 0 fields, not 4"),
        (HEADER + "1,2,AA,N1\n\n", KINDS, "line 3 has 0 fields, not 4"),
        (HEADER + "\r\n", KINDS, "line 2 has 0 fields, not 4"),
        (HEADER + "1,2,AA,N1\n  \n", KINDS, "line 3 has 1 fields, not 4"),
        ("a\nx\n\ny\n", {"a": "text"}, "line 3 has 0 fields, not 1"),
    ],
)
def test_a_blank_line_is_refused_with_its_number(read, content, kinds, problem):
    assert refusal(read, content, kinds) == f": {problem}"


def test_the_line_is_counted_in_the_file_where_cells_hold_line_ends(read):
    message = refusal(read, HEADER + '1,2,"a\nb\nc",N1\nx,2,AA,N1\n')

    assert message == ": line 5, column count: 'x' does not fit the kind int"


def test_the_first_of_several_misfits_is_told(read):
    message = refusal(read, HEADER + "1,2,AA,N1\n2,2,,N1\nx,2,AA,N1\n")

    assert message == ": line 3, column carrier: '' does not fit the kind text"


@pytest.mark.slow
def test_a_misfit_far_down_a_large_file_is_found(read):
    rows = "".join(f"{number},2,AA,N1\n" for number in range(60_000))
    message = refusal(read, f"{HEADER}{rows}x,2,AA,N1\n")

    assert message == ": line 60002, column count: 'x' does not fit the kind int"


def test_a_quote_that_is_never_closed_is_refused(read):
    unclosed = HEADER + '1,2,AA,N1\n2,3,"B6,N2\n3,4,UA,N3\n'

    assert refusal(read, unclosed) == ": line 4: unexpected end of data"
    assert refusal(read, HEADER + '1,2,AA,"N1') == ": line 2: unexpected end of data"
    assert refusal(read, HEADER + '1,2,AA,"N"1\n') == """: line 2: ',' expected after '"'"""


def test_an_empty_file_is_told_as_such(read):
    assert refusal(read, "") == " is empty: its first line must name the columns"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (HEADER.encode() + b"1,2,caf\xe9,N1\n", 2, "invalid continuation byte"),
        (HEADER.encode() + b"1,2,AA,N1\n1,2,AA,\xe9", 3, "unexpected end of data"),
        (b"count,level,carrier,t\xe9il\n", 1, "invalid continuation byte"),
        ((HEADER + "1,2,AA,N1\n").encode("utf-16"), 1, "invalid start byte"),
        (b"\x89PNG\r\n\x1a\n", 1, "invalid start byte"),
        (b"PK\x03\x04\xff\xfe", 1, "invalid start byte"),
    ],
    ids=["latin-1 cell", "latin-1 end", "latin-1 header", "utf-16", "picture", "archive"],
)
def test_a_file_that_is_not_utf_8_is_told_by_the_line(read, content, line, reason):
    assert refusal(read, content) == f": line {line} is not UTF-8 ({reason})"


def test_a_wrong_byte_far_down_a_large_file_is_refused(read):
    content = HEADER.encode() + b"1,2,AA,N1\n" * 60_000 + b"1,2,\xe9,N\n"

    assert refusal(read, content) == ": line 60002 is not UTF-8 (invalid continuation byte)"


def test_a_header_longer_than_any_is_refused(read):
    assert "field larger than field limit" in refusal(read, "x" * 200_000)


def test_a_file_that_is_missing_or_a_folder_is_told_by_its_name(tmp_path):
    with pytest.raises(SourceError, match=r"none\.csv does not exist"):
        read_csv(tmp_path / "none.csv", KINDS)
    with pytest.raises(SourceError, match=f"^{tmp_path} cannot be read: Is a directory$"):
        read_csv(tmp_path, KINDS)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=8)
MAYBE = st.none() | WORDS.filter(lambda word: word != "NA")
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        WORDS,
        MAYBE,
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=80)
@given(ROWS)
def test_what_was_written_is_what_is_read(scratch, rows):
    with scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(KINDS)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])

    frame = read_csv(scratch, KINDS)

    assert frame["count"].tolist() == [count for count, *_ in rows]
    np.testing.assert_allclose(
        frame["level"],
        np.array([math.nan if level is None else level for _, level, *_ in rows]),
        rtol=1e-14,
        atol=0,
    )
    assert frame["carrier"].tolist() == [carrier for *_, carrier, _ in rows]
    tails = [None if pd.isna(tail) else tail for tail in frame["tail"]]
    assert tails == [tail for *_, tail in rows]


PIECES = st.sampled_from(
    [
        b",",
        b"\n",
        b"\r\n",
        b'"',
        b"1",
        b"2.5",
        b"AA",
        b"NA",
        b"-",
        b" ",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
    ]
)


@pytest.mark.slow
@settings(max_examples=200)
@given(
    st.binary(max_size=60)
    | st.lists(PIECES | st.binary(max_size=3), max_size=30).map(
        lambda pieces: HEADER.encode() + b"".join(pieces)
    )
)
def test_any_bytes_give_a_table_or_a_source_error(scratch, content):
    scratch.write_bytes(content)
    try:
        frame = read_csv(scratch, KINDS)
    except SourceError as error:
        assert str(scratch) in str(error)  # noqa: PT017 -- both outcomes are right
        assert not str(error).endswith("None")  # noqa: PT017
    else:
        assert frame.columns.tolist() == list(KINDS)
        assert [str(dtype) for dtype in frame.dtypes] == ["int64", "float64", "str", "str"]
        assert (frame["carrier"] != "").all()
        assert frame["carrier"].notna().all()
