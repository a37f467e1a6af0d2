"""Files by their md5, of DVC's cache or remote: each is held against its name.

What lies in a folder is read as a file. Of another remote, as a bucket, DVC's own client fetches
it, which takes seconds to import.
"""

import configparser
import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from truerun.base.errors import ReleaseError
from truerun.base.files import md5_of, whole_file

DVC = Path(".dvc")
SETTINGS = (DVC / "config", DVC / "config.local")
FILES = Path("files/md5")  # below a cache, and a remote
READ_ONLY = 0o444  # as DVC keeps its cache

Read = Callable[[str], bytes | None]  # the content of an object; None if it is not there


def cache(folder: Path) -> Path:
    """DVC's cache of a project."""
    named = _settings(folder).get("cache", "dir", fallback=None)
    return folder / DVC / "cache" if named is None else _place(folder, named)


def remote_name(folder: Path) -> str | None:
    """The remote that .dvc/config names; None if it names none."""
    return _settings(folder).get("core", "remote", fallback=None)


def of_folder(place: Path) -> Read:
    """What reads the objects of a folder, be it a cache or a remote."""

    def read(md5: str) -> bytes | None:
        try:
            return (place / FILES / md5[:2] / md5[2:]).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ReleaseError(f"{place} cannot be read: {error.strerror or error}") from error

    return read


@contextmanager
def of_remote(folder: Path) -> Iterator[Read | None]:
    """What reads the objects of the project's remote; None if it has none.

    Raises
    ------
    ReleaseError
        If it cannot be reached.
    """
    name = remote_name(folder)
    if name is None:
        yield None
        return
    url = _settings(folder).get(f"'remote \"{name}\"'", "url", fallback="")
    if "://" not in url:
        place = _place(folder, url)
        if not place.is_dir():
            raise ReleaseError(f"the DVC remote {name} is {place}, and no folder is there")
        yield of_folder(place)
        return
    with _client(folder, name, url) as read:
        yield read


def listing(content: bytes, md5: str) -> dict[str, str]:
    """The md5 of each file of a folder, by its name, as DVC's object of that folder lists them.

    Raises
    ------
    ReleaseError
        If it is no such list, or has a name that leads out of the folder.
    """
    try:
        files = {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(content)}
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"the object {md5} is no list of files: {error!r}") from error
    for name in files:
        parts = PurePosixPath(name).parts
        if len(parts) != 1 or parts[0] in ("..", "/") or "\0" in name:
            raise ReleaseError(f"the object {md5} lists {name!r}, which is no file of a bundle")
    return files


def checked(content: bytes | None, md5: str, where: str) -> bytes:
    """The content of an object, if it is there and is what its name says.

    Raises
    ------
    ReleaseError
        Says what `where` lacks, or has in its place.
    """
    if content is None:
        raise ReleaseError(f"{where} lacks the object {md5}")
    if md5_of(content) != md5.removesuffix(".dir"):
        raise ReleaseError(
            f"what {where} has as the object {md5} are other bytes, of the md5 {md5_of(content)}"
        )
    return content


def keep(place: Path, contents: Mapping[str, bytes]) -> None:
    """Lay down objects in a cache, by their md5; one that cannot be written is fetched again."""
    for md5, content in contents.items():
        path = place / FILES / md5[:2] / md5[2:]
        with suppress(OSError):
            if not path.exists():
                with whole_file(path) as unfinished:
                    unfinished.write_bytes(content)
                    unfinished.chmod(READ_ONLY)


@contextmanager
def _client(folder: Path, name: str, url: str) -> Iterator[Read]:
    """What reads objects by DVC's own client of a remote."""
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")  # no credentials of the machine's
    try:
        repository = importlib.import_module("dvc.repo").Repo(str(folder))
        store = repository.cloud.get_remote_odb(name=name, command="fetch")
    except Exception as error:
        raise _unreachable(name, url, error) from error

    def read(md5: str) -> bytes | None:
        try:
            with store.fs.open(store.oid_to_path(md5), "rb") as file:
                content: bytes = file.read()
        except FileNotFoundError:
            return None
        except Exception as error:
            raise _unreachable(name, url, error) from error
        return content

    with repository:
        yield read


def _unreachable(name: str, url: str, error: Exception) -> ReleaseError:
    return ReleaseError(
        f"the DVC remote {name}, {url}, cannot be read: {error or type(error).__name__} (`make"
        " remotes` adds the clients of S3 and SSH; credentials are those of `dvc pull`)"
    )


def _settings(folder: Path) -> configparser.RawConfigParser:
    """DVC's settings of a project."""
    made = configparser.RawConfigParser(strict=False)
    try:
        made.read([folder / path for path in SETTINGS], encoding="utf-8")
    except (configparser.Error, ValueError) as error:
        raise ReleaseError(f"{folder / SETTINGS[0]} cannot be read: {error}") from error
    return made


def _place(folder: Path, named: str) -> Path:
    """A path of DVC's settings, which is relative to its folder."""
    return folder / DVC / Path(named.strip("\"'")).expanduser()
