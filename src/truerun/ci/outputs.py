"""What a step tells the other steps and jobs of its workflow."""

import os
from pathlib import Path


def set_outputs(**values: str) -> None:
    """Tell GitHub Actions values by which others go; outside it, nobody is told."""
    if file := os.environ.get("GITHUB_OUTPUT"):
        with Path(file).open("a", encoding="utf-8") as outputs:
            outputs.writelines(f"{name}={value}\n" for name, value in values.items())
