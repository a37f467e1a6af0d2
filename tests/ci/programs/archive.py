"""Archive files as upload-artifact does: by their paths from the folder that holds them all."""

import os
import sys
import zipfile
from pathlib import Path

target, listed, missing = sys.argv[1:]
files = [Path(name) for name in listed.split()]
if missing == "ignore" and not any(file.exists() for file in files):
    sys.exit()
alone = files[0] if len(files) == 1 and files[0].is_dir() else None  # a folder: what is in it
root = alone or os.path.commonpath([file.parent for file in files])
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
    for file in files:
        for part in [file, *file.rglob("*")]:  # of a folder, all that is in it
            if part.is_file():
                archive.write(part, part.relative_to(root))
