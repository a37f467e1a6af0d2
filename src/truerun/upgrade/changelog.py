"""What the changelog of a package tells of the versions between two."""

import re

from truerun.package.versions import VERSION, lies_between

PLACE = "package/CHANGELOG.md"  # in the package
SECTION = re.compile(rf"^## \[({VERSION.pattern})\].*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def between(text: str, old: str, new: str) -> str:
    """The sections of the versions newer than the old one, and no newer than the new one."""
    sections = [match[0] for match in SECTION.finditer(text) if lies_between(match[1], old, new)]
    return "".join(sections).rstrip("\n")
