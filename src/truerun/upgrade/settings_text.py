"""params.yaml and schema.yaml of a project, as migrations change them."""

from collections.abc import Mapping, Sequence

import yaml

from truerun.base import paths
from truerun.base.errors import UpgradeError
from truerun.upgrade.migrations import Migrate, Migration
from truerun.upgrade.template_files import FileUpdate


def changes(yours: Mapping[str, bytes], migrations: Sequence[Migration]) -> list[FileUpdate]:
    """What becomes of the two files; one that no migration changes is not among them."""
    steps = {
        str(paths.PARAMS): [migration.params for migration in migrations],
        str(paths.SCHEMA): [migration.schema for migration in migrations],
    }
    updates = []
    for place, migrates in steps.items():
        old = yours.get(place, b"")
        new = migrated(old, [migrate for migrate in migrates if migrate], place)
        if new != old:
            updates.append(FileUpdate(place, "migrated", new))
    return updates


def migrated(yours: bytes, migrates: Sequence[Migrate], place: str) -> bytes:
    """The content of a file after migrations.

    Raises
    ------
    UpgradeError
        If it is not YAML.
    """
    try:
        text = yours.decode()
        for migrate in migrates:
            text = migrate(text)
    except (yaml.YAMLError, ValueError) as error:
        raise UpgradeError(f"{place} is not valid YAML: {error}") from error
    return text.encode()
