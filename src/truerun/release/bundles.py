"""The bundle of a commit: found in the cache or the remote, held against its lock, laid down."""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from truerun.base.errors import ReleaseError
from truerun.base.files import md5_of, whole_file
from truerun.release import objects
from truerun.release.objects import Read

FACTS = "bundle.json"
BESIDE = "release.json"  # which `truerun serve` reads, beside the folder of a bundle
PUSH = "`dvc push` on a machine that has it, or `dvc pull` and `dvc push` from another remote"


@dataclass(frozen=True)
class BundleRelease:
    """Which release a bundle is of."""

    model: str
    version: str
    stage: str | None
    commit: str
    lock_sha256: str
    bundle: str


def contents(read: Read, md5: str, where: str) -> dict[str, bytes]:
    """The files of a bundle, each of them what its md5 says.

    Raises
    ------
    ReleaseError
        If `where` lacks one, or has other bytes.
    """
    files = objects.listing(objects.checked(read(md5), md5, where), md5)
    return {name: objects.checked(read(one), one, where) for name, one in files.items()}


def fetched(folder: Path, md5: str) -> dict[str, bytes]:
    """The files of a bundle, from the cache here, or else from the remote, which fills the cache.

    Raises
    ------
    ReleaseError
        If neither has it whole.
    """
    cache = objects.cache(folder)
    here = objects.of_folder(cache)
    try:
        return contents(here, md5, f"the cache {cache}")
    except ReleaseError as missing:
        with objects.of_remote(folder) as read:
            if read is None:
                raise ReleaseError(f"{missing}, and .dvc/config names no remote: {PUSH}") from None
            where = f"the DVC remote {objects.remote_name(folder)}"
            kept: dict[str, bytes] = {}

            def keeping(one: str) -> bytes | None:
                content = read(one)
                if content is not None:
                    kept[one] = content
                return content

            files = contents(keeping, md5, where)
    objects.keep(cache, kept)
    return files


def check_kept(folder: Path, md5: str, model_md5: str) -> str:
    """Refuse a bundle that is not kept where others fetch it, or is not of the model of its lock.

    Returns
    -------
    where it is kept.

    Raises
    ------
    ReleaseError
        Says which object is missing, or has other bytes.
    """
    with objects.of_remote(folder) as of_remote:
        where = f"the DVC remote {objects.remote_name(folder)}"
        read = of_remote
        if read is None:
            cache = objects.cache(folder)
            read, where = objects.of_folder(cache), f"the cache {cache}"
        try:
            files = contents(read, md5, where)
        except ReleaseError as error:
            raise ReleaseError(f"{error}: {PUSH}") from error
    try:
        of_model = json.loads(files[FACTS])["model_md5"]
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"the bundle {md5} is none: {FACTS}: {error!r}") from error
    if of_model != model_md5:
        raise ReleaseError(
            f"the bundle {md5} is of the model {of_model}, and dvc.lock has the model {model_md5}:"
            " `truerun repro` makes both"
        )
    return where


def check_here(bundle: Path, md5: str) -> None:
    """Refuse what lies in models/bundle, if it is another one than that of the lock."""
    if not bundle.is_dir():
        return
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    entries = [
        {"md5": md5_of(path.read_bytes()), "relpath": path.relative_to(bundle).as_posix()}
        for path in files
        if path.name != ".gitignore"
    ]
    actual = md5_of(json.dumps(entries).encode()) + ".dir"
    if actual != md5:
        raise ReleaseError(
            f"{bundle} has other bytes than dvc.lock says: {actual}, not {md5}. `dvc checkout"
            f" {bundle}` lays down those of the lock, `truerun repro` makes them anew"
        )


def lay_down(files: Mapping[str, bytes], provenance: BundleRelease, into: Path) -> bool:
    """Have a path lead to a folder with a bundle, at one stroke; whether it led to another before.

    The path is a link to a folder beside it, so that whoever reads it sees the one or the other.

    Raises
    ------
    ReleaseError
        If something else is there, or it cannot be written.
    """
    if into.exists() and not into.is_symlink():
        raise ReleaseError(
            f"{into} is there, and not made by this command: name another place, or move it away"
        )
    store = into.absolute().parent / f".{into.name}"
    name = f"{provenance.bundle.removesuffix('.dir')}-{provenance.version}"
    try:
        store.mkdir(parents=True, exist_ok=True)
        with (store / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = into.readlink() if into.is_symlink() else None
            place, target = store / name, Path(store.name, name, "bundle")
            if not _is_whole(place / "bundle", files):
                _write(files, place)
            with whole_file(place / BESIDE) as unfinished:
                text = json.dumps(asdict(provenance), indent=1, sort_keys=True)
                unfinished.write_text(f"{text}\n", encoding="utf-8")
            if before == target:
                return False
            link = store / ".link"
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            link.replace(into)
            for other in store.iterdir():
                if other != place and other.is_dir():
                    shutil.rmtree(other, ignore_errors=True)
    except OSError as error:
        raise ReleaseError(f"cannot write {into}: {error.strerror or error}") from error
    return True


def _write(files: Mapping[str, bytes], place: Path) -> None:
    """Lay down files in the folder `bundle` of a place, all of them or none."""
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=place.parent))
    try:
        (unfinished / "bundle").mkdir()
        unfinished.chmod(0o755)
        for name, content in files.items():
            (unfinished / "bundle" / name).write_bytes(content)
        shutil.rmtree(place, ignore_errors=True)
        unfinished.replace(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _is_whole(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether a folder has exactly these files."""
    there = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    return there == dict(files)
