"""What the linear models share."""

from typing import Any


def scaled(linear: Any) -> Any:
    """A linear model behind an imputer and a scaler of its features."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(SimpleImputer(), StandardScaler(), linear)


TRUSTED = (
    "numpy.dtype",  # the imputer keeps that of the features it was fitted on
)
