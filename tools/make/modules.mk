# SPDX-License-Identifier: Apache-2.0
#
# A module is a directory: its *.c but test-*.c become one archive; its test-*.c become one test program each.
# A new file needs no line here; a new module needs one word, placed by rank (tools/lint/layers.tsv), lowest first.
# A test links its own module and those before it in this list, so that a test of a low rank stays small.
# A directory that does not exist yet is an empty module.

MODULES := \
	lib/base \
	lib/contract \
	lib/wire lib/trace lib/store lib/testset \
	supervisor/policy supervisor/sandbox supervisor/probe \
	supervisor/engine \
	supervisor/daemon collector gateway

# Programs whose sources are linked into tests as well (their main() is left behind in the archive).
PROGRAM_DIRS := tools/assay agent checker

sources = $(filter-out $(1)/test-%,$(wildcard $(1)/*.c))
tests = $(wildcard $(1)/test-*.c)
objects = $(patsubst %.c,$(OBJ)/%.o,$(call sources,$(1)))
archive = $(if $(call sources,$(1)),$(BUILD)/lib/$(subst /,-,$(1)).a)
archives = $(foreach m,$(1),$(call archive,$(m)))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
up_to = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(if $(2),$(call up_to,$(1),$(wordlist 2,$(words $(2)),$(2)))))

MODULE_ARCHIVES := $(call reverse,$(call archives,$(MODULES)))
HOST_SOURCES := $(foreach d,$(MODULES) $(PROGRAM_DIRS),$(call sources,$(d)))
TEST_SOURCES := $(foreach d,$(MODULES) $(PROGRAM_DIRS),$(call tests,$(d))) $(wildcard tests/*/test-*.c)
HOST_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(HOST_SOURCES) $(TEST_SOURCES))

$(OBJ)/%.o: %.c $(FLAGS_STAMP)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_HOST) -MMD -MP -c $< -o $@

define archive_rule
$(call archive,$(1)): $(call objects,$(1))
	$$(call say,AR,$(1))
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)$$(AR) rcsD $$@ $$^
endef
$(foreach m,$(MODULES) $(PROGRAM_DIRS),$(if $(call sources,$(m)),$(eval $(call archive_rule,$(m)))))

-include $(HOST_OBJECTS:.o=.d)

# --- compile_commands.json, for clangd and clang-tidy: always with clang's flags, whatever CC builds with ---
COMPDB := build/compile_commands.json
json_quote = "$(subst ",\",$(subst \,\\,$(1)))"
COMPDB_SOURCES = $(HOST_SOURCES) $(TEST_SOURCES)

.PHONY: compdb
compdb: ## write compile_commands.json for clangd and clang-tidy
	@mkdir -p build
	@$(MAKE) --no-print-directory CC=clang SANITIZE= DEBUG= compdb-write skeletons
.PHONY: compdb-write
compdb-write:
	$(file >$(COMPDB).new,[)
	$(foreach s,$(COMPDB_SOURCES),$(file >>$(COMPDB).new,$(if $(filter-out $(firstword $(COMPDB_SOURCES)),$(s)),$(comma)){"directory": $(call json_quote,$(CURDIR)), "file": $(call json_quote,$(s)), "command": $(call json_quote,$(CC) $(CFLAGS_HOST) -c $(s))}))
	$(file >>$(COMPDB).new,])
	@if cmp -s $(COMPDB).new $(COMPDB); then rm $(COMPDB).new; else mv $(COMPDB).new $(COMPDB); fi
	@ln -sfn $(COMPDB) compile_commands.json
