"""Which columns name what a row is about, and which of them only name a place or a thing."""

import numpy as np
import pandas as pd
import pytest

from truerun.adopt.request import Request
from truerun.adopt.table_profile import profile_table

ROWS = 2000
RANDOM = np.random.default_rng(3)
BASE = {"days": RANDOM.integers(1, 9, ROWS), "done": RANDOM.choice(["yes", "no"], ROWS)}


@pytest.fixture
def profiled(tmp_path):
    def profile_columns(**columns):
        frame = pd.DataFrame({**columns, **BASE})
        frame.to_csv(tmp_path / "table.csv", index=False)
        return profile_table(tmp_path / "table.csv", Request(target="done"))

    return profile_columns


def kinds(profile):
    return {each.column: each.kind for each in profile.decisions}


@pytest.mark.parametrize("name", ["pickup_location_id", "store_nbr", "zone", "RegionCode"])
def test_numbers_of_places_are_categories_with_the_hint_to_group(profiled, name):
    profile = profiled(**{name: RANDOM.integers(1, 150, ROWS)})

    assert kinds(profile)[name] == "category"
    assert any(f"--group {name} keeps the rows" in each for each in profile.warnings)


@pytest.mark.parametrize("name", ["patient_nbr", "Kundennummer", "CustomerNo", "mrn", "user_key"])
def test_numbers_of_persons_that_repeat_are_identifiers_to_group_by(profiled, name):
    profile = profiled(**{name: 8_000_000 + 7919 * RANDOM.integers(1, 900, ROWS)})

    assert kinds(profile)[name] == "identifier"
    assert any(f"--group {name} keeps the rows" in each for each in profile.warnings)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Market Cap", "number"),
        ("cap_weight", "number"),
        ("distance_to_store", "number"),
        ("num_patients", "number"),
        ("CAP", "category"),
        ("zip_code", "category"),
    ],
)
def test_only_whole_names_of_codes_make_codes_of_numbers(profiled, name, kind):
    assert kinds(profiled(**{name: RANDOM.integers(10_000, 10_300, ROWS)}))[name] == kind


@pytest.mark.slow
def test_the_key_is_no_amount_however_it_is_written(profiled):
    area = [f"{low} - {low + 100}" for low in RANDOM.permutation(50_000)[:ROWS]]
    weight = [f"{grams / 10:.1f} kg" for grams in RANDOM.permutation(50_000)[:ROWS]]
    rooms = RANDOM.permutation(90_000)[:ROWS]
    code = [f"Z{number}" for number in RANDOM.permutation(90_000)[:ROWS]]
    profile = profiled(area=area, weight=weight, number_of_rooms=rooms, code=code)

    assert profile.key == ("code",)
    assert kinds(profile)["number_of_rooms"] == "number"


def test_of_a_number_and_its_name_the_number_stays(profiled):
    level = RANDOM.integers(1, 6, ROWS)
    words = np.array(["", "none", "school", "college", "bachelor", "master"])[level]
    profile = profiled(education=words, education_level=level)

    assert kinds(profile)["education_level"] == "number"
    (text,) = (each for each in profile.decisions if each.column == "education")
    assert (text.kind, text.reason) == ("duplicate", "repeats education_level, row by row")
