"""What is told of the versions between two, and no more."""

import pytest

from tests.conftest import ROOT
from tests.upgrade.versions import CHANGELOG
from truerun.base.errors import PackageError
from truerun.package import contents
from truerun.package.versions import order
from truerun.upgrade import changelog


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1.0.0", "1.1.0", ["1.1.0"]),
        ("1.0.0", "2.0.0", ["2.0.0", "1.1.0"]),
        ("1.1.0", "10.0.0", ["2.0.0"]),
        ("1.1.0", "1.2.0", []),
        ("2.0.0", "2.0.0", []),
    ],
)
def test_the_sections_of_the_versions_between_two(old: str, new: str, told: list[str]) -> None:
    text = changelog.between(CHANGELOG, old, new)
    assert [line[4:-1] for line in text.splitlines() if line.startswith("## ")] == told


def test_the_package_holds_the_changelog_of_the_repository() -> None:
    text = contents.files()[changelog.PLACE].decode()
    assert text == (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [0.1.0]" in changelog.between(text, "0.0.9", "0.1.0")


@pytest.mark.parametrize("version", ["1.0", "1.0.0rc1", "latest", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(PackageError, match="is no version of truerun"):
        order(version)
