# SPDX-License-Identifier: Apache-2.0
#
# make install DESTDIR= PREFIX=/usr/local

DESTDIR ?=
INSTALL ?= install
root = $(DESTDIR)$(PREFIX)
MAN_PAGES := $(foreach s,1 5 7 8,$(wildcard docs/man/*.$(s)))
COMPLETION := $(wildcard tools/assay/completion.bash)

.PHONY: install
install: programs ## install below DESTDIR/PREFIX
	$(INSTALL) -D -m 0755 $(ASSAY) $(root)/bin/assay
	$(INSTALL) -D -m 0755 -t $(root)/libexec/assay $(wildcard $(BUILD)/libexec/assay/*)
	mkdir -p $(root)/share/assay/policies
	cp -R --preserve=timestamps policies/. $(root)/share/assay/policies/
	chmod -R u=rwX,go=rX $(root)/share/assay/policies
	$(foreach p,$(MAN_PAGES),$(INSTALL) -D -m 0644 $(p) $(root)/share/man/man$(patsubst .%,%,$(suffix $(p)))/$(notdir $(p));)
	$(if $(COMPLETION),$(INSTALL) -D -m 0644 $(COMPLETION) $(root)/share/bash-completion/completions/assay)

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -rf $(root)/libexec/assay $(root)/share/assay
	rm -f $(root)/bin/assay $(root)/share/bash-completion/completions/assay
	rm -f $(foreach p,$(MAN_PAGES),$(root)/share/man/man$(patsubst .%,%,$(suffix $(p)))/$(notdir $(p)))
