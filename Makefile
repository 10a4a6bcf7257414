# One environment in .venv, installed from the lock; nothing outside this folder is touched.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: browser-tools report test test-slow nightly mutate fuzz lint lab english benchmark lock sbom audit clean

report: $(READY)  ## the example municipality's tertial report as HTML; prints its path
	$(BIN)/est demo

test: $(READY)  ## lint, types and the fast tests
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --doctest-modules --durations=10

test-slow: $(READY)  ## browsers, large real data, simulations
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not nightly"

nightly: $(READY)  ## the slowest tests, and 10,000 examples of every property: hours
	$(BIN)/python -m pytest -n 2 -m nightly
	EST_HYPOTHESIS=nightly $(BIN)/python -m pytest -n 2 -m hypothesis

mutate: $(READY)  ## how many planted faults the tests find; MODULE=rates, SAMPLE=40 for a part
	$(BIN)/python tests/mutation.py $(MODULE) --sample $(or $(SAMPLE),0)

fuzz: $(READY)  ## made-up files for the readers, steered by coverage; MINUTES=60; crashes are kept in build/fuzz
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/atheris atheris==3.0.0
	PYTHONPATH=build/atheris $(BIN)/python tests/fuzz.py $(or $(MINUTES),60)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lab: $(READY)  ## JupyterLab in the notebooks folder
	$(BIN)/jupyter lab --notebook-dir=.

english: $(READY)  ## copy the code of notebooks/ to notebooks/en/, and say which text is to be translated
	$(BIN)/python tests/english_notebooks.py

benchmark: $(READY)
	for program in benchmarks/*.py; do $(BIN)/python $$program || exit 1; done

browser-tools:  ## axe-core and the Nu validator for the slow tests; needs npm (the validator also Java)
	npm install --silent --no-save --no-package-lock --prefix .browser-tools axe-core@4 vnu-jar@26

lock:  ## after a change of dependencies in pyproject.toml
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade --output-file requirements.lock

sbom:  ## what the software is made of, as CycloneDX; from the lock, in an environment of its own
	mkdir -p build
	uvx --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.lock --output-reproducible \
		--of JSON --output-file build/sbom.json

audit:  ## known vulnerabilities of what the lock pins; a package that cannot be looked up fails too
	uvx pip-audit==2.10.1 --require-hashes --disable-pip --strict --requirement requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

clean:
	rm -rf .venv
