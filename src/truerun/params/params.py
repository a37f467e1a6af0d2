"""`params.yaml` as strict typed models: an unknown key or a wrong type is refused by its name.

A section is a module here, which a stage loads by itself: whatever another section holds is none of
its business. Code that needs several of them, or all keys checked, loads `Params`.
"""

from pathlib import Path

from pydantic import Field

from truerun.base import paths, settings
from truerun.base.settings import Section
from truerun.params.compare import Compare
from truerun.params.evaluate import Evaluate
from truerun.params.featurize import Featurize
from truerun.params.gate import Gate
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


def load(path: Path = paths.PARAMS) -> Params:
    """Read and check `params.yaml`; raise `SettingsError` that names every wrong key."""
    return settings.load(Params, path)
