"""DVC's settings of a temporary copy: the cache, the credentials and the remotes of the project."""

import configparser
import os
from pathlib import Path

FOLDER = Path(".dvc")
SETTINGS, PRIVATE = FOLDER / "config", FOLDER / "config.local"
# Options of a remote that are paths, relative to DVC's folder.
PLACES = (
    "url",
    "cert_path",
    "configpath",
    "credentialpath",
    "gdrive_service_account_json_file_path",
    "gdrive_user_credentials_file",
    "key_path",
    "keyfile",
)


def share(copy: Path, cache: str) -> None:
    """Give a copy of the project here its private settings, for credentials may be in them.

    The copy uses the cache here, and its paths that are relative become those that they are here.
    """
    private = _read(PRIVATE)
    remotes = configparser.RawConfigParser()
    for settings in (_read(copy / SETTINGS), private):
        remotes.read_dict({name: settings[name] for name in settings if "remote " in name})
    for name in remotes.sections():
        places = {option: remotes[name][option] for option in PLACES if option in remotes[name]}
        private.read_dict({name: {option: _absolute(value) for option, value in places.items()}})
    private.read_dict({"cache": {"dir": cache}})
    with (copy / PRIVATE).open("w", encoding="utf-8") as file:
        private.write(file)


def _read(path: Path) -> configparser.RawConfigParser:
    """Settings of DVC; none where there are none that can be read, as DVC itself will say."""
    settings = configparser.RawConfigParser()
    try:
        settings.read(path, encoding="utf-8")
    except (configparser.Error, ValueError):
        return configparser.RawConfigParser()
    return settings


def _absolute(value: str) -> str:
    """An address or a path as it is, but for one that is relative to DVC's folder."""
    place = value.strip("\"'")
    if "://" in place or place.startswith("~"):
        return value
    return os.path.abspath(FOLDER / place)  # noqa: PTH100 - a link in it stays, as for DVC
