"""Names, numbers and phones are known by what they are, and not by the column's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.br import cpf
from stdnum.pl import pesel

from truerun.adopt.columns import personal
from truerun.adopt.columns.personal import check_digits, given_names, phone_numbers
from truerun.adopt.columns.personal.kind import Candidate


def suspected(texts, name="x1", kind="category"):
    return personal.suspect(Candidate(name, texts, kind, 1.0))


@pytest.mark.parametrize(
    "text",
    [
        "Braund, Mr. Owen Harris",
        "Cumings, Mrs. John Bradley (Florence Briggs Thayer)",
        "Maarten",
        "García, José",
        "Иванова Мария Петровна",
        "王芳",
        "김민준",
        "佐藤健",
        "Herr Dr. Vogt",
        "J. P. Morgan",
        "Anna-Lena Schmidt",
        "van der Berg, Pieter",
        "Μαρία Παπαδοπούλου",
    ],
)
def test_a_name_is_a_name_in_any_language_and_length(text):
    assert given_names.certainty(text) >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "12", "Desk Lamp", "Acme Inc.", "University of Oslo", "red", "Main Street",
        "a@b.co",
        "the old man and the sea", "Room 5", "北京市朝阳区建国路",
        "N14228", "AB-12", "?",
    ],
)  # fmt: skip
def test_other_texts_are_no_names(text):
    assert given_names.certainty(text) == 0


@given(st.text(max_size=120))
def test_any_text_has_a_certainty(text):
    assert 0 <= given_names.certainty(text) <= 1


def test_a_name_of_things_hides_no_names_beyond_doubt_and_makes_none():
    persons = ["Randy Gradishar", "Chris Ward", "Keith Byars", "Jack Tatum", "Charles Bolen"]
    colours = ["Rose", "Violet", "Amber", "Olive", "Ruby", "Hazel"]

    assert suspected(persons, "county") == "names of persons"
    assert suspected(colours, "color") is None
    assert suspected(["Heald", "Stone", "Pratte", "Marceau", "Hugessen"], "product") is None


def test_numbers_with_check_digits_are_known_without_a_name():
    numbers = [f"{base}{cpf._calc_check_digits(str(base))}" for base in range(529982240, 529982260)]
    wrong = [number[:-1] + str((int(number[-1]) + 1) % 10) for number in numbers]

    assert check_digits.standard(numbers) == "br.cpf"
    assert suspected(numbers, kind="number") == "social security numbers"
    assert check_digits.standard(wrong) is None
    assert check_digits.standard(numbers[:18] + wrong[:2]) == "br.cpf"
    assert check_digits.standard(numbers[:17] + wrong[:3]) is None


def test_few_bare_digits_may_be_right_by_chance_and_with_letters_or_marks_not():
    bases = [f"8{year}0{month}15{month}00{month}" for year in range(1, 4) for month in range(1, 4)]
    numbers = [base + pesel.calc_check_digit(base) for base in bases]

    assert check_digits.standard(numbers) == "pl.pesel"
    assert check_digits.standard(numbers[:7]) is None
    assert check_digits.standard(["529.982.247-25", "111.444.777-35"]) == "br.cpf"
    assert check_digits.standard(["536-90-4399", "212-34-5678"]) == "us.ssn"
    assert check_digits.standard(["536904399", "212345678"] * 5) is None
    assert check_digits.standard([]) is None


def test_every_standard_that_is_named_exists():
    for name in check_digits.STANDARDS:
        assert check_digits._module(name).is_valid("x") is False


@pytest.mark.parametrize(
    ("texts", "are"),
    [
        (["+49 171 2345678", "+31 20 624 1111", "0033 1 42 68 53 00"], True),
        (["06 12 34 56 78", "07 81 23 45 67", "01 42 68 53 00"], True),
        (["9876543210", "9123456780"], False),
        (["978-3-16-148410-0", "978-0-306-40615-7"], False),
        (["17-000003", "17-009803"], False),
        (["05-01-2020 10", "06-02-2020 11"], False),
        (["48.8566 2.3522", "52.5200 13.4050"], False),
        (["+00 000", "call me"], False),
    ],
)
def test_phone_numbers_are_those_that_can_be_called(texts, are):
    assert phone_numbers.certified(texts) == are
