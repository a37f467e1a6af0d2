"""What checkov has against the Dockerfiles, the manifests as they are built, and Terraform.

It has an environment of its own, .venv/checkov, which `make lint-infrastructure` makes. A check
that is left out is so in the file that it is about, or here, with its reason.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from truerun.base.commands import capture

PROGRAM = Path(".venv/checkov/bin/checkov")
LEFT_OUT: Mapping[str, str] = {
    "CKV_K8S_15": "an image of one digest is the same, whether it is pulled anew or not",
}


def faults(overlays: Mapping[str, Iterable[Mapping[str, Any]]], folders: Iterable[Path]) -> str:
    """What it says; empty if it finds nothing.

    Parameters
    ----------
    overlays : the manifests of each overlay by its name.
    folders : of other files to look at.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            target = Path(scratch, folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if folder.is_dir() else shutil.copy)(folder, target)
        for name, manifests in overlays.items():
            text = yaml.safe_dump_all(manifests)
            Path(scratch, f"{name}.yaml").write_text(text, encoding="utf-8")
        done = capture(
            Path(scratch),
            str(PROGRAM.absolute()),
            *("--directory", ".", "--framework", "dockerfile", "kubernetes", "terraform"),
            *("--compact", "--quiet", "--skip-download"),
            *(("--skip-check", ",".join(LEFT_OUT)) if LEFT_OUT else ()),
        )
    return done.stdout + done.stderr if done.returncode else ""
