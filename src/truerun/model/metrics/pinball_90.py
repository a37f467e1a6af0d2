"""Pinball loss at the 90 % quantile, in the target's unit."""

from truerun.model.metrics.pinball import pinball

METRIC = pinball(0.9)
