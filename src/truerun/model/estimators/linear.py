"""What the linear models share."""

from typing import Any

import numpy as np

from truerun.model.estimators.estimator import StructureError


def scaled(linear: Any) -> Any:
    """A linear model behind an imputer and a scaler of its features."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(SimpleImputer(), StandardScaler(), linear)


def check(model: Any) -> None:
    """A coefficient for each feature, all of them numbers."""
    if not hasattr(model, "coef_"):
        return  # it is not fitted
    coefficients = np.asarray(model.coef_)
    if coefficients.dtype.kind != "f" or coefficients.shape[-1:] != (model.n_features_in_,):
        raise StructureError(
            f"coef_: {coefficients.dtype} of shape {coefficients.shape}, for"
            f" {model.n_features_in_} features"
        )


def check_scaler(scaler: Any) -> None:
    """A mean and a scale for each feature."""
    for name in ("mean_", "scale_"):
        values = getattr(scaler, name, None)
        if values is not None and np.shape(values) != (scaler.n_features_in_,):
            raise StructureError(f"{name}: shape {np.shape(values)}, for {scaler.n_features_in_}")


OBJECTS = {
    "sklearn.linear_model.": check,
    "sklearn.preprocessing._data.": check_scaler,
}
TRUSTED = (
    "numpy.dtype",  # the imputer keeps that of the features it was fitted on
)
