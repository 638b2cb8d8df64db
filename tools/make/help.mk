# SPDX-License-Identifier: Apache-2.0
#
# `make help` prints each target that carries a `## comment`, in the order of the files.

.PHONY: help
help: ## list the targets
	@awk -F ':[^#]*## ' '/^[a-z][a-z0-9_-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  variables: CC=gcc|clang DEBUG=1 SANITIZE=address,undefined|thread V=1 TESTS=pattern TEST_TIMEOUT=300'
	@echo '             ASSAY_MUST_RUN=1 DESTDIR= PREFIX=/usr/local'
