"""dvc.yaml: its stages are of the template, its plots and artifacts of the table."""

from ruamel.yaml.error import YAMLError

from truerun.base import yaml_text
from truerun.base.errors import UpgradeError

PLACE = "dvc.yaml"
OF_TABLE = ("plots", "artifacts")  # sections


def with_sections_of_table(template: bytes, yours: bytes) -> bytes:
    """The template's dvc.yaml with what a project's own says of its table."""
    content = yaml_text.loaded(template.decode())
    try:
        own = yaml_text.loaded(yours.decode())
        content.update({section: own[section] for section in OF_TABLE if section in own})
    except (YAMLError, ValueError, TypeError) as error:
        raise UpgradeError(f"{PLACE} cannot be read: {error}") from error
    return yaml_text.dumped(content).encode()
