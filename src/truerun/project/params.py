"""`params.yaml` as strict typed models: an unknown key or a wrong type is refused by its name.

A stage loads its own section alone, whatever the others hold. Code that needs several of them, or
all keys checked, loads `Params`.
"""

from pathlib import Path

from pydantic import Field, create_model

from truerun.base import paths, settings
from truerun.base.settings import Section
from truerun.model import estimators
from truerun.params.compare import Compare
from truerun.params.evaluate import Evaluate
from truerun.params.featurize import Featurize
from truerun.params.gate import Gate
from truerun.params.monitor import Monitor
from truerun.params.retrain import Retrain
from truerun.params.source import SourceSettings
from truerun.params.split import Split
from truerun.params.train import Train
from truerun.params.validate import Validate


class Params(Section):
    """All of `params.yaml`."""

    source: SourceSettings
    validate_: Validate = Field(alias="validate")
    split: Split
    featurize: Featurize
    train: Train
    evaluate: Evaluate
    compare: Compare
    gate: Gate
    monitor: Monitor = Monitor()
    retrain: Retrain = Retrain()


# With the parameters of each estimator.
COMPLETE: type[Params] = create_model("Params", __base__=Params, train=(estimators.SECTION, ...))


def load(path: Path = paths.PARAMS) -> Params:
    """Read and check `params.yaml`; raise `SettingsError` that names every wrong key."""
    return settings.load(COMPLETE, path)
