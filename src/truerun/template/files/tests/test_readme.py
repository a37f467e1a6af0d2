"""The README tells what the last run found."""

from truerun import testing


def test_the_figures_of_the_readme_are_those_of_the_last_run() -> None:
    testing.check_readme()
