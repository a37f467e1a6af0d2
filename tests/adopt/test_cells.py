"""Cells as people, spreadsheets and other languages write them: read, or refused by name."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truerun.adopt.columns import number_formats, spellings
from truerun.adopt.columns.month_names import months_of
from truerun.adopt.request import Request
from truerun.adopt.table_profile import TableProfile, profile_table
from truerun.adopt.writing import profile_text
from truerun.base.errors import AdoptError, SourceError
from truerun.sources.table import source
from truerun.sources.table.cells import read
from truerun.sources.table.rows import labelled

ROWS = 240


def profiled(
    path: Path, content: str | dict[str, Any], target: str = "y", **more: Any
) -> TableProfile:
    """The profile of a file with this text, or of these columns."""
    path.mkdir(exist_ok=True)
    file = path / "table.csv"
    if isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    else:
        pd.DataFrame(content).to_csv(file, index=False)
    return profile_table(file, Request(target, **more))


def rows_of(path: Path, profile: TableProfile) -> pd.DataFrame:
    """The prepared rows, in the order of the file."""
    file = path / "table.csv"
    return labelled(read(file, profile.options.format), profile.options, file, "table")[1]


def reason(profile: TableProfile, column: str) -> str:
    """Why a column is read as it is."""
    return next(each.reason for each in profile.decisions if each.column == column)


def target() -> list[float]:
    """A target of numbers."""
    return np.random.default_rng(1).normal(50, 9, ROWS).round(2).tolist()


def place_of() -> list[int]:
    """A column that is left, whatever becomes of the others."""
    return [place % 9 for place in range(ROWS)]


@pytest.mark.parametrize(
    ("texts", "numbers", "told"),
    [
        (["1133 - 1384", *map(str, range(900, 930))], 1258.5, "a range counts as its middle"),
        (["5%", "0.07", "0.12"], 0.05, "% is 0.01"),
        (["5%", "7", "12"], 5, "% is left out"),
        (["$1.5M", "$300K", "$0"], 1.5e6, "in $; K is 1000; M is 1e+06"),
        (["2 kg", "300 g", "1.5 kg"], 2000, "g is left out; kg is 1000"),
        (["1,234.5", "12", "1.234,5"], 1234.5, "the other way round"),
        (["2,71", "3.14", "8.25", "1.41"], 2.71, "the other way round"),
        (["1 1/2", "3/4", "2"], 1.5, "some as fractions"),
        (["10,000+", "5,000+", "100+"], 10_000, "a bound counts as its number"),
        (["approx. 12.5", "approx. 9", "approx. 31"], 12.5, "a bound counts as its number"),
        (["54.5 m2", "61 m2", "120 m2"], 54.5, "in m2"),
        (["7,5 l/100km", "4,9 l/100km", "11 l/100km"], 7.5, "in l/100km, with a decimal comma"),
        (["4.1/5", "3/5", "2.9/5"], 4.1, "in /5"),
        (["8 of 10", "9 of 10", "10 of 10"], 8, "in of 10"),
        (["2h 50m", "19h", "1h 5m"], 170, "a duration counts in minutes"),
        (["1 day 2 hours", "3 hrs 20 mins", "45 min"], 1560, "a duration counts in minutes"),
        (["2:05 PM", "12:30 am", "11:59 AM"], 845, "a time counts in minutes"),
        (["07:20", "22:05", "9:15"], 440, "a time counts in minutes"),
        (["2:07:30", "3:10:00", "2:59:59"], 127.5, "a time counts in minutes"),
        (["₹12,34,567", "₹9,99,000", "₹85,000"], 1_234_567, "in ₹, digits in groups by ,"),
        (["1200-1400m", "1500", "900m", "1000m"], 1300, "in m; a range counts as its middle"),
        (["20-25°C", "18°C", "22-24°C"], 22.5, "in °C; a range counts as its middle"),
        (["$45K-$60K", "$80K", "$90K+"], 52_500, "K is 1000; a bound counts as its number; a ra"),
        (["1133 - 1384 sq ft", "1,200 sq ft", "900 sq ft"], 1258.5, "in sq ft"),
        (["2 years 3 months", "5 years", "11 months"], 27, "years and months count in months"),
        (["1yrs 11mon", "0yrs 3mon", "4yrs 0mon"], 23, "years and months count in months"),
        (["5'11\"", "6'2\"", "5'4\""], 71, "feet count in inches"),
        (["four", "two", "12"], 4, "some as words (four, two)"),
        (["vier", "zwei", "zwölf"], 4, "some as words"),
    ],
)
def test_numbers_in_text_are_numbers_and_told(
    tmp_path: Path, texts: list[str], numbers: float, told: str
) -> None:
    profile = profiled(tmp_path, {"x": np.resize(texts, ROWS), "y": target()})
    assert told in reason(profile, "x")
    rows = rows_of(tmp_path, profile)
    assert rows["x"].notna().all()
    assert rows["x"][0] == pytest.approx(numbers)
    assert len(rows["x"].unique()) >= len(texts) - 1  # two of them may be written otherwise


def test_a_unit_beside_bare_cells_counts_only_if_the_name_tells_theirs() -> None:
    texts = ["2 kg", "300", "450"]
    notation, share = number_formats.infer_format("weight_g", texts, ".")
    assert (notation.read(pa.array(texts)).tolist(), share) == ([2000, 300, 450], 1.0)
    notation, share = number_formats.infer_format("weight_kg", texts, ".")
    assert notation.read(pa.array(texts)).tolist() == [2, 300, 450]
    assert number_formats.infer_format("weight", texts, ".")[1] < 1


@pytest.mark.parametrize(
    "texts",
    [["0-17", "18-64", "65+"], ["<=50K", ">50K"], ["120/80", "130/85"], ["555-1234", "555-9876"]],
)
def test_bands_and_codes_stay_categories(tmp_path: Path, texts: list[str]) -> None:
    profile = profiled(tmp_path, {"x": np.resize(texts, ROWS), "y": target()})
    assert profile.options.columns["x"].as_ == "category"


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["01-ene.-20", "15-feb.-20", "31-dic.-20"], "2020-01-01"),
        (["5 de marzo de 2020", "1 de mayo de 2021", "7 de agosto de 2021"], "2020-03-05"),
        (["1er janvier 2020", "3 févr. 2020", "8 août 2021"], "2020-01-01"),
        (["5. März 2020", "1. Mai 2020", "24. Dezember 2020"], "2020-03-05"),
        (["5 мая 2020", "3 янв. 2021", "9 декабря 2021"], "2020-05-05"),
        (["2020. jan. 5.", "2020. márc. 15.", "2021. szept. 9."], "2020-01-05"),
        (["12 Ağu 2020", "3 Şub 2021", "5 Eki 2021"], "2020-08-12"),
        (["3-mrt-2020", "15-mei-2020", "9-okt-2020"], "2020-03-03"),
        (["ene-20", "feb-20", "ago-21"], "2020-01-01"),
        (["10/Dez/2020", "03/Out/2020", "21/Fev/2021"], "2020-12-10"),
    ],
)
def test_dates_in_the_languages_of_the_world(tmp_path: Path, texts: list[str], first: str) -> None:
    profile = profiled(tmp_path, {"when": np.resize(texts, ROWS), "y": target()})
    assert "is January" in reason(profile, "when")
    rows = rows_of(tmp_path, profile)
    assert rows["when"].notna().all()
    assert str(rows["when"][0])[:10] == first


@pytest.mark.parametrize(
    "texts",
    [["2013Q4", "2014Q1", "2014Q2"], ["Q4 2013", "Q1 2014", "Q3 2014"], ["2013-Q4", "2015-Q2"]],
)
def test_a_quarter_of_a_year_is_a_date(tmp_path: Path, texts: list[str]) -> None:
    profile = profiled(tmp_path, {"when": np.resize(texts, ROWS), "y": target()})
    assert profile.options.columns["when"].as_ == "date"
    rows = rows_of(tmp_path, profile)
    assert rows["when"].notna().all()
    assert str(rows["when"][0])[:10] == "2013-10-01"


@pytest.mark.slow
def test_a_word_that_would_always_be_the_same_month_is_none(tmp_path: Path) -> None:
    floors = [f"{place % 20 + 1} out of {place % 9 + 21}" for place in range(ROWS)]
    profile = profiled(tmp_path / "floors", {"floor": floors, "a": place_of(), "y": target()})
    assert profile.options.columns["floor"].as_ != "date"
    days = [f"{place % 28 + 1} de outubro de 2022" for place in range(ROWS)]
    profile = profiled(tmp_path / "days", {"day": days, "a": place_of(), "y": target()})
    assert profile.options.columns["day"].as_ == "date"


@pytest.mark.parametrize(
    "texts",
    [
        [f"{month:02}/10" for month in range(1, 13)],  # of 2010
        [f"{row}{seat}" for row in range(1, 40) for seat in "DHMS"],  # of an aircraft
        ["1/5", "1/10", "3/5", "7/10"],  # of either
    ],
)
def test_what_may_be_something_else_is_no_number_of_a_unit(
    tmp_path: Path, texts: list[str]
) -> None:
    profile = profiled(tmp_path, {"x": np.resize(texts, ROWS), "a": place_of(), "y": target()})
    assert profile.options.columns["x"].as_ != "number"


def test_numbers_in_a_form_that_is_not_read_are_told_of(tmp_path: Path) -> None:
    pressure = [f"{110 + place % 20}/{70 + place % 12}" for place in range(ROWS)]
    codes = [f"B{place % 20}-{place % 7}" for place in range(ROWS)]
    columns = {"bp": pressure, "bin": codes, "y": target()}
    told = [each for each in profiled(tmp_path, columns).warnings if "a form that is not" in each]
    assert [each.split()[0] for each in told] == ["bp"]
    assert "--drop bp leaves it out" in told[0]


def test_digits_of_other_scripts_are_read(tmp_path: Path) -> None:
    arabic = str.maketrans("0123456789", "".join(map(chr, range(0x660, 0x66A))))
    wide = str.maketrans("0123456789", "".join(map(chr, range(0xFF10, 0xFF1A))))
    numbers = [place * 7 % 90 + 0.5 for place in range(ROWS)]
    columns = {"a": [str(n).translate(arabic) for n in numbers], "y": target()}
    columns["w"] = [str(n).translate(wide) for n in numbers]
    rows = rows_of(tmp_path, profiled(tmp_path, columns))
    assert rows["a"].tolist() == rows["w"].tolist() == numbers


def test_of_two_languages_the_one_that_knows_more_months_is_taken() -> None:
    assert months_of(["5. listopada 2020", "3. kolovoza 2020"])[9].startswith("listopad")
    assert months_of(["5 listopada 2020", "3 sierpnia 2020"])[10].startswith("listopad")
    assert months_of(["hello", "world"]) == ()


EVENINGS = [
    dt.datetime(2024, 3, day, 22, 15, tzinfo=ZoneInfo("America/New_York")) for day in range(1, 31)
]


def test_parts_of_a_local_time_are_local(tmp_path: Path) -> None:
    written = [moment.isoformat() for moment in EVENINGS]  # before and after the clocks change
    profile = profiled(tmp_path, {"at": np.resize(written, ROWS), "y": target()})
    assert "of the local time that is written" in reason(profile, "at")
    rows = rows_of(tmp_path, profile)
    assert str(rows["at"][0]) == "2024-03-02 03:15:00+00:00"  # the moment itself
    assert "at hour" not in rows  # it is 22 in all rows
    weekdays = [moment.weekday() for moment in EVENINGS]
    assert rows["at weekday"][:30].tolist() == weekdays


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d %H:%M:%S {}", "%a %b %d %H:%M:%S {} %Y", "%m/%d/%Y %I:%M %p {}"]
)
def test_zones_in_letters_are_read(tmp_path: Path, form: str) -> None:
    texts = [moment.strftime(form.format("%Z")) for moment in EVENINGS]
    assert {text.count("EST") for text in texts} == {0, 1}  # the clocks change in March
    profile = profiled(tmp_path, {"at": np.resize(texts, ROWS), "y": target()})
    rows = rows_of(tmp_path, profile)
    assert [str(moment) for moment in rows["at"][:30]] == [
        str(pd.Timestamp(moment).tz_convert("UTC")) for moment in EVENINGS
    ]
    assert rows["at weekday"][:30].tolist() == [moment.weekday() for moment in EVENINGS]


def test_a_zone_of_parquet_is_kept(tmp_path: Path) -> None:
    moments = [moment.astimezone(dt.UTC) for moment in EVENINGS] * (ROWS // len(EVENINGS))
    at = pa.array(moments, pa.timestamp("us", "America/New_York"))
    file = tmp_path / "table.parquet"
    pq.write_table(pa.table({"at": at, "y": target()}), file)
    profile = profile_table(file, Request("y"))
    rows = labelled(read(file, profile.options.format), profile.options, file, "table")[1]
    assert rows["at weekday"][:30].tolist() == [moment.weekday() for moment in EVENINGS]
    assert str(rows["at"][0]) == "2024-03-02 03:15:00+00:00"


def test_a_declared_category_of_parquet_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "table.parquet"
    frame = pd.DataFrame({"ward": np.resize([11, 12, 13, 14], ROWS), "y": target()})
    frame["ward"] = frame["ward"].astype("category")
    frame.to_parquet(file)
    profile = profile_table(file, Request("y"))
    assert reason(profile, "ward") == "declared as such"
    assert profile.columns["ward"]["categories"] == ("11", "12", "13", "14")
    asked = profile_table(file, Request("y", as_={"ward": "number"}))
    assert asked.options.columns["ward"].as_ == "number"


@pytest.mark.parametrize(
    ("texts", "is_boolean"),
    [
        (["o", "t", "n"], False),
        (["o", "n"], True),
        (["t", "n"], False),
        (["yes", "no", "Y", "N"], True),
        (["t", "f", "y", "n"], False),
        (["true", "nein"], False),
        (["ja", "nein", "1", "0"], True),
        (["是", "否"], True),
    ],
)
def test_letters_are_yes_and_no_only_as_a_pair(texts: list[str], is_boolean: bool) -> None:
    assert (spellings.booleans(texts) is not None) == is_boolean


def test_codes_with_letters_are_kept(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    codes = [f"{code}.{code % 10}" for code in random.integers(140, 999, ROWS)]
    codes[::30] = ["V57", "E885.9"] * (ROWS // 60)
    profile = profiled(tmp_path, {"diag": codes, "y": target()}, keep=frozenset(["diag"]))
    assert profile.options.columns["diag"].as_ == "category"
    assert "V57" in set(rows_of(tmp_path, profile)["diag"])


def test_rows_without_any_cell_are_no_rows(tmp_path: Path) -> None:
    lines = [f"{day:02}/03/2004;{day / 7:.1f};;" for day in range(1, 29)]
    text = "\n".join(["Date;y;;", *lines[:20], ";;;", "; ;;", *lines[20:], ";;;", ";;;"])
    profile = profiled(tmp_path, text)
    assert profile.rows == 28
    warnings = "\n".join(profile.warnings)
    assert "--time Date" in warnings
    assert "missing" not in warnings
    assert "repeat" not in warnings
    assert len(source.prepare(tmp_path, "table", profile.options).rows) == 28


HEADERS = "a,b,c,y\nWeight,Age,Kind,Price\n"
BODY = "".join(f"{place / 3:.2f},{place % 70},k{place % 3},{place * 1.5}\n" for place in range(60))


@pytest.mark.parametrize(
    "second", ["Weight,Age,Kind,Price", "kg,years,text,EUR", "(kg),(y),,(EUR)"]
)
def test_a_second_header_is_refused_by_that_name(tmp_path: Path, second: str) -> None:
    with pytest.raises(AdoptError, match="the second line looks like the header"):
        profiled(tmp_path, f"a,b,c,y\n{second}\n{BODY}")


def test_a_second_header_is_read_if_it_names_the_target(tmp_path: Path) -> None:
    profile = profiled(tmp_path, HEADERS + BODY, "Price")
    assert list(profile.options.columns) == ["Weight", "Age", "Kind", "Price"]
    assert profile.rows == 60


def test_a_word_in_the_first_row_is_no_second_header(tmp_path: Path) -> None:
    text = "a,b,c,y\nn.k.,5,k1,8\n" + BODY
    assert profiled(tmp_path, text).rows == 61


def test_a_file_without_header_says_what_its_columns_are_called(tmp_path: Path) -> None:
    with pytest.raises(AdoptError, match=r"has no header: it has column 1 to column 4"):
        profiled(tmp_path, BODY, "price")
    profile = profiled(tmp_path, BODY, "column 4")
    assert "no header: columns are column 1 to column 4" in "\n".join(profile_text.lines(profile))


def test_lines_that_are_one_quoted_cell_are_refused_by_that_name(tmp_path: Path) -> None:
    text = "".join(f'"{line}"\n' for line in ("a,b,c,y\n" + BODY).splitlines())
    with pytest.raises(SourceError, match="each line is one quoted cell, in which 4 cells are"):
        profiled(tmp_path, text)
    doubled = '"a,b,""c"""\n"1,2,""x"""\n"2,3,""y"""\n'
    with pytest.raises(SourceError, match="each line is one quoted cell"):
        profiled(tmp_path, doubled, "a")
    single = '"a"\n' + "".join(f'"{place}"\n' for place in range(30))
    with pytest.raises(AdoptError, match="no column y"):
        profiled(tmp_path, single)


def test_empty_columns_at_the_end_are_read_and_rows_longer_than_the_header_named(
    tmp_path: Path,
) -> None:
    lines = ("a,b,c,y\n" + BODY).splitlines()
    profile = profiled(tmp_path, "".join(f"{line},,\n" for line in lines))
    assert [each.kind for each in profile.decisions][-2:] == ["empty", "empty"]
    with pytest.raises(SourceError, match="does each row end with ',', and the header not"):
        profiled(tmp_path, lines[0] + "\n" + "".join(f"{line},\n" for line in lines[1:]))
    with pytest.raises(SourceError, match="does the header lack the name of the first column"):
        profiled(tmp_path, lines[0] + "\n" + "".join(f"7,{line}\n" for line in lines[1:]))


@pytest.mark.slow
def test_marks_that_a_spreadsheet_put_into_decimals_are_named(tmp_path: Path) -> None:
    damaged = np.resize(["627.5", "3.349.666.667", "12", "0.25"], ROWS)
    profile = profiled(tmp_path, {"x": damaged, "z": place_of(), "y": target()})
    warning = next(each for each in profile.warnings if each.startswith("x: damaged"))
    assert "'3.349.666.667' beside '627.5'" in warning
    assert profile.options.columns["x"].as_ == "drop"
    read_so = profiled(
        tmp_path, {"x": damaged, "z": place_of(), "y": target()}, as_={"x": "number"}
    )
    assert rows_of(tmp_path, read_so)["x"].isna().sum() == ROWS / 4
    grouped = np.resize(["1.627", "3.349.666", "12"], ROWS)  # marks of thousands all along
    assert profiled(tmp_path, {"x": grouped, "y": target()}).options.columns["x"].thousands == "."


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["SEPT4", "TP53", "1-Mar", "BRCA1"], "codes or ranges of which a spreadsheet made dates"),
        (["10-14", "15-19", "20-24", "5. Sep"], "made dates"),
        (["4006381333931", "4.00638E+12", "4006381333955"], "rounded away the last digits"),
    ],
)
def test_codes_that_a_spreadsheet_changed_are_named(
    tmp_path: Path, texts: list[str], told: str
) -> None:
    profile = profiled(tmp_path, {"x": np.resize(texts, ROWS), "z": place_of(), "y": target()})
    assert any(each.startswith("x: ") and told in each for each in profile.warnings)


def test_a_target_far_beyond_all_others_is_told(tmp_path: Path) -> None:
    numbers = target()
    numbers[7] = 5e7
    profile = profiled(tmp_path, {"x": place_of(), "y": numbers})
    assert any("the target y has 5e+07" in each for each in profile.warnings)
    plain = profiled(tmp_path, {"x": place_of(), "y": target()})
    assert not any("the target y has" in each for each in plain.warnings)
