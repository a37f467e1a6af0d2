# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: -all
#     formats: ipynb,py:percent
#     notebook_metadata_filter: -jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The last run
#
# What `make repro` has left: the target, what drifts, where the model is weak, which errors cost
# most, and what one experiment gains over another.
#
# `make notebook` opens this page in JupyterLab, and VS Code runs it cell by cell. It is a script as
# well: `.venv/bin/python notebooks/explore.py` prints the tables. Commit this file alone: what the
# cells show stays in `explore.ipynb`, which Git ignores, because it holds rows of your data.

# %%
import builtins
import os
from pathlib import Path

if Path.cwd().name == "notebooks":
    os.chdir("..")  # to the project's folder

import matplotlib.pyplot as plt
import pandas as pd
from truerun.explore import drift, errors, experiments, slices, target
from truerun.explore.last_run import LastRun

show = getattr(builtins, "display", print)  # a script has no display
pd.set_option("display.width", 160, "display.max_columns", 30, "display.max_colwidth", 100)

run = LastRun.load()
contract, chosen = run.contract, run.params.evaluate

# %% [markdown]
# ## Target
#
# By partition; a table of one partition is cut by its time, and one without a time by the split.

# %%
times = [contract.time] if contract.time else []
rows = run.rows([contract.target, *times])  # name more columns to look at them; none reads all
parts = target.parts(rows, contract)
show(target.by_part(rows, parts, contract))

# %%
means = target.mean_by_part(rows, parts, contract)
axis = means.plot(marker="o", figsize=(9, 3), title=f"{contract.target} by part")
axis.set_xlabel("")
axis.figure.autofmt_xdate()

# %% [markdown]
# ## Drift
#
# How far the test rows are from the training rows: by custom a stability index (PSI) of 0.1 is
# small, and 0.25 large. Below it, what is beyond `limits.yaml`, window by window.

# %%
validation = run.metrics("validate")
drifts = drift.by_column(validation)
show(drifts.head(15))
for finding in drift.beyond_limits(validation).itertuples():
    print(f"{finding.status}: {finding.detail}")

# %%
figure, axis = plt.subplots(figsize=(9, 4))
axis.barh(drifts.index[:15][::-1], drifts["psi"].iloc[:15][::-1])
axis.axvline(0.25, color="gray", linestyle=":")
axis.set_xlabel("stability index")
figure.tight_layout()

# %% [markdown]
# ## Slices
#
# The weakest first, by the main metric. Add columns under `evaluate.slices` of `params.yaml`.

# %%
show(slices.weakest(run.metrics("slices"), run.metrics("evaluate"), contract).head(10))

# %% [markdown]
# ## Errors
#
# The test rows that the model is most wrong about. Is the label right? What do they have in common?

# %%
scored = run.scored()
decided = errors.decisions(scored, contract, chosen)
losses = errors.losses(scored, contract)
scores = [name for name in scored if name == "score" or name.startswith("score:")]
named = list(dict.fromkeys([*contract.key, *chosen.slices, contract.target, *scores]))
most = losses.nlargest(10).index
show(pd.concat([losses[most], scored.loc[most, named], decided[most]], axis=1))

# %% [markdown]
# Groups in which more of the worst 5 % are than in others of their size (`times`), first those with
# the most rows too many (`extra`). Of many groups some have more by chance: this is where to look.

# %%
show(errors.heaps(scored, errors.worst(losses), contract, chosen).head(15))

# %% [markdown]
# The same by what errors cost, where `evaluate.value` of `params.yaml` says what outcomes are
# worth: what the best decision would have been worth, less what that of the model is. Of rows that
# cost the same, the one comes first that the model is most wrong about.

# %%
if chosen.value:
    costs = errors.costs(scored, contract, chosen)
    most = pd.concat([costs, losses], axis=1).nlargest(10, [costs.name, losses.name]).index
    show(pd.concat([costs[most], scored.loc[most, named], decided[most]], axis=1))
    show(errors.heaps(scored, errors.worst(costs), contract, chosen).head(15))
else:
    print("params.yaml has no evaluate.value")

# %% [markdown]
# ## Two experiments
#
# On the same rows, with intervals that hold together: see what `truerun compare` says.

# %%
OUTPUT = Path("reports/experiments.json")
BASE, HEAD = None, None  # experiments, branches, tags or commits; None: the two newest experiments

pair = experiments.chosen(BASE, HEAD, experiments.stored())
if pair:
    comparison = experiments.compare(*pair, OUTPUT)
    print(f"{pair[0].name} (base) and {pair[1].name} (head): see `truerun report {OUTPUT}`")
    show(experiments.changes(comparison))
    show(experiments.differences(comparison))
    show(experiments.moved_slices(comparison))
else:
    print(
        "There are no experiments yet. Type this, then run the cell again:\n\n"
        f"    . .venv/bin/activate\n    {experiments.how_to(run.params)}"
    )
