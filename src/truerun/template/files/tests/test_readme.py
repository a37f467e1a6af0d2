"""The README tells what the last run found."""

from truerun.testing import readme


def test_the_figures_are_those_of_the_last_run(project):
    readme.check_figures(project)
