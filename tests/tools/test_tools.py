"""Every tool can be imported: what one takes from the package is still there."""

import importlib
import pkgutil

import pytest
import tools


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.walk_packages(tools.__path__, "tools.")]
)
def test_a_tool_can_be_imported(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
