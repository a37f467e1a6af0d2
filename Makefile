# One vocabulary for the laptop, the hooks and CI. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -I requirements/install.py --build-constraint requirements/run.txt
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A Git hook's environment names its repository: a `git` in a temporary clone would work on that one.
unexport $(shell git rev-parse --local-env-vars)
unexport PYTHONDONTWRITEBYTECODE  # or every stage would compile its packages anew
unexport PYTHONPATH PYTHONHOME PYTHONUSERBASE  # .venv has all that runs
export GOMP_SPINCOUNT := 10000  # as in dvc.yaml: threads that wait shall not hold up a busy machine

# What is typed reaches the programs as it is: make would expand each $ in it, the shell each quote.
unexport BASE DATA FILE IMAGE INTO LOG OPTIONS STAGE TARGET VERSION
typed = '$(subst ','\'',$(value $(1)))'

.DEFAULT_GOAL := help
.PHONY: help setup data repro predict serve app image limits test test-fast test-nightly robustness zoo leaks lint format attest bench adopt tune
.PHONY: backtest monitor morning release promote rollback mlflow
.PHONY: bench-adopt trial-tables experiments feature-groups calibrate-verdicts comments mutants faults report
.PHONY: bench-serve bench-cluster bench-monitor rolling-months fuzz-serve explain lint-code lint-workflows lint-image lint-infrastructure cluster cluster-demo watch-demo extras remotes notebook lock repository

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

repository:
	@git rev-parse --git-dir > /dev/null || { echo "error: this folder must be a Git repository, as a" \
	  "downloaded ZIP file is not: git clone the project instead, or make it one: git init" \
	  "--initial-branch=main && git add --all && git commit --message Start" >&2; exit 1; }

setup: .venv/run.stamp  ## make .venv with the locked run-time packages

data: repository setup  ## lay down data/raw as data/raw.dvc lists it, and check every file
	@$(BIN)/truerun ingest

repro: data  ## run the stages that changed; print the metrics and where the plots are
	@$(BIN)/truerun repro

test: .venv/dev.stamp data  ## run the tests, but for the longest
	$(BIN)/pytest -m "not nightly"

test-nightly: .venv/dev.stamp .venv/mlflow.stamp data  ## run all tests
	$(BIN)/pytest

test-fast: .venv/dev.stamp  ## run the quick tests, which need no run of the pipeline
	$(BIN)/pytest -m "not slow and not nightly" --numprocesses=logical

robustness: .venv/dev.stamp data  ## try the corrupted inputs, and write what came of them to docs/robustness.md
	RENEW_DOCS=1 $(BIN)/pytest --numprocesses=0 tests/flights/robustness

zoo: .venv/dev.stamp  ## take awkward files from adopt to a report, and write what became of them to docs/zoo.md
	RENEW_DOCS=1 $(BIN)/pytest --numprocesses=0 tests/adopt/test_zoo_whole.py

leaks: .venv/dev.stamp  ## look for leaks in labelled tables, and write what is named to docs/leaks.md
	RENEW_DOCS=1 $(BIN)/pytest --numprocesses=0 tests/adopt/test_leaks_page.py

lint: .venv/dev.stamp lint-code lint-workflows lint-image  ## check format, style, types, imports, security, workflows, Dockerfiles and known advisories
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src tools
	$(BIN)/python -m tools.audit

lint-code: .venv/dev.stamp  ## check format, style, types and imports: what a hook does before each commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@for own in src/*/imports.toml; do test ! -e $$own || $(BIN)/lint-imports --no-cache $$own || exit 1; done

lint-workflows: .venv/dev.stamp  ## check the workflows: zizmor, actionlint with shellcheck, and schemas
	$(BIN)/zizmor --offline --no-progress --persona=pedantic --strict-collection .github
	$(BIN)/actionlint
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

lint-image: .venv/dev.stamp  ## check the Dockerfiles: hadolint with shellcheck
	$(BIN)/hadolint --failure-threshold style Dockerfile src/truerun/template/files/Dockerfile

lint-infrastructure: .venv/checkov.stamp  ## check compose.yaml and ops/: schemas, checkov, rules of our own
	$(BIN)/python -m tools.infrastructure

format: .venv/dev.stamp  ## format the code and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

attest: data  ## prove that a clone gives what is in Git, to the byte, whatever the machine
	@$(BIN)/python -m tools.attest

bench: data  ## measure what DVC and more rows cost, into docs/benchmarks.md (most of an hour)
	@$(BIN)/python -m tools.flights.bench

bench-serve: .venv/dev.stamp repro  ## measure what an answer over HTTP costs beside other servers, into docs/serve-benchmarks.md (wrk is needed): OPTIONS='--minutes 1'
	@$(BIN)/python -m tools.flights.bench_serve $(value OPTIONS)

bench-cluster: .venv/dev.stamp data  ## measure what a cluster of Dask costs beside the work, into docs/cluster-benchmarks.md (an hour): OPTIONS='--years 3'
	@$(BIN)/python -m tools.flights.bench_cluster $(value OPTIONS)

bench-monitor: .venv/dev.stamp  ## play streams with faults to the monitor, NannyML and evidently, into docs/monitor-trials.md: OPTIONS='--quarters 20'
	@$(BIN)/python -m tools.bench_monitor $(value OPTIONS)

rolling-months: data  ## choose a model of the flights by rolling months, then show the newest beside AutoGluon, into docs/rolling.md (half an hour): OPTIONS='--seconds 60'
	@$(BIN)/python -m tools.flights.rolling $(value OPTIONS)

fuzz-serve: .venv/dev.stamp  ## try requests that are made up on a service, for some minutes
	FUZZ_EXAMPLES=20000 $(BIN)/pytest --numprocesses=0 tests/serve/test_fuzz.py

adopt: setup  ## write the project of your own table: DATA=customers.csv TARGET=churn INTO=../churn
	@$(BIN)/truerun adopt $(if $(value DATA),$(call typed,DATA)) --target $(call typed,TARGET) --into $(call typed,INTO) $(value OPTIONS)

predict: repro  ## score the rows of FILE=customers.csv into scores.parquet: OPTIONS='--output scores.csv'
	@$(BIN)/truerun predict $(if $(value FILE),$(call typed,FILE)) $(value OPTIONS)

serve: repro  ## answer rows over HTTP by this model: OPTIONS='--port 9000'
	@$(INSTALL) --require-hashes -r requirements/serve.txt
	@$(BIN)/truerun serve $(value OPTIONS)

app: setup  ## open a page that tries out what make serve answers: OPTIONS='--url https://example.org'
	@$(INSTALL) --require-hashes -r requirements/app.txt
	@$(BIN)/truerun app $(value OPTIONS)

image: repro  ## build the image that answers by this model, with docker, podman or buildah: IMAGE=delays:1.0
	@$(BIN)/truerun release image $(if $(value IMAGE),$(call typed,IMAGE))

release: setup  ## make a version of this commit, which main has proved: VERSION=v1.2.0
	@$(BIN)/truerun release create $(call typed,VERSION)

promote: setup  ## put a version into a stage: VERSION=v1.2.0 STAGE=production
	@$(BIN)/truerun release promote $(call typed,VERSION) $(call typed,STAGE) $(value OPTIONS)

rollback: setup  ## put the version before into a stage again: STAGE=production OPTIONS='--to v1.0.0'
	@$(BIN)/truerun release rollback $(call typed,STAGE) $(value OPTIONS)

mlflow: .venv/mlflow.stamp  ## start a server of MLflow on port 5000 to try it, with all that it keeps in .venv
	@cd .venv/mlflow && MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false bin/mlflow server --workers 1 --backend-store-uri sqlite:///kept.db --artifacts-destination kept

morning: repro  ## write the page of yesterday with an index of all days, by the log in LOG=requests: OPTIONS='--site /var/www'
	@$(BIN)/truerun morning $(if $(value LOG),$(call typed,LOG),requests) $(value OPTIONS)

monitor: repro  ## say whether the served model holds, by the log in LOG=requests: OPTIONS='--labels outcomes.csv'
	@$(BIN)/truerun monitor $(if $(value LOG),$(call typed,LOG),requests) $(value OPTIONS)

limits: repro  ## write limits.yaml, what newer rows are held against, from the training rows
	@$(BIN)/truerun limits

backtest: repro  ## show whether training again would have paid, on the past of a table in time: OPTIONS='--from 2024-03'
	@$(BIN)/truerun backtest $(value OPTIONS)

tune: repro  ## search better parameters of the model on training rows: OPTIONS='--trials 50 --write'
	@$(BIN)/truerun tune $(value OPTIONS)

bench-adopt: .venv/dev.stamp  ## measure how good a first model is on real tables, into docs/first-models.md
	@$(BIN)/python -m tools.bench_adopt

trial-tables: .venv/dev.stamp  ## adopt 200 tables taken at random, ingest newer rows, into docs/trial-tables.md: OPTIONS='--tables 20'
	@$(BIN)/python -m tools.trial $(OPTIONS)

experiments: repro  ## run the grid of tools/experiments.py, compare the runs in docs/experiments.md
	@$(BIN)/python -m tools.experiments

feature-groups: repro  ## measure what each group of features is worth, into docs/features.md
	@$(BIN)/python -m tools.feature_groups

calibrate-verdicts: repro  ## measure how sure the verdicts of a comparison are, into docs/verdicts.md
	@$(BIN)/python -m tools.calibrate_verdicts

comments: repro  ## make six changes, and write what the comments on them say to docs/comments.md
	@$(BIN)/python -m tools.flights.comments

mutants: .venv/dev.stamp  ## put a small fault into the code that judges, 400 times, and write which the tests miss to docs/mutants.md
	@$(BIN)/python -m tools.mutants

faults: .venv/dev.stamp data  ## put known faults into a copy, and write what caught them to docs/faults.md
	RENEW_DOCS=1 $(BIN)/pytest --numprocesses=0 tests/flights/faults

report: data  ## compare the working tree with main (or BASE=REV), into reports/comment.md and reports/report.html
	@rm -f run.json
	-@$(BIN)/truerun repro --record run.json
	@$(BIN)/truerun judge --run run.json --rebuild-base $(if $(value BASE),--base $(call typed,BASE))

explain: data  ## write the report, and whose doing a difference is, from runs of combinations of the changes
	@rm -f run.json
	-@$(BIN)/truerun repro --record run.json
	@$(BIN)/truerun judge --run run.json --rebuild-base --attribute $(if $(value BASE),--base $(call typed,BASE)) $(value OPTIONS)

extras: setup  ## add what reads Excel files and databases, and what tunes, to .venv
	$(INSTALL) --require-hashes -r requirements/extras.txt

cluster: setup  ## add what makes stages run on a cluster of Dask to .venv
	$(INSTALL) --require-hashes -r requirements/cluster.txt

cluster-demo: .venv/dev.stamp data  ## run the pipeline on four workers on this machine, kill one, and compare the bytes
	@$(BIN)/python -m tools.cluster_demo

watch-demo: .venv/dev.stamp data  ## play a week of flights with a damaged day, show which alarm rings (Prometheus is needed): OPTIONS='--hour 1'
	@$(BIN)/python -m tools.flights.watch_demo $(value OPTIONS)

remotes: setup  ## add the S3 and SSH clients of DVC to .venv
	$(INSTALL) --require-hashes -r requirements/remotes.txt

notebook: repro  ## open notebooks/explore.py in JupyterLab: target, drift, slices, errors, two experiments
	$(INSTALL) --require-hashes -r requirements/notebook.txt
	@$(BIN)/jupytext --quiet --sync notebooks/explore.py
	@$(BIN)/jupyter lab --ServerApp.root_dir=. notebooks/explore.ipynb $(value OPTIONS)

lock: .venv/uv.stamp  ## renew requirements/*.txt from pyproject.toml
	sh requirements/lock.sh

.venv/uv.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is none: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -I requirements/install.py --require-hashes -r requirements/uv.txt
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt pyproject.toml
	@echo "Installing the run-time packages into .venv ..." >&2
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@echo "Installing the test tools into .venv ..." >&2
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# Its packages do not go with ours.
.venv/checkov.stamp: .venv/dev.stamp requirements/checkov.txt
	@echo "Installing checkov into .venv/checkov ..." >&2
	@$(BIN)/python -m venv .venv/checkov
	@ln -sf ../../bin/uv .venv/checkov/bin/uv  # which is quicker than pip
	@.venv/checkov/bin/python -I requirements/install.py --require-hashes -r requirements/checkov.txt
	@touch $@

# Nor do those of a server of MLflow; truerun itself needs none of them.
.venv/mlflow.stamp: .venv/dev.stamp requirements/mlflow.txt
	@echo "Installing a server of MLflow into .venv/mlflow ..." >&2
	@$(BIN)/python -m venv .venv/mlflow
	@ln -sf ../../bin/uv .venv/mlflow/bin/uv
	@.venv/mlflow/bin/python -I requirements/install.py --require-hashes -r requirements/mlflow.txt
	@touch $@
