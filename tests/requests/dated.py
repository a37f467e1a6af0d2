"""The log of a service as if its requests had come in several days."""

import datetime as dt
import json
from pathlib import Path


def spread(served: Path, folder: Path, last: dt.date, days: int) -> None:
    """Write the lines of a log as those of so many days, of which one is the last."""
    lines = [
        json.loads(line)
        for file in sorted(served.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    folder.mkdir()
    for number in range(days):
        day = last - dt.timedelta(days=days - 1 - number)
        text = "".join(
            json.dumps(line | {"time": f"{day}T12:00:00.000+00:00"}) + "\n"
            for line in lines[number::days]
        )
        (folder / f"{day}.0.0001.jsonl").write_text(text, encoding="utf-8")
