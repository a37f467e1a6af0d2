"""The model has learned something, and takes every row that may come."""

from truerun.testing import model


def test_it_is_better_than_one_score_for_everyone(project):
    model.check_better_than_baseline(project)


def test_a_category_that_was_never_seen_gets_a_score(project):
    model.check_unknown_category(project)


def test_a_missing_value_gets_a_score(project):
    model.check_missing_values(project)


def test_monotone_columns_go_one_way(project):
    model.check_directions(project)


def test_the_model_gives_the_scores_that_were_written(project):
    model.check_predictions(project)
