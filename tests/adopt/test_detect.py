"""How a file is written is told from its bytes."""

import codecs
import gzip
import io
import zipfile

import pandas as pd
import pytest

from truerun.adopt.columns import user_warnings
from truerun.adopt.reading import detect
from truerun.base.errors import SourceError
from truerun.sources.table.cells import read

CSV = "name,amount\nAnna,1.5\nBert,2.25\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("mark", list(",;\t|~^"))
def test_the_delimiter_is_the_one_that_makes_equal_rows(file, mark):
    path = file(CSV.replace(",", mark))
    how = detect.detect(path)

    assert (how.delimiter, how.header, how.decimal) == (mark, True, ".")
    assert read(path, how).to_pydict() == {"name": ["Anna", "Bert"], "amount": ["1.5", "2.25"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b;c\n1,5;2,5;x\n3,25;4,0;y\n", {"delimiter": ";", "decimal": ","}),
        ("1,5;2,5\n3,5;4,5\n", {"delimiter": ";", "decimal": ",", "header": False}),
        ("a;b\n1,234;x\n5,678;y\n", {"delimiter": ";", "decimal": "."}),
        ("a\tb\n1.234,5\tx\n", {"delimiter": "\t", "decimal": ","}),
        ('a,b\n"x, y",1\n"p; q; r",2\n', {"delimiter": ","}),
        ("a,b\n'x, y',1\n'z',2\n", {"quote": "'"}),
        ("'a','b'\n1,2\n" + "3,4\n" * 20, {"quote": "'"}),
        ("'a','b'\r\n1,2\r\n" + "3,4\r\n" * 20, {"quote": "'"}),
        ("'a,b'\n" + "O'Neil,1\n" * 20, {"quote": '"'}),
        ("a,b\nO'Neil,1\nD'Arcy,2\n", {"quote": '"'}),
        ('a,b\n"line\nend",1\n"x",2\n', {"delimiter": ",", "header": True}),
        ("sep=;\na;b\n1;2\n", {"delimiter": ";", "skip": 1, "header": True}),
        ("Sales of 2020\n\na,b,c\n1,2,3\n4,5,6\n", {"skip": 1, "header": True}),
        ("Sales,,\nof 2020,,\n,,\na,b,c\n1,2,3\n4,5,6\n", {"skip": 3, "header": True}),
        ("5,,\n1,2,3\n4,5,6\n7,8,9\n", {"skip": 0, "header": False}),
        ("1,2,3\n4,5,6\n", {"header": False}),
        ("x,red,1\ny,red,2\nz,blue,3\n", {"header": False}),
        ("kind,colour\nx,red\ny,blue\n", {"header": True}),
        ("land,2019,2020,2021\nA,1,2,3\nB,4,5,6\n", {"header": True}),
        ("text\nhello, you\nbye\n", {"delimiter": ";"}),
        ("2020-01-01 00:00,5\n2020-01-02 00:00,6\n", {"delimiter": ",", "header": False}),
        ("genre,n\na|b,1\nc|d,2\n", {"delimiter": ","}),
    ],
)
def test_a_text_is_taken_apart_as_it_was_put_together(file, text, expected):
    how = detect.detect(file(text)).model_dump()
    assert {key: how[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("encoding", "words", "told"),
    [
        ("utf-8", "Zürich", "utf-8"),
        ("utf-8-sig", "Zürich", "utf-8"),
        ("utf-16", "Zürich", "utf-16"),
        ("utf-16-le", "Zürich", "utf-16-le"),
        ("utf-16-be", "Zürich", "utf-16-be"),
        ("utf-32", "Zürich", "utf-32"),
        ("cp1252", "Zürich „naïve“ 5 €", "cp1252"),
        ("latin-1", "Zürich Genève Málaga", "cp1252"),
    ],
)
def test_the_encoding_is_told_and_what_was_written_is_read(file, encoding, words, told):
    path = file(f"town,amount\n{words},1\nBern,2\n".encode(encoding))
    how = detect.detect(path)

    assert how.encoding == told
    assert read(path, how)["town"].to_pylist() == [words, "Bern"]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1251", "Москва|Санкт-Петербург|Нижний Новгород|Екатеринбург|Казань|Самара|Омск"),
        ("shift_jis", "東京都千代田区|大阪府大阪市|北海道札幌市|神奈川県横浜市|愛知県名古屋市"),
        ("gb18030", "北京市朝阳区|上海市浦东新区|广州市天河区|深圳市南山区|成都市武侯区"),
    ],
)
def test_other_encodings_are_guessed_from_enough_text(file, encoding, words):
    towns = words.split("|")
    path = file(("town;n\n" + "".join(f"{town};1\n" for town in towns * 5)).encode(encoding))

    assert read(path, detect.detect(path))["town"].to_pylist() == towns * 5


def test_one_awkward_letter_far_below_tells_the_encoding_too(file):
    path = file(CSV.encode() * 20_000 + "José,1\n".encode("cp1252"))
    assert detect.detect(path).encoding == "cp1252"


def packed(name, content):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__MACOSX/._x", "")
        file.writestr(name, content)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(CSV.encode(), mtime=0), "csv"),
        (packed("x.csv", CSV), "csv"),
        (b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        (codecs.BOM_UTF8 + b'{"a": 1}\n', "jsonl"),
        (gzip.compress(b'{"a": 1}\n', mtime=0), "jsonl"),
        (pd.DataFrame({"a": [1]}).to_parquet(), "parquet"),
    ],
)
def test_the_kind_of_a_file_is_told_from_its_content(file, content, kind):
    assert detect.detect(file(content, "whatever.dat")).kind == kind


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b"a,b\n1,\0\n", "line 2 holds a NUL byte"),
        (b'[{"a": 1}]', "is a JSON array: write it as JSON lines"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xd0\xcf\x11\xe0 and more", r"old Excel file \(\.xls\): save it as \.xlsx"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04 cut", "damaged or cut off"),
        (b"\x1f\x8b cut", "damaged or cut off"),
        (gzip.compress(gzip.compress(CSV.encode(), mtime=0), mtime=0), "packed twice"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(file, content, problem):
    with pytest.raises(SourceError, match=r"table\.csv.*" + problem):
        detect.detect(file(content))


def test_a_path_that_is_missing_hidden_or_a_folder_of_nothing_is_refused(tmp_path):
    for path, problem in (("nowhere.csv", "does not exist"), (".secret.csv", "begins with a dot")):
        (tmp_path / ".secret.csv").touch()
        with pytest.raises(SourceError, match=problem):
            detect.files(tmp_path / path)
    with pytest.raises(SourceError, match="holds no file"):
        detect.files(tmp_path)


def test_the_files_of_a_folder_must_be_written_alike(tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text(CSV.replace(",", ";"))

    with pytest.raises(
        SourceError, match=r"b\.csv is not written as .*a\.csv: its delimiter is ';'"
    ):
        detect.formats(detect.files(tmp_path))


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (["town,n\nBern,1\n", "town,n\nZürich,1\n"], {"encoding": "cp1252"}),
        (["a;b\nx;1\n", "a;b\ny;2,5\n"], {"decimal": ","}),
        (["a,b\nx,1\n", "a,b\n'y, z',2\n"], {"quote": "'"}),
        (["a,b\nx,1\n", "a,b\ny,2\n"], {"encoding": "utf-8", "decimal": "."}),
    ],
)
def test_a_file_that_does_not_tell_follows_the_others(tmp_path, contents, expected):
    for order in (contents, contents[::-1]):
        for name, content in zip("ab", order, strict=True):
            (tmp_path / f"{name}.csv").write_bytes(content.encode("cp1252"))
        how = detect.formats(detect.files(tmp_path)).model_dump()
        assert {key: how[key] for key in expected} == expected


def test_plain_letters_are_not_taken_for_wide_ones(tmp_path):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-16")
    (tmp_path / "b.csv").write_text(CSV)
    with pytest.raises(
        SourceError, match=r"b\.csv is not written as .*a\.csv: its encoding is 'utf-8'"
    ):
        detect.formats(detect.files(tmp_path))


def workbook(path, **sheets):
    """A workbook with a sheet for each name, of some rows."""
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)


def test_the_first_sheet_of_each_workbook_is_read_and_the_others_are_told(tmp_path):
    rows = [["a", "b"], [1, "x"], [2, "y"]]
    workbook(tmp_path / "may.xlsx", May=rows, Notes=rows)
    workbook(tmp_path / "june.xlsx", June=rows)
    files = detect.files(tmp_path)
    alone = detect.detect(tmp_path / "may.xlsx")
    how = detect.formats(files)

    assert (alone.sheet, how.sheet) == ("May", None)
    assert [read(path, how).num_rows for path in files.values()] == [2, 2]
    (told,) = user_warnings.of_sheets(files.values(), how)
    assert told.startswith("may.xlsx: sheet May is read, not Notes; to read another")


def test_a_workbook_needs_a_package_more_and_says_so(file):
    path = file(packed("xl/workbook.xml", "<workbook/>"), "table.xlsx")
    with pytest.raises(
        SourceError, match=r"table\.xlsx is (an Excel file, which needs|not a readable Excel)"
    ):
        detect.detect(path)


def test_the_name_of_the_target_tells_a_header(file) -> None:
    path = file("town,answer\nvillage,ja\ntown,oui\ncity,si\n")
    assert not detect.detect(path).header  # for town is a value, too
    assert detect.formats({"all": path}, "answer").header
    assert not detect.formats({"all": path}, "ja").header


def test_the_name_of_the_target_tells_the_lines_before_a_header(file) -> None:
    path = file(
        "Sales,2020,,\nin,euros,,\ntown,shop,n,paid\nBern,a,5,yes\nBern,b,7,no\nUri,a,9,no\n"
    )
    told = detect.formats({"all": path}, "paid")
    assert (told.skip, told.header) == (2, True)
    assert detect.formats({"all": path}, "Uri").skip == 0  # what the user meant is a value
    alone = file("paid,,\n1,2,3\n4,5,6\n7,8,9\n")
    assert detect.formats({"all": alone}, "paid").skip == 0  # a header of one name is no title
