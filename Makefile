# The same targets serve people and CI. `make demo` and `make test` install what they need.
PYTHON ?= python3
RUN := .venv/bin
DEV := .venv-dev/bin
TOOLS := $(DEV):$(CURDIR)/build/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint fix contracts snapshots vectors docs bench bench-gas bench-startup bench-matcher test-contracts test-client test-wheel soak-model economy game griefing units coverage invariants slither mutation proofs test-forge evidence clean

## The main job on a local chain, in an environment of runtime dependencies alone.
demo: .venv/ready
	$(RUN)/workbond demo

## Everything: contracts on anvil and by forge, model against contracts, client, end to end, the installed wheel.
test: test-client test-contracts test-forge test-wheel

## What docs/security/evidence.md tells, beside the tests: each in an environment of its own, or a minute or more.
evidence: coverage slither proofs

test-contracts: .venv-dev/ready
	$(DEV)/python scripts/build_contracts.py --check
	PATH="$(TOOLS)" $(DEV)/python scripts/with_solc.py brownie test tests/contracts

## One after the other: they share what forge compiled.
test-forge: .venv-dev/ready
	build/bin/forge test --match-path 'tests/forge/{units,griefing}/*'
	$(DEV)/python scripts/invariants.py

test-client: .venv-dev/ready
	$(DEV)/python scripts/build_wasm.py --check
	PATH="$(TOOLS)" $(DEV)/python -m pytest -n 4 --dist loadfile  # they wait for blocks more than they compute

test-wheel: .venv-dev/ready
	PATH="$(TOOLS)" $(DEV)/python scripts/test_wheel.py

## Model against contracts for longer; `SEED=` repeats a run, `STEPS=` says how long, `JOBS=` in how many processes, `PROGRESS=` a file to go on from.
soak-model: .venv-dev/ready
	cd tests && ../$(DEV)/python -m model.soak $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS)) $(if $(JOBS),--jobs $(JOBS)) $(if $(PROGRESS),--progress $(abspath $(PROGRESS)))

## Who pays when somebody refuses a step, a token or a wallet is hostile, gas or time runs out: docs/security/griefing.md.
griefing: .venv-dev/ready
	build/bin/forge test --match-path 'tests/forge/griefing/*'

## What every function of the contracts does and refuses, on the code that ships.
units: .venv-dev/ready
	build/bin/forge test --match-path 'tests/forge/units/*'

## The same, and which branches these tests leave out; fails below 98%.
coverage: .venv-dev/ready
	PATH="$(TOOLS)" $(DEV)/python scripts/branch_coverage.py

## The protocol's nine invariants, 110,000 calls; fails where a way out was taken too rarely. `SEED=`, `CALLS=`.
invariants: .venv-dev/ready
	$(DEV)/python scripts/invariants.py $(if $(SEED),--seed $(SEED)) $(if $(CALLS),--calls $(CALLS))

## Rules of the contracts proven for all inputs by halmos; `MATCH=` picks some. Some minutes.
proofs: .venv-dev/ready .venv-halmos/ready
	.venv-halmos/bin/python scripts/prove.py $(if $(MATCH),--match $(MATCH))

## Slither's findings: each explained in slither.toml, else it fails. About a minute.
slither: .venv-dev/ready .venv-slither/ready
	$(DEV)/python scripts/run_slither.py

## Contracts with one small thing wrong, and which tests notice; `SEED=` and `SIZE=`. An hour, and goes on where it stopped.
mutation: .venv-dev/ready .venv-slither/ready
	for step in run later results; do \
	  PYTHONPATH=$(CURDIR) $(DEV)/python -m tests.mutation.$$step $(if $(SEED),--seed $(SEED)) $(if $(SIZE),--size $(SIZE)) || exit 1; \
	done

lint: .venv-dev/ready
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/mypy
	build/bin/forge fmt --check contracts tests/forge
	$(DEV)/python scripts/make_snapshots.py --check

fix: .venv-dev/ready
	$(DEV)/ruff check --fix .
	$(DEV)/ruff format .
	build/bin/forge fmt contracts tests/forge

## Writes client/workbond/artifacts.
contracts: .venv-dev/ready
	$(DEV)/python scripts/build_contracts.py

## Writes contracts/snapshots: ABI and storage in lines, for reviews.
snapshots: .venv-dev/ready
	$(DEV)/python scripts/make_snapshots.py

## Writes tests/vectors.
vectors: .venv-dev/ready
	$(DEV)/python scripts/make_vectors.py

## Writes docs/cli.md, the table in docs/settings.md, and the tables of gas in docs/performance.md.
docs: .venv-dev/ready
	$(DEV)/python scripts/make_docs.py

## All figures of docs/performance.md.
bench: bench-gas bench-startup bench-matcher
	$(DEV)/python benchmarks/tasks.py
	$(DEV)/python benchmarks/choosing.py

## Gas of whole transactions; fails above the budget.
bench-gas: .venv-dev/ready
	PATH="$(TOOLS)" $(DEV)/python benchmarks/gas.py

## Start-up against a bare Python; fails above the budget.
bench-startup: .venv-dev/ready
	$(DEV)/python benchmarks/startup.py

## Matching: speed, growth, distance from the optimum, longest wait; fails above the bounds.
bench-matcher: .venv-dev/ready
	$(DEV)/python benchmarks/matcher.py

## A month of the market in simulation: writes docs/economics.md's tables and plots.
economy: .venv-dev/ready
	PYTHONPATH=$(CURDIR) $(DEV)/python -m benchmarks.economy

## What every strategy gains against honest play: writes docs/security's tables and plots; fails if one beats it.
game: .venv-dev/ready
	PYTHONPATH=$(CURDIR) $(DEV)/python -m benchmarks.game

.venv/ready: pyproject.toml scripts/install_anvil.py $(shell find client examples/climate -type f -not -name '*.pyc')
	$(PYTHON) -m venv .venv
	$(RUN)/python -m pip install --quiet --upgrade pip
	$(RUN)/python -m pip install --quiet .
	$(RUN)/python scripts/install_anvil.py
	@touch $@

.venv-dev/ready: pyproject.toml constraints.txt package.json scripts/install_node_tools.py
	$(PYTHON) -m venv .venv-dev
	$(DEV)/python -m pip install --quiet --upgrade pip
	$(DEV)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	$(DEV)/python scripts/install_node_tools.py
	@touch $@

.venv-halmos/ready: pyproject.toml constraints-halmos.txt
	$(PYTHON) -m venv .venv-halmos
	.venv-halmos/bin/python -m pip install --quiet --upgrade pip
	.venv-halmos/bin/python -m pip install --quiet --constraint constraints-halmos.txt --group halmos
	@touch $@

.venv-slither/ready: pyproject.toml constraints-slither.txt
	$(PYTHON) -m venv .venv-slither
	.venv-slither/bin/python -m pip install --quiet --upgrade pip
	.venv-slither/bin/python -m pip install --quiet --constraint constraints-slither.txt --group slither
	@touch $@

clean:
	rm -rf .venv .venv-dev .venv-halmos .venv-slither build dist node_modules workbond-demo
