"""Builds the image that answers by models/bundle: what it is made of, by docker, podman or buildah.

What a builder gets is laid down in build/image, and nothing else of the project reaches it.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from truerun.base import commands
from truerun.base.errors import ReleaseError, listed
from truerun.model.scoring import bundle
from truerun.package import locked, vendored, wheel_files

FOLDER = Path("build/image")
TABLE = "table"  # the source whose rows come as texts
BUILDERS = ("docker", "podman", "buildah")
REQUIREMENTS, SOURCE = "requirements.txt", "src"  # in the folder
OF_TRUERUN = Path("requirements/truerun.txt")
LOCK, SERVE = Path("requirements/run.txt"), Path("requirements/serve.txt")
PARTS = Path("requirements") / locked.OPTIONAL
PASSWORD = re.compile(r"//[^/@]*@")  # with the name of its user


def build(project: Path, name: str | None = None) -> str:
    """Build the image of a project; a line that names it.

    Its labels are the commit, with -dirty where the files are not those of one, the version by
    tags, and the address of the repository. Without a name it is called after folder and commit.

    Raises
    ------
    TruerunError
        If there is no bundle, no lock of what a service needs, no builder, or the build fails.
    """

    def git(*words: str) -> str:
        return commands.run(project, "git", *words, check=words[0] != "config").strip()

    if not (project / bundle.FOLDER / bundle.FACTS).is_file():
        raise ReleaseError(f"there is no {bundle.FOLDER} to serve: `make repro`, or `dvc pull`")
    builder = _builder(project)
    revision = git("describe", "--always", "--abbrev=40", "--exclude", "*", "--dirty")
    labels = {
        "REVISION": revision,
        "VERSION": git("describe", "--always", "--tags", "--dirty"),
        "SOURCE": PASSWORD.sub("//", git("config", "--get", "remote.origin.url")),
    }
    tag = name or f"{_called(project)}:{git('rev-parse', '--short', 'HEAD')}"
    lay_down(project, project / FOLDER)
    words = [f"--build-arg={key}={value}" for key, value in labels.items()]
    # In the format of Docker the health check is kept; what is in it is the same.
    words += [] if builder == "docker" else ["--format=docker"]
    command = (builder, "build", "--file", "Dockerfile", "--tag", tag, *words, str(FOLDER))
    if commands.call(project, *command):
        raise ReleaseError(f"{builder} does not build the image: see above")
    return f"built {tag} of commit {revision} by {builder}"


def lay_down(project: Path, into: Path) -> None:
    """Write the folder that a builder gets: bundle, own code, truerun's wheel, requirements.

    Raises
    ------
    TruerunError
        If the bundle or the lock is not as it should be.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    shutil.copytree(project / bundle.FOLDER, into / bundle.FOLDER)
    kept = vendored.wheel_of(project)
    if kept:
        (into / vendored.VENDOR).mkdir()
        shutil.copy(kept, into / vendored.VENDOR)
        own = _text(project / OF_TRUERUN)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(project / SOURCE, into / SOURCE, ignore=ignored)
    else:  # truerun's own repository, whose code is in the wheel
        wheel = wheel_files.running()
        wheel.write(into / vendored.VENDOR)
        own = wheel.requirement
        (into / SOURCE).mkdir()
    (into / REQUIREMENTS).write_text(own + packages(project), encoding="utf-8")


def packages(project: Path) -> str:
    """The requirements of the service of a project's bundle, as the project has locked them.

    Raises
    ------
    TruerunError
        If the lock lacks one, or the bundle cannot be read.
    """
    facts, _, _ = bundle.checked(project / bundle.FOLDER)
    names = locked.image_packages(
        is_table=facts["source"].get("name") == TABLE, with_libraries=bool(facts["needs"])
    )
    entries = _entries(project)
    missing = [name for name in names if name not in entries]
    if missing:
        raise ReleaseError(
            f"the image needs {listed(missing)}, which {project / 'requirements'} does not lock:"
            " `git restore requirements`, or `truerun upgrade`"
        )
    return locked.text({name: entries[name] for name in names})


def _entries(project: Path) -> Mapping[str, str]:
    """What is locked for a service, by the names of packages."""
    if not (project / PARTS).is_file():
        return locked.entries(_text(project / SERVE))
    part = locked.part(_text(project / PARTS), "serve")
    return {**locked.entries(_text(project / LOCK)), **locked.entries(part)}


def _builder(project: Path) -> str:
    """The first builder that works."""
    for name in BUILDERS:
        if shutil.which(name) and not commands.capture(project, name, "info").returncode:
            return name
    raise ReleaseError(
        "no docker, podman or buildah works here (a client alone builds nothing): start one, or"
        " install one, as in: apt-get install buildah"
    )


def _called(project: Path) -> str:
    """What an image is called after its folder."""
    return re.sub(r"[^a-z0-9]+", "-", project.resolve().name.lower()).strip("-") or "service"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error
