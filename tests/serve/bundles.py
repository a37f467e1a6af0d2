"""Bundles for a service: of a table, and of a source of one's own."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.model.test_scoring import laid_down
from truerun.base.tasks import Task


def typed(folder: Path, task: Task = "binary", name: str = "hist_gradient_boosting") -> Any:
    """Lay down the bundle of a source of one's own; the rows that it was tested on."""
    expected = laid_down(name, task, folder)
    (folder / "models").mkdir(exist_ok=True)
    (folder / "bundle").rename(folder / "models/bundle")
    retold(folder / "models/bundle", lambda facts: facts["source"].update(name="own"))
    return expected.predictions


def retold(bundle: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Have a bundle say something else, as if it had been written so."""
    facts = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    edit(facts)
    text = json.dumps(facts).encode()
    (bundle / "bundle.json").write_bytes(text)
    (bundle / "digest").write_text(hashlib.sha256(text).hexdigest(), encoding="ascii")


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Rows of a table as JSON has them."""
    parsed: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return parsed
