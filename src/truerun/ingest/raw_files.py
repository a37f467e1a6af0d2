"""The files under data/raw and their record, data/raw.dvc: read, checked, laid down, extended.

The record is one .dvc file with an entry (path, md5, size) for each raw file, sorted by path. DVC's
cache has the file, or Git if the entry says `cache: false`. A file is called by its place under
data/raw here: `sales/2024-05.csv`.
"""

import functools
import io
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from truerun.base.errors import IngestError
from truerun.base.files import md5_of, read_bytes
from truerun.base.paths import RAW, RAW_DVC
from truerun.base.progress import progress
from truerun.sources.protocol import Delivery

DVC_CACHE = Path(".dvc/cache/files/md5")
DVC_CONFIG = (Path(".dvc/config"), Path(".dvc/config.local"))
MD5 = re.compile(r"[0-9a-f]{32}")
FOR_GIT = 10_000_000  # bytes of raw data at most, for Git to hold


class RawFilesError(IngestError):
    """Raw files or their record are not as they should be; the message says what to do."""


def read_record() -> dict[str, str]:
    """The md5 of each listed file, by its place under data/raw."""
    entries = _load_record().get("outs") or []
    record = {}
    for entry in entries:
        place = PurePosixPath(str(entry.get("path"))) if isinstance(entry, dict) else None
        if place is None or place.parts[:1] != (RAW.name,) or ".." in place.parts:
            raise RawFilesError(f"{RAW_DVC} has an entry that is not a file under {RAW}: {entry}")
        md5 = str(entry.get("md5"))
        if not MD5.fullmatch(md5):
            raise RawFilesError(
                f"{RAW_DVC}: {place} has no md5 of a file ({md5}): each file under {RAW} has its"
                f" own entry; `git log -p {RAW_DVC}` shows how it was"
            )
        record[place.relative_to(RAW.name).as_posix()] = md5
    return record


def in_git() -> set[str]:
    """The listed files that Git holds, by their places under data/raw."""
    return {
        PurePosixPath(str(entry["path"])).relative_to(RAW.name).as_posix()
        for entry in _load_record().get("outs") or []
        if entry.get("cache") is False
    }


def is_imported() -> bool:
    """Whether the files come from an address, as `dvc import-url` records it."""
    return bool(_load_record().get("deps"))


def lay_down(
    record: Mapping[str, str],
    first_data: Callable[[], Delivery | None],
    *,
    allowed: Collection[str] = (),
) -> None:
    """Lay down listed files that are missing, and check the hash of all. Nothing is overwritten.

    Parameters
    ----------
    first_data : where files come from that DVC's cache does not hold; called where one is needed.

    Raises
    ------
    RawFilesError : names every file that differs, that cannot be had, or that is neither listed
        nor among the `allowed` ones.
    """
    delivery = functools.cache(first_data)
    problems, kept = _not_listed({*record, *allowed}), in_git()
    for file, md5 in progress(record.items(), doing=str(RAW), unit="file"):
        if file in kept and not (RAW / file).exists():
            problems.append(
                f"{RAW / file} is missing, and Git has it: run `git restore {RAW / file}`"
            )
            continue
        problem = _settle(file, md5, delivery)
        problems += [problem] if problem else []
    if problems:
        raise RawFilesError("\n  ".join(problems))


def all_kept(record: Mapping[str, str]) -> bool:
    """Whether Git or DVC's cache holds every listed file."""
    kept = in_git()
    return all(_cached(md5).is_file() for file, md5 in record.items() if file not in kept)


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write files so that each appears whole, in this order, and all or none.

    One that exists already must come last: it cannot be brought back when a later one fails.
    """
    unfinished = {path: _unfinished(path) for path in files}
    moved = []
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished[path].write_bytes(content)
        for path in files:
            unfinished[path].replace(path)
            moved.append(path)
    except OSError as error:
        for new in moved:
            new.unlink(missing_ok=True)
        raise RawFilesError(f"cannot write {path}: {error.strerror}") from error
    finally:
        for leftover in unfinished.values():
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


def extended_record(files: Mapping[str, bytes]) -> bytes:
    """Content of data/raw.dvc with entries for these files, all else of it kept.

    Where Git holds all other files, it shall hold these as well, unless they are too large for it.
    """
    content = _load_record()
    if not content.get("outs"):
        content["outs"] = []
    entries = content["outs"]
    others = bool(entries) and len(in_git()) == len(entries)
    sizes = [int(entry.get("size") or 0) for entry in entries] + [*map(len, files.values())]
    kept = {"cache": False} if others and sum(sizes) <= FOR_GIT else {}
    for file, data in files.items():
        path = f"{RAW.name}/{file}"
        position = sum(str(entry["path"]) < path for entry in entries)
        entry = {"path": path, "md5": md5_of(data), "size": len(data), "hash": "md5", **kept}
        entries.insert(position, entry)
    text = io.BytesIO()
    _yaml().dump(content, text)
    return text.getvalue()


def _yaml() -> YAML:
    """YAML as DVC writes it; keeps comments."""
    yaml = YAML()
    yaml.default_flow_style = False
    return yaml


def _load_record() -> Any:
    """Content of data/raw.dvc, a mapping."""
    try:
        content = _yaml().load(RAW_DVC.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RawFilesError(f"{RAW_DVC} is missing: run from the root of the repository") from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise RawFilesError(
            f"cannot read {RAW_DVC} (is it in the middle of a merge?): {error}"
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not isinstance(content.get("outs") or [], list):
        raise RawFilesError(f"{RAW_DVC} is not a .dvc file: it needs a list named outs")
    return content


def _unfinished(path: Path) -> Path:
    """The name that a file has until it is whole."""
    return path.with_name(f".{path.name}.unfinished")


def _not_listed(expected: Collection[str]) -> list[str]:
    """A line for each file under data/raw that is not expected; our own leftovers are removed."""
    _unfinished(RAW_DVC).unlink(missing_ok=True)
    problems = []
    for path in sorted(RAW.rglob("*")):
        if path.is_dir():
            continue
        if path.match(".*.unfinished"):
            path.unlink(missing_ok=True)
        elif not path.name.startswith(".") and path.relative_to(RAW).as_posix() not in expected:
            problems.append(
                f"{path} is not listed in {RAW_DVC}: delete it,"
                " or move it away and add it (`truerun ingest --help`)"
            )
    return problems


def pulled() -> str:
    """How a file is had that neither Git nor DVC's cache holds: from a remote, if there is one."""
    config = [path.read_text("utf-8", "replace") for path in DVC_CONFIG if path.is_file()]
    if any("remote " in text for text in config):
        return "run `dvc pull`"
    return (
        "run `dvc pull`, once the project has a remote: who has the file runs `dvc remote add"
        " --default storage ADDRESS`, `dvc push`, and commits .dvc/config"
    )


def _cached(md5: str) -> Path:
    """Where DVC's cache holds the file with this hash."""
    return DVC_CACHE / md5[:2] / md5[2:]


def _settle(file: str, md5: str, first_data: Callable[[], Delivery | None]) -> str | None:
    """Check a listed file, or lay it down if it is missing; return what is wrong, if anything."""
    path = RAW / file
    if path.exists():
        actual = md5_of(read_bytes(path))
        return (
            None
            if actual == md5
            else (
                f"{path} has md5 {actual}, but {RAW_DVC} lists {md5}: delete it and run `make data`"
                " (`dvc pull` if it came from elsewhere) to get the listed one,"
                f" or run `dvc commit {RAW_DVC}` to accept the change"
            )
        )
    cached = _cached(md5)
    content = cached.read_bytes() if cached.is_file() else b""
    if md5_of(content) != md5:
        delivery = first_data()
        if delivery is None:
            return f"{path} is missing: {pulled()}"
        if file not in delivery.files():
            return f"{path} is missing and not in {delivery.name}: {pulled()}"
        content = delivery.read(file)
        if md5_of(content) != md5:
            return (
                f"{path} is missing; {delivery.name} has it with md5 {md5_of(content)},"
                f" but {RAW_DVC} lists {md5}: {pulled()}"
            )
    write_all({path: content})
    return None
