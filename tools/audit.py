"""Known advisories of the locked packages, as far as a source of advisories can be reached.

Exit status 1 for an advisory; 0 otherwise, with a notice that says how many packages could not be
looked up: pip-audit by itself calls it a success if it could look up none.

Usage: python -m tools.audit [requirements/dev.txt ...]
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truerun.base.commands import capture

WIDEST = ("requirements/dev.txt", "requirements/notebook.txt")  # all others are parts of them
UNREACHABLE = "pip-audit: skipped, no source of advisories can be reached"


def main(files: Sequence[str]) -> int:
    """Run pip-audit over requirements files and tell what it found."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    command += ["--progress-spinner=off", "--timeout=20", "--format=json"]
    command += [part for file in files for part in ("--requirement", file)]
    done = capture(Path(), *command)
    try:
        report = json.loads(done.stdout)
    except ValueError:  # no report
        if "Connection" in done.stderr:
            print(UNREACHABLE, file=sys.stderr)
            return 0
        print(f"pip-audit failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        return 1
    status, message = verdict(report)
    print(message, file=sys.stderr)
    return status


def verdict(report: dict[str, Any]) -> tuple[int, str]:
    """Exit status and message for a report of pip-audit."""
    packages = report["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    advisories = [
        f"  {package['name']} {package['version']}: {advisory['id']}, "
        f"fixed in {', '.join(advisory['fix_versions']) or 'no version yet'}"
        for package in packages
        for advisory in package.get("vulns", [])
    ]
    looked_up = len(packages) - len(skipped)
    message = f"pip-audit: {looked_up} of {len(packages)} packages looked up"
    if not looked_up:
        message = UNREACHABLE
    return (1, "\n".join([message, *advisories])) if advisories else (0, message)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or WIDEST))
