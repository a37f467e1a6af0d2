"""`params.yaml` as strict typed models: an unknown key or a wrong type is refused by its name.

The sections are the stages that read them; `load().train.seed` is `train.seed` of the file.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from pipeline import paths, settings
from pipeline.settings import Section

Share = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# The names of `metrics.METRICS`, and those of them that slices have: a test holds them together.
SliceMetricName = Literal[
    "roc_auc",
    "roc_auc_macro",
    "log_loss",
    "brier",
    "accuracy",
    "rmse",
    "mae",
    "r2",
    "pinball_10",
    "pinball_90",
    "poisson_deviance",
]
MetricName = (
    SliceMetricName
    | Literal[
        "average_precision",
        "calibration_error",
        "precision",
        "recall",
        "f1",
        "balanced_accuracy",
        "f1_macro",
    ]
)


class Source(Section):
    """Where raw data comes from; the source itself says which `options` it takes."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    max_dropped: Rate
    options: dict[str, Any]


class Limits(Section):
    """Where a figure is worth a warning and where it fails the stage."""

    warn: Positive
    fail: Positive

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fail < self.warn:
            raise ValueError("fail must not be below warn")
        return self


class Drift(Section):
    """Limits of the population stability index, and the level of the test beside it."""

    psi: Limits
    p_value: Share


class RateRange(Section):
    """The allowed range of the target's rate (or mean) in each partition."""

    min: FiniteFloat
    max: FiniteFloat

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max must not be below min")
        return self


class Validate(Section):
    """What the data must hold beyond the contract of a row.

    A multiclass target has no rate; any other may have a range for it (for its mean).
    """

    max_quarantined: Rate
    min_rows: Count
    target_rate: RateRange | None = None
    drift: Drift
    leakage_auc: Annotated[float, Field(gt=0.5, le=1)]


class Split(Section):
    """Which rows test the model; exactly one of `test_partitions` and `test_share` is given."""

    by: Literal["time", "random", "stratified", "group"]
    test_partitions: Count | None = None
    test_share: Share | None = None
    group: str | None = None
    seed: Seed = 0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.test_partitions is None) == (self.test_share is None):
            raise ValueError("give either test_partitions or test_share")
        if self.test_partitions is not None and self.by != "time":
            raise ValueError(f"test_partitions goes with by: time, not with by: {self.by}")
        if self.by == "group" and self.group is None:
            raise ValueError("group names the column for by: group")
        if self.by not in ("group", "stratified") and self.group is not None:
            raise ValueError("group goes with by: group or by: stratified")
        return self


class Featurize(Section):
    """How columns become features."""

    exclude: tuple[str, ...]
    max_one_hot: Count
    max_words: Count
    seed: Seed


class HistGradientBoosting(Section):
    """Parameters of scikit-learn's HistGradientBoosting models."""

    learning_rate: Annotated[float, Field(gt=0, le=1)]
    max_iter: Count
    max_leaf_nodes: Annotated[int, Field(ge=2)]
    min_samples_leaf: Count
    l2_regularization: Annotated[float, Field(ge=0)]
    max_features: Annotated[float, Field(gt=0, le=1)]


class LogisticRegression(Section):
    """Parameters of the logistic regression (features are imputed and scaled first)."""

    C: Positive
    max_iter: Count


class Ridge(Section):
    """Parameters of the ridge regression (features are imputed and scaled first)."""

    alpha: Positive


class RandomForest(Section):
    """Parameters of the random forest."""

    n_estimators: Count
    min_samples_leaf: Count
    max_features: Annotated[float, Field(gt=0, le=1)]


class LightGBM(Section):
    """Parameters of LightGBM."""

    learning_rate: Annotated[float, Field(gt=0, le=1)]
    n_estimators: Count
    num_leaves: Annotated[int, Field(ge=2, le=131_072)]  # LightGBM's own limit
    min_child_samples: Count
    colsample_bytree: Annotated[float, Field(gt=0, le=1)]
    reg_lambda: Annotated[float, Field(ge=0)]


class Baseline(Section):
    """The rate (or mean) of the training rows for everyone: it has no parameters."""


ModelName = Literal[
    "hist_gradient_boosting",
    "logistic_regression",
    "ridge",
    "random_forest",
    "lightgbm",
    "baseline",
]


class Train(Section):
    """Which estimator is fitted, and the parameters of each under its name."""

    model: ModelName
    seed: Seed
    hist_gradient_boosting: HistGradientBoosting
    logistic_regression: LogisticRegression
    ridge: Ridge
    random_forest: RandomForest
    lightgbm: LightGBM
    baseline: Baseline


class Evaluate(Section):
    """What is reported of the model on test rows; the `threshold` is that of a binary task."""

    threshold: Share | None = None
    slices: tuple[str, ...]
    min_slice_rows: Count
    importance_rows: Count
    importance_repeats: Count
    seed: Seed


class Compare(Section):
    """How two revisions are compared: rows with the same value of `cluster` go together."""

    cluster: str | None = None


class Bound(Section):
    """The least or the greatest value that a figure may have, or both."""

    min: FiniteFloat | None = None
    max: FiniteFloat | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max must not be below min")
        return self


class Gate(Section):
    """What must hold for a change to be merged; a rule that is left out asks for nothing."""

    limits: dict[MetricName, Bound] = Field(default_factory=dict)
    losses: dict[MetricName, NotNegative] = Field(default_factory=dict)
    train_test_gap: dict[MetricName, NotNegative] = Field(default_factory=dict)
    worst_slice: dict[SliceMetricName, Bound] = Field(default_factory=dict)
    test_rows: Positive | None = None
    changed_decisions: Rate | None = None
    quarantined: Rate | None = None
    repeated: Rate | None = None
    max_age_days: Positive | None = None
    predict_one_ms: Positive | None = None
    predict_1000_ms: Positive | None = None
    model_bytes: Count | None = None


class Params(Section):
    """All of `params.yaml`."""

    source: Source
    validate_: Validate = Field(alias="validate")
    split: Split
    featurize: Featurize
    train: Train
    evaluate: Evaluate
    compare: Compare
    gate: Gate


def load(path: Path = paths.PARAMS) -> Params:
    """Read and check `params.yaml`; raise `SettingsError` that names every wrong key."""
    return settings.load(Params, path)
