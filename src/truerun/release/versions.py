"""Make a version of the commit at hand, and hold one that was made against what it was made of."""

import sys
from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import ReleaseError, listed
from truerun.release import bundles, origin, revisions, semver, tags, verdict
from truerun.release.origin import NewTag
from truerun.release.revisions import BUNDLE, Released
from truerun.release.tags import Registry, Tag

HERE = Path()


def create(version: str) -> list[str]:
    """Make a version of the commit that is checked out; lines that say what was made.

    Raises
    ------
    ReleaseError
        If it is no version or not a higher one, files differ from the commit, main has not proved
        the commit, its verdict failed, or its bundle is not kept whole.
    """
    model = revisions.model_name(HERE)
    person = origin.who(HERE)
    if not semver.is_version(version):
        raise ReleaseError(f"{version} is no version such as v1.2.0 (semver.org, with a v before)")
    offline = origin.bring(HERE, model)
    registry = tags.read(HERE, model)
    commit = revisions.commit_of(HERE, "HEAD")
    _check_new(registry, version, commit)
    _check_clean()
    of = revisions.released(HERE, commit)
    proof = verdict.check(HERE, of)
    bundles.check_here(HERE / BUNDLE, of.bundle)
    where = bundles.check_kept(HERE, of.bundle, of.model_md5)
    audit = {
        "action": "create",
        "version": version,
        "commit": commit,
        "lock_sha256": of.lock_sha256,
        "bundle": of.bundle,
        "model_md5": of.model_md5,
        "who": person,
        "comparison": verdict.summary(proof),
    }
    new = NewTag(f"{model}@{version}", commit, f"{model} {version}", audit)
    origin.add(HERE, registry, [new])
    made = f"release: {new.name} is commit {commit[:12]}, which main has proved; its bundle is in"
    lines = [f"{made} {where}"]
    highest = registry.highest()
    if highest and (
        failed := verdict.failed_since(HERE, registry.versions[highest].commit, commit)
    ):
        lines.append(
            f"release: since {highest} main took {listed(failed)}, whose verdict failed: compare"
            f" this version with it, as in `truerun compare --base '{model}@{highest}'`"
        )
    return lines + ([f"release: the tag is here alone: {offline}"] if offline else [])


def check(version: str) -> tuple[Released, list[str]]:
    """Hold a version against Git, main's note and the bytes of its bundle; what it is of, in lines.

    Raises
    ------
    ReleaseError
        Says what does not agree.
    """
    registry = registry_now()
    tag = tag_of(registry, version)
    of = consistent(tag)
    verdict.check(HERE, of)
    where = bundles.check_kept(HERE, of.bundle, of.model_md5)
    return of, [
        f"release: {tag.name} is commit {of.commit[:12]}, as it was when {tag.who} made it",
        f"release: main has proved it, its gate holds, and its bundle is in {where}",
    ]


def registry_now(*, is_needed: bool = False) -> Registry:
    """The tags of the model, as the origin has them now, or as they were when it was reached last.

    Parameters
    ----------
    is_needed : refuse to go on where there is an origin that cannot be reached.
    """
    model = revisions.model_name(HERE)
    why = origin.bring(HERE, model)
    if why is not None and origin.is_there(HERE):
        if is_needed:
            raise ReleaseError(why)
        print(f"release: {why}; what is known is of the last time", file=sys.stderr)
    return tags.read(HERE, model)


def tag_of(registry: Registry, version: str) -> Tag:
    """The tag of a version; raise `ReleaseError` if there is none that says what it is."""
    if version not in registry.versions:
        name = f"{registry.model}@{version}"
        if name in registry.plain:
            raise ReleaseError(
                f"{name} is a tag without a message, or withdrawn: `truerun release create` makes"
                " one that says what it is of"
            )
        released = sorted(registry.versions, key=semver.precedence, reverse=True)
        others = f"there are {listed(released)}" if released else "there is none yet"
        raise ReleaseError(f"there is no version {version} of {registry.model}: {others}")
    return registry.versions[version]


def consistent(tag: Tag) -> Released:
    """What the commit of a tag holds, if the tag's audit says the same.

    Raises
    ------
    ReleaseError
        If the tag was made otherwise, or moved to another commit.
    """
    audit = tag.audit
    if audit is None:
        raise ReleaseError(
            f"the message of {tag.name} has no audit, so `truerun release` did not make it: delete"
            " it, and make a version by `truerun release create`"
        )
    if audit.get("commit") != tag.commit:
        raise ReleaseError(
            f"the tag {tag.name} is at commit {tag.commit[:12]}, and its audit says"
            f" {str(audit.get('commit'))[:12]}: it was moved by force"
        )
    of = revisions.released(HERE, tag.commit)
    for name in ("lock_sha256", "bundle"):
        if audit.get(name) != getattr(of, name):
            raise ReleaseError(
                f"the tag {tag.name} says {name} {audit.get(name)}, and its commit has"
                f" {getattr(of, name)}: the tag was not made of this commit"
            )
    return of


def _check_new(registry: Registry, version: str, commit: str) -> None:
    """Refuse a version that exists or is not the highest, and a commit that has one."""
    name = f"{registry.model}@{version}"
    if version in registry.versions or name in registry.plain:
        raise ReleaseError(f"{name} exists: `truerun release show` lists all versions")
    highest = registry.highest()
    if highest and semver.precedence(version) <= semver.precedence(highest):
        raise ReleaseError(
            f"{version} is not higher than {highest}, the highest version: the next one is"
            f" {semver.next_patch(highest)}, or has a greater number further left"
        )
    if other := registry.of_commit(commit):
        raise ReleaseError(f"the commit {commit[:12]} is version {other} already")


def _check_clean() -> None:
    """Refuse files that differ from the commit: a version is of a commit alone."""
    changed = run(HERE, "git", "status", "--porcelain", "--untracked-files=no").splitlines()
    if changed:
        names = listed([line[3:] for line in changed], 3)
        raise ReleaseError(
            f"{names} differs from the commit, and a version is of a commit: `git commit` it and"
            " have main prove it, or `git stash` it"
        )
