# Each target works in a fresh clone on a machine with Python >= 3.11 and make, nothing else.
#   make serve [SURVEY=folder] [PORT=5006]   the page, on a simulated survey if none is named
#   make test                                style, tests and the reference
#   make docs                                the reference of the library, in docs/build
#   make lock                                requirements.lock anew from pyproject.toml
#   make clean                               drop the environment and caches
# PYTHON=... names the interpreter to try first.

SHELL := /bin/sh
PORT ?= 5006
SURVEY ?= $(SLAM_SURVEY)

VENV := .venv
RUN := $(VENV)/bin/python -m
READY := $(VENV)/.ready

ifneq ($(strip $(SURVEY)),)
serve: export SLAM_SURVEY := $(SURVEY)
endif

.PHONY: serve test docs lock clean

serve: $(READY)
	@echo "http://127.0.0.1:$(PORT)/dashboard"
	@exec $(RUN) panel serve dashboard --address 127.0.0.1 --port $(PORT) \
	  --allow-websocket-origin 127.0.0.1:$(PORT) --allow-websocket-origin localhost:$(PORT)

test: $(READY)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) pytest -n 2 --dist loadfile --no-loadscope-reorder
	$(MAKE) docs

docs: $(READY)
	$(VENV)/bin/python docs/reference.py docs/build

# Sets $$python to the first interpreter that is new enough and can make an environment.
# Each is run, not just looked up: a version manager leaves names that lead nowhere.
FIND_PYTHON = \
  python=; bare=; \
  for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
    "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
    if "$$name" -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi; \
    bare=$${bare:-$$name}; \
  done; \
  if [ -z "$$python" ] && [ -n "$$bare" ]; then \
    echo "error: $$bare lacks venv or ensurepip: install them (Debian: python3-venv), or say make PYTHON=/path/to/python3" >&2; \
    exit 1; \
  elif [ -z "$$python" ]; then \
    echo "error: no Python >= 3.11 found: install one, or say make PYTHON=/path/to/python3" >&2; \
    exit 1; \
  fi

# The mark is made last and taken away first, so an interrupted set-up is never taken for a
# complete one: without the mark the environment is made anew, with it only brought up to date.
$(READY): requirements.lock pyproject.toml
	@set -e; \
	if [ -f $@ ]; then \
	  rm $@; \
	else \
	  $(FIND_PYTHON); \
	  echo "Setting up $(VENV) with $$python: once, about two minutes and 1.5 GB"; \
	  "$$python" -m venv --clear $(VENV); \
	fi; \
	$(RUN) pip install --require-hashes -r requirements.lock; \
	$(RUN) pip install --no-deps --no-build-isolation -e .; \
	touch $@

# Versions already in requirements.lock are kept where they still fit; delete it to renew all.
lock:
	@set -e; \
	$(FIND_PYTHON); \
	place=$$(mktemp -d); \
	trap 'rm -rf "$$place"' EXIT; \
	"$$python" -m venv "$$place"; \
	"$$place/bin/python" -m pip install --quiet uv; \
	"$$place/bin/uv" pip compile --universal --fork-strategy fewest --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist docs/build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
