"""No column knows what it must not, the ones of src/PROJECT/features.py included.

A test of your own is a function whose name begins with test_, in any file of this folder. Of a
column of yours it can say what a row gives, worked out by hand:

    import pandas as pd
    from PROJECT.features import FEATURES

    def test_charges_are_divided_by_months():
        rows = pd.DataFrame({"charges": [60.0], "months": [3.0]})
        assert list(FEATURES["charges_per_month"](rows)) == [20.0]
"""

from truerun.testing import leaks


def test_the_order_of_rows_does_not_matter(project):
    leaks.check_order(project)


def test_the_target_is_not_looked_at(project):
    leaks.check_target(project)


def test_training_rows_know_nothing_of_test_rows(project):
    leaks.check_test_rows(project)


def test_rows_know_nothing_of_later_rows(project):
    leaks.check_later_rows(project)
