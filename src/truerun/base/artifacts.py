"""What dvc.yaml calls the model, in its section `artifacts:`."""

from pathlib import Path

from truerun.base import paths, yaml_text
from truerun.base.nested import value_at

PIPELINE = Path("dvc.yaml")


def model_names(folder: Path = Path()) -> list[str]:
    """The names that dvc.yaml gives the model; one, if it is as it should be."""
    artifacts = yaml_text.plain(folder / PIPELINE).get("artifacts")
    return [
        str(name)
        for name, artifact in (artifacts.items() if isinstance(artifacts, dict) else ())
        if value_at(artifact, "path") == str(paths.MODEL)
    ]
