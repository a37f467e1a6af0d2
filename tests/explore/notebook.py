"""The notebook as a script."""

import contextlib
import io
import runpy
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from tests.conftest import ROOT

NOTEBOOK = ROOT / "src/truerun/template/files/notebooks/explore.py"


def run_here() -> tuple[dict[str, Any], str]:
    """Run it in the working directory and in this process: its variables, and what it prints."""
    printed = io.StringIO()
    plt.switch_backend("agg")
    with contextlib.redirect_stdout(printed), pd.option_context("display.width", None):
        names = runpy.run_path(str(NOTEBOOK))
    plt.close("all")
    return names, printed.getvalue()
