# Every command a person needs here; `make` alone lists them.
# On the line or in the environment: PYTHON=/usr/bin/python3.12, TORCH_INDEX=..., CARREL_CUDA=1, CARREL_GPU=vulkan.

# ONNX Runtime would report its use to its makers; Carrel's processes switch that off themselves,
# this is for tests and benchmarks that call it directly.
export ORT_DISABLE_TELEMETRY := 1
export HF_HUB_OFFLINE := 1
export DO_NOT_TRACK := 1

BIN := .venv/bin
SETUP := @sh packaging/setup/setup.sh

.DEFAULT_GOAL := help
.PHONY: help run demo test check test-heavy test-vulkan bench screenshots package package-embedders package-gpu sign setup setup-tests lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 24

run: setup ## set up what is missing and open Carrel (without a display: the demo)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec $(BIN)/carrel; else exec $(BIN)/carrel demo; fi

demo: setup ## the sample folder and one question, in the terminal
	@$(BIN)/carrel demo

test: check ## the checks and the tests
	@$(BIN)/python -m pytest

check: setup-tests ## format, lint, types for three platforms, import contracts, house rules
	@$(BIN)/ruff format --check --quiet . || { echo "Type: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@for platform in linux win32 darwin; do \
	    $(BIN)/mypy --strict --platform $$platform --cache-dir .mypy_cache/$$platform || exit 1; done
	@$(BIN)/mypy --strict --cache-dir .mypy_cache/bench -p tests.bench
	@$(BIN)/mypy --strict --cache-dir .mypy_cache/packaging packaging/setup
	@MYPYPATH=packaging/setup $(BIN)/mypy --strict --cache-dir .mypy_cache/package packaging/package packaging/elsewhere
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/test_house.py

test-heavy: setup-tests ## the long and large tests that `make test` leaves out
	@$(BIN)/python -m pytest -m heavy

test-vulkan: setup-tests ## the engine on Vulkan, built beside .venv (a software device will do)
	@CARREL_GPU=vulkan $(BIN)/python packaging/setup/beside.py
	@CARREL_ENGINE_SITE=build/vulkan/site $(BIN)/python -m pytest -m heavy tests/core/engine/test_vulkan.py

bench: setup ## the table of README.md, measured on this machine (about ten minutes)
	@$(BIN)/python -m tests.bench

screenshots: setup-tests ## pictures of every page, light and dark, into build/screenshots
	@$(BIN)/python -m pytest -q tests/desktop -k screenshot

package: setup ## the .deb packages and the archive, into dist (Debian 12, Ubuntu 22.04 or newer)
	@PYTHONPATH=packaging/setup $(BIN)/python packaging/package/make.py

package-embedders: setup ## sentence-transformers and torch as a package (after `make package`)
	@PYTHONPATH=packaging/setup $(BIN)/python packaging/package/additions.py embedders

package-gpu: setup ## the engine on Vulkan as a package (after `make package`; compiles for long)
	@PYTHONPATH=packaging/setup $(BIN)/python packaging/package/additions.py gpu

sign: setup ## for maintainers: sign what is in dist with the key that CARREL_SIGNING_KEY names
	@PYTHONPATH=packaging/setup $(BIN)/python packaging/package/release.py

setup: ## everything `make run` needs; quick when nothing changed
	$(SETUP) run

setup-tests:
	$(SETUP) tests

lock: setup ## for maintainers: write the lock files anew (needs uv)
	@$(BIN)/python packaging/setup/lock.py

clean: ## remove what was built and installed here (the compiled engine stays in the user's cache)
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
