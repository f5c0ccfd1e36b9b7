# Cofab: the commands of this repository. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?=
export PYTHON
BIN := .venv/bin
WORKERS ?= 3

.PHONY: help setup demo test crash soak lint docs messages format serve bench bench-build bench-build-growth bench-dispatch bench-page bench-lineage clean

help: ## list these commands
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: ## install everything that the commands below need (idempotent)
	@scripts/bootstrap

demo: ## the main job on real parts, from publishing to the printed part; KEEP=1 leaves the page running
	@scripts/bootstrap python octoprint front system
	@$(BIN)/python -m testbed.demo $(if $(KEEP),--keep)

test: setup ## all tests, on real OctoPrint, PostgreSQL, S3, PrusaSlicer and Chromium
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --ignore tests/web $(ARGS)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile tests/web $(ARGS)

crash: setup ## the crash matrix in short: 200 faults in a running fleet, none of which may double a start or lose a part
	@$(BIN)/python -m testbed.faults crash $(if $(SEED),--seed $(SEED))

soak: setup ## the whole crash matrix: N=2000 faults; SEED= goes on or repeats, ROUND= repeats one round
	@$(BIN)/python -m testbed.faults soak $(if $(SEED),--seed $(SEED)) --faults $(or $(N),2000) $(if $(ROUND),--round $(ROUND))

lint: setup ## ruff, strict types, import contracts, front-end types, docs completeness
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@scripts/bootstrap node
	@cd registry/web && PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm run --silent check
	@$(BIN)/python -m pytest tests/docs

docs: setup ## write the reference pages from the code
	@$(BIN)/python -m testbed.reference

messages: setup ## gather the texts of the pages into the catalogues of the languages
	@$(BIN)/python -m testbed.messages

format: ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

serve: setup ## a registry on this machine, its data in .data
	@$(BIN)/cofab serve --data .data

bench: bench-build bench-dispatch bench-page ## all benchmarks; their rows are put into bench/out

bench-build: setup ## how fast the build engine is, beside a plain process, PartCAD and cadquery-cli; ARGS=--quick for a part of it
	@bench/install-peers
	@$(BIN)/python -m bench.build $(ARGS)

bench-build-growth: setup ## whether the build engine's memory grows over N=10000 builds
	@$(BIN)/python -m bench.growth $(or $(N),10000)

bench-dispatch: setup ## how the hand-out does under load, beside the raw limit of its SQL and FDM Monster; ARGS=--quick for a part
	@$(if $(findstring --quick,$(ARGS)),,bench/install-peers)
	@$(BIN)/python -m bench.dispatch $(ARGS)

bench-page: setup ## from a slider to the picture in the browser, beside the kernel's own time, and what pages weigh; ARGS=--quick for a part
	@$(BIN)/python -m bench.page $(ARGS)

bench-lineage: setup ## how long questions of the lineage take, from 1,000 to 1,000,000 versions, and how soon its page can be used; ARGS="--sizes 1000,10000" for a part
	@$(BIN)/python -m bench.lineage $(ARGS)

clean: ## remove what the commands above installed and made
	rm -rf .venv .tools .demo .data bench/out registry/web/node_modules registry/web/static/dist
