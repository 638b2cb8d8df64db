# SPDX-License-Identifier: Apache-2.0
#
# Setting a fresh Debian 12 up, and the demonstration. These targets start make again for the build, since what they
# install decides how the rest of these files expands.

WITH ?= build

.PHONY: deps
deps: ## install what the build needs (WITH="build demo languages lint fuzz" for more)
	@mkdir -p build
	@ASSAY_DEPS_LOG=build/deps.log tools/make/install-packages $(WITH)

.PHONY: demo
demo: ## set the machine up, build, and run the demonstration
	@$(MAKE) --no-print-directory deps WITH="build demo"
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@ASSAY=$(CURDIR)/$(ASSAY) ASSAY_BUILD=$(CURDIR)/$(BUILD) ASSAY_SOURCE=$(CURDIR) tools/demo/run.sh
