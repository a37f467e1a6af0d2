"""What machine a measurement was made on."""

import os
import platform
from pathlib import Path

GIB = 2**30


def machine() -> str:
    """Processor, cores, memory and system, in words."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return (
        f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, "
        f"{memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )
