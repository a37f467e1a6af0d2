#!/bin/sh
# Renews the requirements files from pyproject.toml. One version of each package serves Python 3.11
# to 3.13 (--fork-strategy fewest), every file that a supported machine installs is named by its hash,
# and no index address is kept.
set -eu
compile() {
  out=$1
  shift
  .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
    --output-file "requirements/$out" "$@"
}
# Last, since each file is a constraint of others: the hashes of files that are for no machine of ours.
prune() {
  for name in uv checkov mlflow bentoml mlserver nannyml evidently autogluon dev remotes cluster extras notebook serve app run; do
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
      --format pylock.toml --output-file .venv/pylock.toml "requirements/$name.txt"
    .venv/bin/python -m tools.lock_hashes "requirements/$name.txt" .venv/pylock.toml
  done
}
echo uv | compile uv.txt -
echo checkov | compile checkov.txt -
echo mlflow | compile mlflow.txt -
# `flights` is the data of this repository's own project.
# The widest set first: what it settles on holds for the narrower ones.
compile dev.txt --extra dev --extra flights pyproject.toml
compile remotes.txt --extra remotes --extra flights --constraint requirements/dev.txt pyproject.toml
compile cluster.txt --extra cluster --extra flights --constraint requirements/dev.txt pyproject.toml
compile extras.txt --extra extras --extra flights --constraint requirements/dev.txt pyproject.toml
compile notebook.txt --extra notebook --extra flights --constraint requirements/dev.txt pyproject.toml
compile serve.txt --extra serve --extra flights --constraint requirements/dev.txt pyproject.toml
compile app.txt --extra app --extra flights --constraint requirements/dev.txt pyproject.toml
compile run.txt --extra flights --constraint requirements/dev.txt pyproject.toml
# Servers beside which ours is measured, with the packages that read its model.
model() { grep -oE '^(numpy|pandas|scikit-learn|skops)==[^ ]+' requirements/run.txt; }
{ echo bentoml && model; } | compile bentoml.txt -
{ echo mlserver && echo mlserver-sklearn && model; } | compile mlserver.txt -
# Monitors beside which ours is measured. NannyML needs statsmodels and does not say so, and a kaleido
# of which there are files for our machines; evidently does not go with a newer pandas.
{ echo nannyml && echo statsmodels && echo 'kaleido!=0.2.1.post1'; } | compile nannyml.txt -
{ echo evidently && echo 'pandas<3'; } | compile evidently.txt -
# The library whose models ours are held against, with what those of medium quality need. There are
# files of torch for these systems alone.
systems="sys_platform == 'linux' or sys_platform == 'darwin'"
echo "autogluon.tabular[catboost,fastai,lightgbm,xgboost]; $systems" | compile autogluon.txt -
prune
# What a project of its own installs is chosen from these.
.venv/bin/python -m tools.project_lock
