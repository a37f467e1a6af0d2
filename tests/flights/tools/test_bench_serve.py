"""The page has what wrk prints, and a failed request is no figure."""

import pytest
from tools.flights import bench_serve
from tools.flights.bench_serve import Start

from truerun.base.errors import TruerunError

PRINTED = """\
Running 10s test @ http://127.0.0.1:8000/v1/predict
    Latency    23.69ms   12.52ms 108.45ms   79.72%
  Latency Distribution
     50%  784.00us
     75%   27.96ms
     99%    1.20s
  4000 requests in 10.00s, 701.81KB read
"""


def test_the_page_has_what_wrk_prints() -> None:
    load = bench_serve.parsed("plain", 16, PRINTED.replace("1.20s", "1.20s "), 2.0)
    assert (load.a_second, load.processor, load.median, load.most) == (400, 0.5, 0.784, 1200)
    page = bench_serve.page([load], {"plain": Start(1.25, 54.66)}, 3.14)
    assert "| plain | 16 | 400 | 0.50 | 0.8 | 1200.0 |" in page
    assert "| plain | 1.2 | 55 |" in page
    assert "whose load was 3.1" in page


@pytest.mark.parametrize(
    "printed", [PRINTED + "  Non-2xx or 3xx responses: 3\n", "nothing", PRINTED.replace("99%", "")]
)
def test_what_is_no_figure_is_refused(printed: str) -> None:
    with pytest.raises(TruerunError):
        bench_serve.parsed("plain", 1, printed, 1.0)
