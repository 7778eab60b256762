# Duban 督办. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PY ?= python3
PORT ?= 8000
SCALE ?= 0.1
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell sha256sum requirements.lock | cut -c1-12)
DEV_STAMP := $(VENV)/.dev-$(shell sha256sum requirements-dev.lock | cut -c1-12)
FRONTEND := webapp/frontend
NODE_STAMP := $(FRONTEND)/node_modules/.stamp-$(shell sha256sum $(FRONTEND)/package-lock.json 2>/dev/null | cut -c1-12)
DIST := webapp/static/dist/manifest.json
FRONTEND_SOURCES := $(shell find $(FRONTEND)/src $(FRONTEND)/package.json $(FRONTEND)/vite.config.js -type f 2>/dev/null)
# The machine's Node (20 or newer) when there is one, else the wheel which carries it.
NODE_OK := $(shell command -v npm >/dev/null && node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null && echo yes)
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes

# Two steps side by side: one waits for the network while the other reckons. Not where the wheel brings Node, as two pips
# would meet in one environment.
ifneq ($(NODE_OK),)
MAKEFLAGS += -j2
endif

.PHONY: help release-diagrams demo test soak check format bench install translations locks browser clean

help: ## list the targets
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PY=…)"; exit 1; }
	@$(PY) -m venv $(VENV) || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }

$(RUN_STAMP): requirements.lock | $(BIN)/python
	$(INSTALL) -r requirements.lock
	@rm -f $(VENV)/.run-*; touch $@

# The command line, straight from this folder: no build, no copy.
$(BIN)/duban: | $(BIN)/python
	@$(BIN)/python -c 'import site, pathlib; pathlib.Path(site.getsitepackages()[0], "duban.pth").write_text("$(CURDIR)\n")'
	@printf '#!%s\nfrom webapp.cli import main\n\nraise SystemExit(main())\n' "$(CURDIR)/$(BIN)/python" > $@ && chmod +x $@

$(DEV_STAMP): requirements-dev.lock | $(BIN)/python
	$(INSTALL) -r requirements-dev.lock
	@rm -f $(VENV)/.dev-* $(VENV)/.run-*; touch $@ $(RUN_STAMP)

$(NODE_STAMP): $(FRONTEND)/package-lock.json $(if $(NODE_OK),,$(RUN_STAMP))
ifeq ($(NODE_OK),)
	$(INSTALL) -r requirements-node.lock
endif
	cd $(FRONTEND) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@rm -f $(FRONTEND)/node_modules/.stamp-*; touch $@

$(DIST): $(NODE_STAMP) $(FRONTEND_SOURCES)
	cd $(FRONTEND) && PATH="$(CURDIR)/$(BIN):$$PATH" npx vite build --logLevel warn
	@touch $@

install: $(RUN_STAMP) $(BIN)/duban $(DIST) ## what a running server needs

browser: ## Chromium and Chinese fonts, for the browser tests
	@command -v chromium >/dev/null && fc-list :lang=zh 2>/dev/null | grep -q . || { \
	  echo "installing chromium and fonts-noto-cjk"; \
	  (apt-get update -q && apt-get install -yq --no-install-recommends chromium fonts-noto-cjk fontconfig) >/dev/null 2>&1 \
	  || { echo "Chromium is missing and could not be installed: apt-get install chromium fonts-noto-cjk"; exit 1; }; }

demo: install ## a running server with a city, a plan and months of history
	@PORT=$(PORT) $(BIN)/python -m webapp.cli demo --port $(PORT)

test: $(DEV_STAMP) $(BIN)/duban $(DIST) browser check ## everything, on real databases and in a real browser
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup

soak: $(DEV_STAMP) $(BIN)/duban $(DIST) browser ## the large and long cases
	DUBAN_SOAK=1 $(BIN)/python -m pytest -q -m soak

check: $(DEV_STAMP) $(BIN)/duban ## lint, formatting, types, imports, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.translations --check

format: $(DEV_STAMP) ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(DEV_STAMP) ## take new texts into the English catalogue
	$(BIN)/python -m tests.translations

bench: $(DEV_STAMP) ## measure against the database's own floor; prints one JSON object
	@SCALE=$(SCALE) $(BIN)/python -m benchmarks

bench-%: $(DEV_STAMP) ## one part of it: step, dispatch, parse, sweep, recompute
	@SCALE=$(SCALE) $(BIN)/python -m benchmarks $*

release-diagrams: ## keep the diagrams as they are now: installations will be running them
	@for file in bpmn/*.bpmn; do key=$$(basename $$file .bpmn); n=$$(ls bpmn/released/$$key-*.bpmn 2>/dev/null | wc -l); \
	  cmp -s $$file bpmn/released/$$key-$$n.bpmn || cp -v $$file bpmn/released/$$key-$$((n + 1)).bpmn; done

locks: ## make the lock files anew from pyproject.toml (needs uv)
	$(BIN)/pip install -q uv
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv lock -q
	$(BIN)/uv export -q --no-dev --no-emit-project --no-annotate --no-header -o requirements.lock
	$(BIN)/uv export -q --no-emit-project --no-annotate --no-header -o requirements-dev.lock
	$(BIN)/uv export -q --only-group node --no-emit-project --no-annotate --no-header -o requirements-node.lock
	rm uv.lock

clean: ## remove what was built and the demo's data
	rm -rf webapp/static/dist var .mypy_cache .ruff_cache .pytest_cache
