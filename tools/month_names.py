"""Names of the months in the languages of the world, from CLDR, for `adopt` to know dates by.

Writes src/truerun/adopt/columns/month_names.txt: a line for each language, its code, and for each
month, from January's on, the names that it has in dates, in lower case and without a full stop.
Babel brings CLDR's data, and is needed for nothing else: install it before (`pip install babel`).

Usage:
  python -m tools.month_names
"""

import importlib
import re
import sys
from pathlib import Path

WORD_OF = re.compile("^(?:de |d['\u2019])")  # in Catalan
PLACE = Path("src/truerun/adopt/columns/month_names.txt")
LANGUAGES = (  # of two that know the same words, the first is taken
    *("es", "pt", "fr", "de", "it", "nl", "ru", "pl", "tr", "id", "uk", "sv", "ro", "cs", "el"),
    *("hu", "da", "fi", "nb", "bg", "hr", "sr", "sr_Latn", "sk", "sl", "ca", "vi", "af", "az"),
    *("bs", "cy", "et", "eu", "ga", "gl", "hy", "is", "ka", "kk", "lt", "lv", "mk", "ms", "sq"),
    *("sw", "uz", "be", "he", "hi", "bn", "ar", "fa", "th", "fil", "zu", "mt", "lb", "fo"),
)


def names(language: str) -> list[list[str]]:
    """The names of each month in a language."""
    dates = importlib.import_module("babel.dates")
    months: list[list[str]] = []
    for month in range(1, 13):
        spelled = {
            WORD_OF.sub("", dates.get_month_names(width, context, language)[month])
            .casefold()
            .rstrip(".")
            for width in ("abbreviated", "wide")
            for context in ("format", "stand-alone")
        }
        months.append(sorted(name for name in spelled if any(map(str.isalpha, name))))
    return months


def main() -> None:
    """Write the file."""
    lines = []
    for language in LANGUAGES:
        months = names(language)
        if all(months):
            lines.append(f"{language} " + "|".join(",".join(month) for month in months))
    PLACE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{PLACE}: {len(lines)} languages\n")


if __name__ == "__main__":
    main()
