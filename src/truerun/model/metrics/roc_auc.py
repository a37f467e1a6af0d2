"""ROC AUC: how often a row of 1 has a higher score than a row of 0."""

from sklearn import metrics as sk

from truerun.model.metrics.metric import ByAreas, Metric
from truerun.model.uncertainty import roc_areas

METRIC = Metric(
    label="ROC AUC",
    tasks=("binary",),
    higher_is_better=True,
    value=lambda y, s, _: sk.roc_auc_score(y, s),
    paired=ByAreas(roc_areas),
    needs_all_classes=True,
)
