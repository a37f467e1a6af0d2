"""Writes the wheel of truerun for the image, and the line that installs it, into build/image.

`make image` calls it. Projects keep both in Git: vendor/ and requirements/truerun.txt.
"""

import shutil
from pathlib import Path

from truerun.package import wheel_files

FOLDER = Path("build/image")


def main() -> None:
    """Write both anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    wheel = wheel_files.running()
    wheel.write(FOLDER / "vendor")
    (FOLDER / "truerun.txt").write_text(wheel.requirement, encoding="utf-8")


if __name__ == "__main__":
    main()
