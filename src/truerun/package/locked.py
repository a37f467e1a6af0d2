"""The locked requirements of a project, in the folder beside this module: see requirements/lock.sh.

`uv.txt` installs the installer, and `run.txt` what the package needs. The others hold only what
comes on top of that, so they are installed after it, with --no-deps.
"""

from importlib import resources

NAMES = (
    "uv.txt",
    "run.txt",
    "dev.txt",
    "cluster.txt",
    "extras.txt",
    "remotes.txt",
    "notebook.txt",
    "serve.txt",
)


def texts() -> dict[str, str]:
    """The text of each file by its name in the folder `requirements` of a project."""
    folder = resources.files(__package__) / "locked"
    return {name: (folder / name).read_text(encoding="utf-8") for name in NAMES}
