"""Small comparisons, and archives of them as a run leaves them behind."""

import io
import json
import zipfile
from typing import Any

GONE = {"missing": "the stage validate failed"}


def comparison(commit: str | None, **changes: Any) -> bytes:
    """A comparison of which nothing could be found out but that a stage failed."""
    rule = {
        "rule": "pipeline",
        "outcome": "fail",
        "unknown": False,
        "asks": "every stage ends well",
        "found": "validate failed",
        "needed": "fix what the error says",
    }
    found = {
        "version": 7,
        "task": "binary",
        "predicts": "a flight is late",
        "main_metric": "roc_auc",
        "metric_facts": [],
        "base": {"name": "main", "commit": "b" * 40},
        "head": {"name": "this pull request", "commit": commit},
        "metrics": GONE,
        "slices": GONE,
        "decisions": GONE,
        "scores": GONE,
        "value": None,
        "data": {
            **{name: [] for name in ("files", "contract", "partitions", "columns", "findings")},
            "lost": [],
            "moved_by": None,
            "findings_by_base": None,
            **dict.fromkeys(
                ("rows", "quarantine", "test_rows", "repeated", "seen", "newest"), GONE
            ),
        },
        "causes": {name: [] for name in ("parameters", "stages", "code", "packages")},
        "attribution": None,
        "cost": GONE,
        "reproduction": {
            "state": "failed",
            "every": False,
            "ran": ["validate"],
            "count": 0,
            "differences": [],
            "failed": "validate",
            "error": "error: too many rows break schema.yaml",
        },
        "provenance": {
            "exact": True,
            "recomputed": GONE,
            "revalidated": GONE,
            **{name: [] for name in ("inputs", "unexplained", "definitions", "settings")},
            "guards": [],
        },
        "experiments": GONE,
        "gate": {"outcome": "fail", "rules": [rule]},
        "shortened": [],
    }
    return json.dumps(found | changes).encode()


def evidence(commit: str, **files: bytes) -> bytes:
    """An archive of evidence as a run that failed early leaves it behind, and of other files."""
    record = {"every": False, "ran": ["validate"], "failed": "validate", "error": "too many rows"}
    facts = {"version": 1, "commit": commit, "run": record}
    return zipped(("evidence.json", json.dumps(facts).encode()), *files.items())


def archive(**files: bytes) -> bytes:
    """An archive of files in which `comparison` and `report` are the names that a run gives."""
    names = {"comparison": "comparison.json", "report": "reports/report.html"}
    return zipped(*((names[name], content) for name, content in files.items()))


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """An archive with names of any kind."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files:
            opened.writestr(name, content)
    return target.getvalue()
