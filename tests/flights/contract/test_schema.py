"""The contract of the flights: it loads, and its names fit together."""

from tests.conftest import ROOT
from truerun.contract import contract as contracts


def test_the_contract_of_the_repository_loads_and_its_names_fit_together():
    loaded = contracts.load(ROOT / "schema.yaml")

    assert loaded.target == "late"
    assert loaded.time in loaded.columns
    assert set(loaded.key) <= set(loaded.columns)
    assert loaded.target not in loaded.features()
    assert not set(loaded.key[:1]) & set(loaded.features())
    assert {check.name for check in loaded.checks} == {
        "dew_point_below_temperature",
        "wind_below_gusts",
        "leaves_its_origin",
    }
