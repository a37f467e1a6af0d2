"""The draw of training rows: whole clusters, whatever the order, as many as may be."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from truerun.base.errors import ModelError
from truerun.model import draw

CLUSTERS = st.lists(st.integers(0, 20), min_size=1, max_size=60)


@given(CLUSTERS, st.integers(1, 70), st.integers(0, 9))
def test_clusters_are_whole_and_as_many_as_the_rows_allow(
    clusters: list[int], most: int, seed: int
) -> None:
    rows = pd.DataFrame({"day": clusters})
    sizes = rows["day"].value_counts()
    try:
        taken = draw.drawn(rows, most, seed)
    except ModelError as error:
        assert sizes.max() > most
        assert "train.max_rows" in str(error)
        return
    assert taken.sum() <= most
    assert taken.all() or taken.sum() + sizes.max() > most
    days = rows["day"][taken]
    assert not set(days) & set(rows["day"][~taken])
    order = np.random.default_rng(seed).permutation(len(rows))
    assert (draw.drawn(rows.iloc[order], most, seed) == taken[order]).all()
    fewer = rows.iloc[: len(rows) // 2]
    if len(fewer):
        of_fewer = set(fewer["day"][draw.drawn(fewer, most, seed)])
        assert set(days) & set(fewer["day"]) <= of_fewer
