"""What the charts of histograms have in common."""

from itertools import pairwise

from truerun.report.words import DECIMALS, HUGE, TINY, Json, places


def drawable(histogram: Json) -> bool:
    """Whether the bins ascend, are as many as the counts, and hold rows."""
    edges, counts = histogram["edges"], histogram["counts"]
    ascend = all(low < high for low, high in pairwise(edges))
    if len(edges) != len(counts) + 1 or not ascend or not any(counts):
        return False
    return bool(edges[-1] - edges[0] >= TINY and max(map(abs, edges)) < HUGE)


def most_common(histogram: Json) -> tuple[float, float]:
    """The ends of the bin with the most rows."""
    number = histogram["counts"].index(max(histogram["counts"]))
    return histogram["edges"][number], histogram["edges"][number + 1]


def decimals_of(scores: Json, key: str) -> int:
    """Decimals of probabilities, or of predictions as their histogram asks for."""
    return DECIMALS if scores["moved"] is None else places(*scores[key]["edges"])
