"""A pipeline of three short programs, whose shares can be worked out by hand."""

import csv
import random
import shutil
from pathlib import Path

from tests.conftest import ROOT, Project
from truerun.base import paths

DVC_YAML = f"""
stages:
  prepare:
    cmd: python src/prepare.py
    deps: [data/raw, src/prepare.py]
    params: [prepare]
    outs: [data/prepared.csv]
  train:
    cmd: python src/train.py
    deps: [data/prepared.csv, src/train.py]
    params: [train]
    outs: [models/model.json]
  evaluate:
    cmd: python src/evaluate.py
    deps: [data/prepared.csv, models/model.json, src/evaluate.py, schema.yaml]
    params: [evaluate]
    outs: [{paths.PREDICTIONS}]
"""
PARAMS = """
prepare:
  scale: 1.0
train:
  weight: 0.5
  unused: 1
evaluate:
  threshold: 0.5
compare:
  cluster: day
"""
SCHEMA = """
task: binary
predicts: what a test needs
not_for: anything else
target: y
key: [id]
columns:
  id: {type: int, feature: false}
  day: {type: text, feature: false}
  x: {type: float}
  z: {type: float}
  y: {type: int, categories: [0, 1]}
"""
READ_PARAMS = "import yaml\n\nparams = yaml.safe_load(open('params.yaml'))"
PREPARE = f"""
import csv
{READ_PARAMS}["prepare"]
rows = list(csv.DictReader(open("data/raw/rows.csv")))
for row in rows:
    row["z"] = params["scale"] * float(row["z"])
with open("data/prepared.csv", "w", newline="") as file:
    table = csv.DictWriter(file, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
"""
TRAIN = f"""
import csv, json, os
{READ_PARAMS}["train"]
rows = [row for row in csv.DictReader(open("data/prepared.csv")) if row["test"] == "0"]
means = {{}}
for name in ("x", "z"):
    signed = [float(row[name]) * (2 * int(row["y"]) - 1) for row in rows]
    means[name] = sum(signed) / len(signed)
means["z"] *= params["weight"]
os.makedirs("models", exist_ok=True)
json.dump(means, open("models/model.json", "w"))
"""
EVALUATE = f"""
import csv, json, math
import pyarrow as pa, pyarrow.parquet as pq
model = json.load(open("models/model.json"))
rows = [row for row in csv.DictReader(open("data/prepared.csv")) if row["test"] == "1"]
score = [model["x"] * float(row["x"]) + model["z"] * float(row["z"]) for row in rows]
pq.write_table(
    pa.table({{
        "id": [int(row["id"]) for row in rows],
        "day": [row["day"] for row in rows],
        "y": [int(row["y"]) for row in rows],
        "score": pa.array([1 / (1 + math.exp(-value)) for value in score], pa.float32()),
    }}),
    "{paths.PREDICTIONS}",
)
"""
ROWS = 400


def rows(count: int = ROWS, seed: int = 1, first: int = 0) -> list[dict[str, object]]:
    """Rows of 20 days, of which every other is a test row; x and z both tell of y."""
    draw = random.Random(seed)  # noqa: S311
    made = []
    for number in range(first, first + count):
        y = draw.randrange(2)
        x, z = (draw.gauss(effect * (2 * y - 1), 1) for effect in (0.4, 0.6))
        row = {"id": number, "day": f"day {number % 20}", "x": x, "z": z, "y": y}
        made.append({**row, "test": number % 2})
    return made


def write_rows(project: Project, table: list[dict[str, object]]) -> None:
    """Lay down the raw data, and let DVC take it into its cache."""
    path = project.root / "data/raw/rows.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    record = project.root / paths.RAW_DVC
    record.write_text("outs:\n- path: raw/rows.csv\n  hash: md5\n", encoding="utf-8")
    project.run("dvc", "commit", "--quiet", "--force", str(paths.RAW_DVC))


def created(root: Path) -> Project:
    """The project, whose main branch has run, on a branch for a change."""
    project = Project(root)
    (root / "src").mkdir(parents=True)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        project.run("git", "config", name, value)
    project.run("dvc", "init", "--quiet")
    shutil.copy(ROOT / ".dvc/config", root / ".dvc/config")
    for name, text in {
        "dvc.yaml": DVC_YAML,
        "params.yaml": PARAMS,
        "schema.yaml": SCHEMA,
        "src/prepare.py": PREPARE,
        "src/train.py": TRAIN,
        "src/evaluate.py": EVALUATE,
    }.items():
        (root / name).write_text(text, encoding="utf-8")
    write_rows(project, rows())
    project.run("dvc", "repro", "--quiet")
    project.commit("Start")
    project.run("git", "switch", "--quiet", "--create", "change")
    return project
