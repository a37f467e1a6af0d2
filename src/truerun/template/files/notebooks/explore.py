"""A first look at the data and the scores: open it as a notebook, or run it cell by cell.

Editors read the marks `# %%` as cells. `make repro` comes first: it makes what is read here.
"""

# %%
import os
from pathlib import Path

if not Path("params.yaml").exists():
    os.chdir("..")  # from this folder to the project's

import matplotlib.pyplot as plt
import pandas as pd
from truerun.contract import contract as contracts

contract = contracts.load(Path("schema.yaml"))
rows = pd.read_parquet("data/prepared")
rows.describe(include="all").T

# %% The target
rows[contract.target].value_counts(normalize=True, dropna=False).head(20)

# %% Each number against the target
numbers = [name for name in rows.select_dtypes("number") if name != contract.target]
figure, axes = plt.subplots(len(numbers) or 1, figsize=(8, 2.5 * max(1, len(numbers))))
for name, axis in zip(numbers, [axes] if len(numbers) < 2 else axes, strict=False):
    groups = rows.groupby(contract.target)[name] if rows[contract.target].nunique() < 10 else None
    if groups is None:
        axis.scatter(rows[name], rows[contract.target], s=3, alpha=0.3)
    else:
        for label, values in groups:
            axis.hist(values.dropna(), bins=30, alpha=0.5, density=True, label=str(label))
        axis.legend(title=contract.target)
    axis.set_xlabel(name)
figure.tight_layout()

# %% The scores of the test rows
predictions = pd.read_parquet("data/predictions.parquet")
predictions.sample(min(10, len(predictions)), random_state=1)

# %% What the model looks at
importance = pd.read_csv("plots/importance.csv")
importance.head(10)
