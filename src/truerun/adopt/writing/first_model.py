"""Whether the first model has learned anything."""

from truerun.comparison.comparison import MetricDifference
from truerun.report import words


def no_gain_warning(difference: MetricDifference) -> list[str]:
    """A warning for a model that is not surely better than the baseline."""
    if difference.verdict == "better":
        return []
    fields = difference.model_dump()
    name, interval = words.label(fields), words.interval(fields, ", 95 %: ", "")
    model, baseline = words.side(fields, "head"), words.side(fields, "base")
    text = (
        f"Nothing is learned for sure: {name} is {model} on the test rows, and {baseline} with one "
        f"score for everyone ({interval}). Other columns or more rows may help."
    )
    return [text, ""]
