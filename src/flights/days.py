"""Whether the days of a month have the flights that they should."""

from collections.abc import Sequence

from truerun.base.errors import listed


def thin_days(month: str, flights: Sequence[int]) -> str | None:
    """What is wrong with the number of flights of each day of a month; None where nothing is.

    Cancelled flights count too. The quietest day of the year, Thanksgiving, has 70% of the others'.
    """
    empty = [f"{month}-{day:02}" for day, count in enumerate(flights, 1) if not count]
    if empty:
        return f"there is no flight on {listed(empty)}"
    mean = sum(flights) / len(flights)
    thin = [f"{month}-{day:02}" for day, count in enumerate(flights, 1) if count < mean / 2]
    if not thin:
        return None
    least = f"{min(flights):,} flights where the month has {mean:,.0f} a day"
    return f"rows seem to be missing on {listed(thin)}: {least}"
