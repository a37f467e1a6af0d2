"""Options of the command, as they can be pasted from what it prints."""

import re
import shlex

# An option and what it is given, which may stand in quotes and in pieces of them.
PASTED = re.compile(r"""--[a-z]+ (?:'[^']*'|"[^"]*"|[^\s'"\]\)])+""")


def option(name: str, *words: str) -> str:
    """An option of the command with its argument; words are joined by an equals sign.

    >>> print(option("missing", "Card Limit", "999"))
    --missing 'Card Limit=999'
    """
    return f"--{name} {shlex.quote('='.join(words))}"


def unbroken(text: str, blank: str) -> str:
    """A text in which no option has a blank where a line might end: it has another mark there.

    >>> unbroken("is it? Then --missing 'Card Limit=999'", "_")
    "is it? Then --missing_'Card_Limit=999'"
    """
    return PASTED.sub(lambda match: match[0].replace(" ", blank), text)
