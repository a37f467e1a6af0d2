"""The commands of a page, and what it shows of what they print."""

import re
from collections.abc import Iterator


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Each command in the text of a page, and what it shows of what that prints."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            yield command, shown


def holds(printed: str, shown: str) -> bool:
    """Whether a text is what is shown of it, where a line of … stands for any lines."""
    parts = [re.escape(part) for part in re.split(r"^…\n", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), printed) is not None
