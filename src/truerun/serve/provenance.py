"""Which commit, lock, metrics and comparison a bundle belongs to, as far as its repository tells.

A bundle is served alone as well; and of a lock that is of another model, nothing is said.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from truerun.base import commands
from truerun.base.errors import TruerunError
from truerun.base.files import read_bytes
from truerun.model.predictor import Predictor

LOCK = Path("dvc.lock")
METRICS = Path("metrics/evaluate.json")
COMPARISON = Path("comparison.json")  # as `truerun compare` writes it
RELEASE = "release.json"  # as `truerun release fetch` writes it, beside the folder of a bundle


def of(predictor: Predictor, folder: Path) -> dict[str, Any]:
    """What is said of a bundle that lies in a folder such as models/bundle of a repository."""
    facts = predictor.facts
    root = folder.resolve().parent.parent
    description: dict[str, Any] = {
        "version": predictor.version,
        "model_md5": facts["model_md5"],
        "task": facts["task"],
        "target": facts["target"],
        "classes": facts["classes"],
        "threshold": facts["threshold"],
        "key": facts["key"],
        "explains": predictor.explains,
        "columns": list(facts["contract"]["columns"]),
        "commit": None,
        "lock_sha256": None,
        "metrics": None,
        "comparison": None,
        "card": None,
        "release": None,
    }
    release = _json(folder.resolve().parent / RELEASE)
    if isinstance(release, dict):
        description["release"] = {name: release.get(name) for name in ("version", "stage")}
        description |= {name: release.get(name) for name in ("commit", "lock_sha256")}
        return description
    lock = _content(root / LOCK)
    needle = f"md5: {facts['model_md5']}".encode()
    if lock is None or needle not in lock:
        return description
    description["lock_sha256"] = hashlib.sha256(lock).hexdigest()
    with suppress(TruerunError):
        if needle in commands.run(root, "git", "show", f"HEAD:./{LOCK}").encode():
            description["commit"] = commands.run(root, "git", "rev-parse", "HEAD").strip()
    description["metrics"] = _json(root / METRICS)
    description["comparison"] = _comparison(_json(root / COMPARISON), description["commit"])
    card = _content(folder.parent / "card.md")
    description["card"] = None if card is None else card.decode("utf-8", "replace")
    return description


def _comparison(whole: Any, commit: str | None) -> dict[str, Any] | None:
    """Revisions and metrics of a comparison, if it is of this very commit."""
    head = whole.get("head") if isinstance(whole, dict) else None
    if commit is None or not isinstance(head, dict) or commit not in head.values():
        return None
    return {name: whole.get(name) for name in ("base", "head", "metrics")}


def _json(path: Path) -> Any:
    content = _content(path)
    with suppress(ValueError, RecursionError):
        return None if content is None else json.loads(content)
    return None


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except OSError:
        return None
