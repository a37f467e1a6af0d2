"""The draw of training rows: whole clusters, whatever the order, as many as may be."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truerun.base.errors import ModelError
from truerun.model import draw

CLUSTERS = st.lists(st.integers(0, 20), min_size=1, max_size=60)


@pytest.mark.slow
@given(CLUSTERS, st.integers(1, 70), st.integers(0, 9))
def test_clusters_are_whole_and_as_many_as_the_rows_allow(
    clusters: list[int], most: int, seed: int
) -> None:
    rows = pd.DataFrame({"day": clusters})
    sizes = rows["day"].value_counts()
    if sizes.max() > most:
        with suppress(ModelError):  # where the first cluster is one of the large ones
            assert draw.drawn(rows, most, seed).any()
        return
    taken = draw.drawn(rows, most, seed)
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


def test_a_first_cluster_that_is_too_large_is_refused() -> None:
    rows = pd.DataFrame({"day": [1, 1, 1]})
    with pytest.raises(ModelError, match=r"max_rows is 2, fewer than the 3 rows of one value"):
        draw.drawn(rows, 2, 0)
