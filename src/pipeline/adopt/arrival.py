"""Where a table comes from, and how it is put under DVC: files, an address, or a query."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

from pipeline import paths
from pipeline.adopt import detect, workshop


class Origin(Protocol):
    """Where a table comes from."""

    def lay_down(self, folder: Path) -> Path:
        """Put its files into data/raw below a folder; where to read them."""

    def record(self, folder: Path, files: Sequence[str]) -> None:
        """Put the files under DVC, as data/raw.dvc."""


@dataclass(frozen=True)
class Local:
    """A file, or a folder of files."""

    path: Path

    def lay_down(self, folder: Path) -> Path:
        """Copy the files; messages name the user's own."""
        raw = folder / paths.RAW
        raw.mkdir(parents=True)
        for file in detect.files(self.path).values():
            shutil.copyfile(file, raw / file.name)
        return self.path

    def record(self, folder: Path, files: Sequence[str]) -> None:
        """List the files one by one."""
        list_files(folder, files)


def list_files(folder: Path, files: Sequence[str]) -> None:
    """Write data/raw.dvc with an entry for each file, and take the files into DVC's cache."""
    entries = [{"path": f"{paths.RAW.name}/{name}", "hash": "md5"} for name in files]
    text = yaml.safe_dump({"outs": entries}, allow_unicode=True, sort_keys=False)
    (folder / paths.RAW_DVC).write_text(text, encoding="utf-8")
    workshop.dvc(folder, "commit", "--quiet", "--force", str(paths.RAW_DVC))
