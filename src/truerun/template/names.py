"""What a project's own package in src/ is called."""

import importlib.util
import keyword
import re
import sys
import unicodedata

TAKEN = {"truerun", "tests", "src", "data", "models", "notebooks", "project"}


def package_name(folder: str) -> str:
    """The name of the project's own package, by that of its folder.

    >>> package_name("Churn 2024"), package_name("2024"), package_name("pandas")
    ('churn_2024', 'project_2024', 'pandas_project')
    """
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "project"
    if not name[0].isalpha():
        name = f"project_{name}"
    if keyword.iskeyword(name) or name in TAKEN or name in sys.stdlib_module_names:
        return f"{name}_project"
    return f"{name}_project" if importlib.util.find_spec(name) else name
