"""A project with a model that main has proved: its origin, its clone, its DVC remote."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import dvc_md5
from tests.serve.bundles import retold, typed
from truerun.base.notes import NOTES

MODEL = "churn"
PIPELINE = {"stages": {}, "artifacts": {MODEL: {"path": "models/model.skops", "type": "model"}}}


@dataclass(frozen=True)
class Workshop:
    """A folder with `origin.git`, `storage`, and clones of one who releases."""

    folder: Path

    @property
    def clone(self) -> Path:
        """The clone of the one who releases."""
        return self.folder / "clone"

    @property
    def storage(self) -> Path:
        """The DVC remote."""
        return self.folder / "storage"

    @property
    def bundle(self) -> Path:
        """What is served of the commit at hand."""
        return self.clone / "models/bundle"

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """What a Git command prints."""
        return git(folder or self.clone, *arguments)

    def commit(self, message: str, threshold: float | None = None) -> str:
        """Commit what is there, with another bundle if it has another threshold."""
        if threshold is not None:
            retold(self.bundle, lambda facts: facts.update(threshold=threshold))
        self.write_lock()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def write_lock(self) -> None:
        """Have dvc.lock say what is there."""
        outs = [
            {"path": name, "hash": "md5", "md5": dvc_md5(self.clone / name)}
            for name in ("models/bundle", "models/model.skops")
        ]
        lock = {"schema": "2.0", "stages": {"evaluate": {"cmd": "python -m x", "outs": outs}}}
        (self.clone / "dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")

    def push(self) -> None:
        """Keep the bundle in the remote and the cache, as `dvc push` does."""
        keep(self.bundle, self.storage)
        keep(self.bundle, self.clone / ".dvc/cache")

    def attest(self, outcome: str = "pass", **other: Any) -> None:
        """Add main's note to the commit at hand, with another content where it is given."""
        note(self.clone, outcome, **other)
        git(self.clone, "push", "--quiet", "--force", "origin", NOTES)

    def proved(self, message: str, threshold: float | None = None) -> str:
        """A commit that may be released."""
        commit = self.commit(message, threshold)
        self.push()
        self.attest()
        return commit

    def tags(self, where: str = "clone") -> set[str]:
        """The names of all tags of the clone, or of the origin."""
        folder = self.folder / where
        return set(self.git("tag", "--list", folder=folder).split())


def git(folder: Path, *arguments: str) -> str:
    """What a Git command prints in a folder."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def note(folder: Path, outcome: str = "pass", **other: Any) -> None:
    """Add main's note to the commit at hand, as if a comparison had had this outcome."""
    commit = git(folder, "rev-parse", "HEAD")
    rules = [{"rule": "roc_auc", "outcome": outcome}, {"rule": "losses", "outcome": "pass"}]
    difference = {"metric": "roc_auc", "base": 0.7, "head": 0.75, "low": 0.01}
    compared = {
        "head": {"commit": commit},
        "base": {"commit": "0" * 40},
        "main_metric": "roc_auc",
        "metrics": {"paired": [{"differences": [difference]}]},
        "gate": {"outcome": outcome, "rules": rules},
    }
    lock = hashlib.sha256((folder / "dvc.lock").read_bytes()).hexdigest()
    content = {"version": 1, "commit": commit, "lock": lock, "comparison": compared, **other}
    git(folder, "notes", "--ref", NOTES, "add", "--force", "-m", json.dumps(content), commit)


def keep(bundle: Path, place: Path) -> None:
    """Lay down a folder's objects as DVC does."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    listing = [
        {"md5": dvc_md5(path), "relpath": path.relative_to(bundle).as_posix()} for path in files
    ]
    contents = {dvc_md5(path): path.read_bytes() for path in files}
    contents[dvc_md5(bundle)] = json.dumps(listing).encode()
    for md5, content in contents.items():
        path = place / "files/md5" / md5[:2] / md5[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def made(folder: Path) -> Workshop:
    """A workshop whose first commit is proved."""
    workshop = Workshop(folder)
    folder.mkdir(exist_ok=True)
    workshop.git("init", "--quiet", "--bare", "--initial-branch=main", "origin.git", folder=folder)
    workshop.git("init", "--quiet", "--initial-branch=main", "clone", folder=folder)
    for name, value in (
        ("user.name", "Ada"),
        ("user.email", "ada@example.org"),
        ("commit.gpgsign", "false"),
    ):
        workshop.git("config", name, value)
    workshop.git("remote", "add", "origin", "../origin.git")
    typed(workshop.clone)
    shutil.move(workshop.clone / "model.skops", workshop.clone / "models/model.skops")
    shutil.rmtree(workshop.clone / "validated")
    (workshop.clone / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE), encoding="utf-8")
    (workshop.clone / ".dvc").mkdir()
    (workshop.clone / ".dvc/config").write_text(
        "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n",
        encoding="utf-8",
    )
    (workshop.clone / ".gitignore").write_text("/models\n/.dvc/cache\n/served\n/.served\n")
    workshop.storage.mkdir()
    workshop.proved("The first model")
    return workshop
