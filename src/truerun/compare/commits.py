"""Commits of the project, by Git alone: which one is compared with, and its files in a folder."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base.commands import check_repository, run
from truerun.base.errors import CompareError

ORIGIN, MAIN = "origin", "main"
NUMBER = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
EVERY_BRANCH = "refs/heads/*:"  # in what a clone of more than one branch fetches
OTHERWISE = "name a commit with --base"


class RevisionError(CompareError):
    """A revision that does not exist."""


def merge_base(head: str = "HEAD") -> str:
    """The newest commit that a head and the main branch share.

    The main branch is the default branch of the upstream remote. If it is here too, the one counts
    of which the head is fewer commits away, since the remote may be a template, or behind. The
    branch that is checked out counts if something in it is not committed, which is then the change,
    or if there is no other.
    """
    commit = commit_of(head)
    places = _main_branch()
    current = git("symbolic-ref", "--quiet", "HEAD", check=False).strip()
    others = [place for place in places if place != current or is_changed()]
    shared = _shared(commit, others) or _shared(commit, places)
    if not shared:
        names = " or ".join(place.partition("/")[2] for place in places)
        raise RevisionError(f"{head} shares no commit with {names}{_shallow()}; or {OTHERWISE}")
    return min(
        sorted(shared), key=lambda base: int(git("rev-list", "--count", f"{base}..{commit}"))
    )


def merge_base_with(commit: str, head: str = "HEAD") -> str:
    """The newest commit that a head shares with a commit, which is given by its full number.

    Names are refused: whoever may push can give a branch or a tag any name.
    """
    if not NUMBER.fullmatch(commit):
        raise RevisionError(f"{commit!r} is not the full number of a commit")
    shared = _shared(commit_of(head), [commit_of(commit)])
    if not shared:
        raise RevisionError(f"{head} shares no commit with {commit}{_shallow()}")
    return shared.pop()


def _shared(commit: str, others: list[str]) -> set[str]:
    """The newest commits that a commit shares with each of others."""
    return {git("merge-base", commit, other, check=False).strip() for other in others} - {""}


def _main_branch() -> list[str]:
    """The main branch at the remote and here, by full names: a tag may have the short one."""
    remote = _upstream()
    if remote is None:
        named = git("config", "init.defaultBranch", check=False).strip()
        here = [f"refs/heads/{name}" for name in (MAIN, named) if _exists(f"refs/heads/{name}")]
        if not here:
            raise RevisionError(f"there is no main branch to compare with: {OTHERWISE}")
        return here[:1]
    at = f"refs/remotes/{remote}/"
    default = git("symbolic-ref", "--quiet", f"{at}HEAD", check=False).strip()
    if not default.startswith(at) or not _exists(default):
        raise RevisionError(
            f"this clone does not know the default branch of {remote}: type"
            f" `{_learn_default(remote)}`, or {OTHERWISE}"
        )
    return [place for place in (default, default.replace(at, "refs/heads/", 1)) if _exists(place)]


def _upstream() -> str | None:
    """The remote of the branch's upstream, else the only one, else origin; None without any.

    A remote from which nothing was fetched does not count.
    """
    fetched = git("for-each-ref", "--format=%(refname)", "refs/remotes/")
    remotes = [name for name in git("remote").split() if f"refs/remotes/{name}/" in fetched]
    branch = git("symbolic-ref", "--quiet", "--short", "HEAD", check=False).strip()
    upstream = git("config", f"branch.{branch}.remote", check=False).strip()
    if upstream in remotes:
        return upstream
    if len(remotes) > 1 and ORIGIN not in remotes:
        raise RevisionError(
            f"none of the remotes {', '.join(remotes)} is the upstream of this branch: type `git"
            f" branch --set-upstream-to`, or {OTHERWISE}"
        )
    return ORIGIN if len(remotes) > 1 else next(iter(remotes), None)


def _learn_default(remote: str) -> str:
    """What to type for the default branch of a remote to become known."""
    learn = f"git remote set-head {remote} --auto"
    if EVERY_BRANCH in git("config", "--get-all", f"remote.{remote}.fetch", check=False):
        return learn
    whole = " --unshallow" if _is_shallow() else ""
    return f"git remote set-branches {remote} '*' && git fetch{whole} {remote} && {learn}"


def _exists(reference: str) -> bool:
    """Whether there is a branch of a full name."""
    return bool(git("rev-parse", "--verify", "--quiet", reference, check=False))


def _shallow() -> str:
    """What to do about history that is not here; nothing to say where all of it is."""
    remedy = "; this clone is shallow: `git fetch --unshallow` brings all of its history"
    return remedy if _is_shallow() else ""


def _is_shallow() -> bool:
    return git("rev-parse", "--is-shallow-repository").strip() == "true"


def commit_of(revision: str) -> str:
    """The full name of a revision's commit."""
    commit = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False).strip()
    if not commit:
        check_repository(Path())
        raise RevisionError(f"there is no revision {revision}{_shallow()}")
    return commit


def is_changed() -> bool:
    """Whether some file of the project is not as in the last commit."""
    return bool(git("status", "--porcelain", "--untracked-files=no", "--", ".").strip())


@contextmanager
def files_of(commit: str, *, links: bool = True) -> Iterator[Path]:
    """The project's folder with the files in Git of a commit, in a temporary repository.

    Without `links`, symbolic links are text files that hold where they lead to.
    """
    settings = () if links else ("-c", "core.symlinks=false")
    with tempfile.TemporaryDirectory(prefix="revision-") as temporary:
        repository = Path(temporary) / "repository"
        _share_objects(repository)
        git(*settings, "checkout", "--quiet", "--detach", commit, folder=repository)
        # The project may lie in a folder of the repository.
        yield repository / git("rev-parse", "--show-prefix").removesuffix("\n")


def _share_objects(repository: Path) -> None:
    """Make a repository that has no branches, and whose objects are those of this one.

    Git would not clone one of another user, even one that the user has declared safe.
    """
    kind = git("rev-parse", "--show-object-format").strip()
    git("init", "--quiet", "--template=", f"--object-format={kind}", str(repository))
    information = repository / ".git/objects/info"
    information.mkdir(exist_ok=True)
    (information / "alternates").write_text(f"{_place('objects')}\n", encoding="utf-8")
    if (shallow := _place("shallow")).is_file():
        shutil.copy(shallow, repository / ".git/shallow")


def _place(name: str) -> Path:
    """Where a file or folder of Git's own lies."""
    return Path(git("rev-parse", "--git-path", name).removesuffix("\n")).resolve()


def git(*arguments: str, folder: Path = Path(), check: bool = True) -> str:
    """What a git command prints."""
    return run(folder, "git", *arguments, check=check)
