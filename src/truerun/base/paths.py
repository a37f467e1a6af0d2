"""The path of every artefact, relative to the root of the repository."""

from pathlib import Path

PARAMS = Path("params.yaml")
SCHEMA = Path("schema.yaml")
LIMITS = Path("limits.yaml")
MARKS = Path(".truerun.yaml")
SOURCE = Path("src")  # code of the project's own

RAW = Path("data/raw")
RAW_DVC = Path("data/raw.dvc")
PREPARED = Path("data/prepared")
VALIDATED = Path("data/validated")
QUARANTINE = Path("data/quarantine")
FEATURES = Path("data/features")
PREDICTIONS = Path("data/predictions.parquet")

FEATURIZER = Path("models/featurizer.skops")
ESTIMATOR = Path("models/estimator.skops")
MODEL = Path("models/model.skops")
CARD = Path("models/card.md")

METRICS = Path("metrics")
PLOTS = Path("plots")
