# `make` lists what there is to make. Nothing has to be installed by hand: .venv is made from the first Python that is new enough.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON := .venv/bin/python
READY := .venv/.ready
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# Compiled tests are kept, whatever the shell says: compiling them anew takes longer than collecting them.
export PYTHONDONTWRITEBYTECODE :=
REGIONS := us-east-1 ap-east-1 cn-north-1 cn-northwest-1

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## start everything, play the story, stay until Ctrl-C; ONCE=1 ends by itself and says whether all went well
	@$(PYTHON) -m desk demo $(if $(ONCE),--once)

.PHONY: up
up: $(READY) ## start the local stack and deploy what has changed; ports by LIANDONG_PORT_FRONT, _SANDBOX, _AWS
	@$(PYTHON) -m desk up

.PHONY: down
down: $(READY) ## stop the local stack and keep its data
	@$(PYTHON) -m desk down

.PHONY: reset
reset: $(READY) ## stop the local stack and forget its data
	@$(PYTHON) -m desk reset

.PHONY: status
status: $(READY) ## what runs where
	@$(PYTHON) -m desk status

.PHONY: test
test: $(READY) ## run the tests; ARGS="-k inbox" is passed on
	@$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long and not stack and not browser" $(ARGS)

.PHONY: test-stack
test-stack: $(READY) ## run only the tests that play on a real local stack, on free ports, beside the one that may be up, or in a real browser
	@$(PYTHON) -m pytest -m "stack or browser" $(ARGS)

.PHONY: test-long
test-long: $(READY) ## run the tests that take minutes
	@$(PYTHON) -m pytest -m long $(ARGS)

.PHONY: check
check: $(READY) ## ruff, mypy, and cfn-lint of the template with and without fixed addresses
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m desk template --stage prod
	@for fixed in yes no; do \
		.venv/bin/cfn-lint --template build/prod/template.json --regions $(REGIONS) \
			--parameters CodeBucket=bucket CodeKey=key LayerKey=key Stage=prod FixedEgress=$$fixed || exit 1; \
	done

.PHONY: bench
bench: package ## measure, one JSON line per figure
	@$(PYTHON) -m bench

.PHONY: package
package: $(READY) ## make the package for production in build/prod; STAGE=… for another stage of .chalice/config.json
	@$(PYTHON) -m desk package --stage $(or $(STAGE),prod)

$(READY): requirements.txt requirements-layer.txt requirements-dev.txt
	@if ! $(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null; then \
		for candidate in python3.13 python3.12 python3.11 python3; do \
			if $$candidate -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$candidate; break; fi; \
		done; \
		if [ -z "$$found" ]; then echo "Python 3.11 or newer is needed: install it, then run make again." >&2; exit 1; fi; \
		$$found -m venv --clear .venv || { echo "$$found cannot make a virtual environment: install its venv package." >&2; exit 1; }; \
	fi
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@
