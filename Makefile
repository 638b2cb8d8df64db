# SPDX-License-Identifier: Apache-2.0
#
# Every entry point. The rules are in tools/make/*.mk, one file a concern; `make help` lists the targets.
#
# Everything is built out of the tree, in build/VARIANT, where VARIANT follows from CC, DEBUG and SANITIZE.
# Nothing here runs a compiler or pkg-config while make reads these files, so `make deps` and `make demo` work
# on a machine that has neither.

VERSION := 0.1.0

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

.PHONY: all
all: ## build everything into build/VARIANT

# In this order, since later files expand what earlier ones define; any other file of the directory follows by itself.
include tools/make/flags.mk
include tools/make/modules.mk
include tools/make/bpf.mk
include tools/make/agent.mk
include tools/make/assay.mk
include tools/make/test.mk
include $(filter-out $(MAKEFILE_LIST),$(sort $(wildcard tools/make/*.mk)))
