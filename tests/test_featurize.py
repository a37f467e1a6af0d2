"""Features are made a partition at a time, and are those that scikit-learn makes of all rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import contract as contracts
from pipeline import models, params
from pipeline.sources.flights import source as flights
from pipeline.stages import featurize
from tests.conftest import ROOT

CONTRACT = contracts.load(ROOT / "schema.yaml")
CHOSEN = params.load(ROOT / "params.yaml").featurize
FEATURES = CONTRACT.features(CHOSEN.exclude)


@pytest.fixture(scope="module")
def rows(raw_sample: Path) -> pd.DataFrame:
    return flights.prepare(raw_sample, "2013-10", flights.Options(horizon_hours=3)).rows


@pytest.mark.parametrize(
    ("features", "max_one_hot"),
    [
        (FEATURES, CHOSEN.max_one_hot),
        (FEATURES, 1),  # all text is target-encoded
        (FEATURES, 500),  # none is
        (["carrier", "destination"], 20),
        ([name for name in FEATURES if CONTRACT.columns[name].type != "text"], 20),
    ],
    ids=["as in params.yaml", "target-encoded", "one-hot", "text alone", "numbers alone"],
)
@pytest.mark.parametrize("kind", ["real", "with gaps", "few rows"])
def test_a_fit_on_the_text_alone_is_the_fit_on_all_columns(
    rows: pd.DataFrame, tmp_path: Path, features: list[str], max_one_hot: int, kind: str
) -> None:
    if kind == "few rows":
        rows = rows.groupby("late").head(20).reset_index(drop=True)
    if kind == "with gaps":
        gaps = {
            name: rows[name].mask(rows["flight"] % 7 == 0) for name in ("carrier", "destination")
        }
        rows = rows.assign(**gaps)
    text = rows[featurize.text_columns(features, CONTRACT)]
    chosen = CHOSEN.model_copy(update={"max_one_hot": max_one_hot})
    whole, lean = (featurize.build(features, text, chosen) for _ in range(2))

    expected = pd.DataFrame(
        whole.fit_transform(rows[features], rows["late"]), columns=whole.get_feature_names_out()
    )
    encodings = featurize.fit(lean, features, text, rows["late"])
    made = pd.DataFrame(lean.transform(rows[features]), columns=lean.get_feature_names_out())
    made[encodings.columns] = encodings.to_numpy()
    pd.testing.assert_frame_equal(made, expected, check_exact=True)
    for name, featurizer in (("whole", whole), ("lean", lean)):
        models.dump_model(featurizer, tmp_path / name)
    assert (tmp_path / "lean").read_bytes() == (tmp_path / "whole").read_bytes()


def test_encodings_are_cross_fitted(rows: pd.DataFrame) -> None:
    """A destination of one flight is not told by that flight's own outcome."""
    text = rows[featurize.text_columns(FEATURES, CONTRACT)].assign(
        destination=[f"D{number}" for number in range(len(rows))]
    )
    featurizer = featurize.build(FEATURES, text, CHOSEN)
    encodings = featurize.fit(featurizer, FEATURES, text, rows["late"])
    late = rows["late"] == 1
    means = [encodings.loc[side.to_numpy(), "destination"].mean() for side in (late, ~late)]
    assert means == pytest.approx([rows["late"].mean()] * 2, abs=1e-3)
    assert np.ptp(featurizer.transform(rows[FEATURES].assign(**text))[:, -1]) > 0.5
