# SPDX-License-Identifier: Apache-2.0
#
# Compilers, flags and the build directory.
#
#   CC=gcc|clang   DEBUG=1   SANITIZE=address,undefined|thread   LINK=static|dynamic   V=1   WERROR= (warnings pass)   EXTRA_CFLAGS= EXTRA_LDFLAGS=

ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := ar
endif
PKG_CONFIG ?= pkg-config
DEBUG ?=
SANITIZE ?=
V ?=
WERROR ?= -Werror
EXTRA_CFLAGS ?=
EXTRA_LDFLAGS ?=

# For what starts make again: as many jobs as there are CPUs, unless the caller chose.
JOBS ?= $(shell nproc)
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

empty :=
space := $(empty) $(empty)
comma := ,

CC_IS_CLANG := $(findstring clang,$(notdir $(CC)))
MACHINE := $(shell uname -m)

# --- the build directory: build/release, build/clang, build/address-undefined, build/clang-debug-thread ... ---
VARIANT := $(subst $(space),-,$(strip $(CC_IS_CLANG) $(if $(DEBUG),debug) $(subst $(comma),$(space),$(SANITIZE))))
VARIANT := $(or $(VARIANT),release)
BUILD := build/$(VARIANT)
OBJ := $(BUILD)/obj
GEN := $(BUILD)/gen

# --- where an installed assay looks when the lookup beside its own executable finds nothing ---
PREFIX ?= /usr/local
LIBEXECDIR := $(PREFIX)/libexec/assay
POLICYDIR := $(PREFIX)/share/assay/policies
DEFINES = -DASSAY_VERSION='"$(VERSION)"' -DASSAY_LIBEXECDIR='"$(LIBEXECDIR)"' -DASSAY_POLICYDIR='"$(POLICYDIR)"'

# --- libraries, asked for on first use only; --as-needed keeps each program to what it calls ---
PKGS := libcyaml yaml-0.1 libseccomp libsodium libzstd msgpack libevent_core jansson
PKG_HINT = $(error pkg-config does not find all of: $(1). Run `make deps` as root, then build again)
pkg_flags = $(if $(shell $(PKG_CONFIG) --exists $(2) 2>/dev/null && echo y),$(shell $(PKG_CONFIG) $(1) $(2)),$(call PKG_HINT,$(2)))
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(call pkg_flags,--cflags,$(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(call pkg_flags,--libs,$(PKGS)))$(PKG_LIBS)
# The command line is started often and lives for milliseconds, of which dynamic linking took one: libraries and the C library are linked in.
# LINK=dynamic links as every other program is; with a sanitizer that is so anyway.
LINK ?= static
PKG_ARCHIVES = $(eval PKG_ARCHIVES := $$(call pkg_flags,--static --libs,$$(PKGS)))$(PKG_ARCHIVES)
LINK_STATIC = $(if $(SANITIZE),,$(filter static,$(LINK)))
# libevent can look names up, and nothing here asks it to: the C library's resolver, which needs shared libraries, stays out.
NO_RESOLVER := -Wl,--defsym=getaddrinfo=abort,--defsym=freeaddrinfo=abort,--defsym=getservbyname=abort,--defsym=getprotobynumber=abort
PROGRAM_LIBS = $(if $(LINK_STATIC),$(NO_RESOLVER) $(PKG_ARCHIVES),$(PKG_LIBS))
CMOCKA_CFLAGS = $(eval CMOCKA_CFLAGS := $$(call pkg_flags,--cflags,cmocka))$(CMOCKA_CFLAGS)
CMOCKA_LIBS = $(eval CMOCKA_LIBS := $$(call pkg_flags,--libs,cmocka))$(CMOCKA_LIBS)

# --- warnings: the same for both compilers, then what only one knows ---
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
	-Wvla -Wformat=2 -Wundef -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough -Wnested-externs \
	-Wredundant-decls -Wnull-dereference -Wdate-time -Wno-unused-parameter -Wno-missing-field-initializers
# "ret_x is written only on success" is beyond gcc's flow analysis: it cannot know that -errno is never 0.
WARNINGS_GCC := -Wno-maybe-uninitialized -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloca
# Long strings in tables are written over several lines.
WARNINGS_CLANG := -Wno-gnu-zero-variadic-macro-arguments -Wno-string-concatenation
WARNINGS_BOTH := $(WARNINGS)
WARNINGS += $(if $(CC_IS_CLANG),$(WARNINGS_CLANG),$(WARNINGS_GCC))

# --- hardening ---
HARDEN := -fstack-protector-strong -fstack-clash-protection -fno-common -fno-strict-overflow -fno-strict-aliasing \
	-fno-delete-null-pointer-checks
ifeq ($(MACHINE),x86_64)
HARDEN += -fcf-protection
else ifeq ($(MACHINE),aarch64)
HARDEN += -mbranch-protection=standard
endif
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
HARDEN_LD := -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed -Wl,--fatal-warnings

OPT := $(if $(DEBUG),-Og -g3,-O2 -g)
CPPFLAGS_BASE := -D_GNU_SOURCE -I.
CFLAGS_BASE = -std=gnu17 $(OPT) $(WARNINGS) $(WERROR) $(HARDEN) -pipe

ifeq ($(SANITIZE),)
SAN_CFLAGS :=
SAN_LDFLAGS :=
FORTIFY_HOST := $(if $(DEBUG),,$(FORTIFY))
else
# The sanitizers check what _FORTIFY_SOURCE checks, and its wrappers hide calls from them. gcc's flow warnings see
# the checks that the sanitizers insert and report paths that no source has.
SAN_CFLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -Wno-null-dereference
SAN_CFLAGS += $(if $(CC_IS_CLANG),,-Wno-stringop-overflow -Wno-stringop-truncation -Wno-format-truncation)
SAN_LDFLAGS := -fsanitize=$(SANITIZE)
FORTIFY_HOST := -U_FORTIFY_SOURCE
endif

# What one translation unit of a module, a program or a test is compiled with.
CFLAGS_HOST = $(CPPFLAGS_BASE) -I$(GEN) $(DEFINES) $(PKG_CFLAGS) $(CFLAGS_BASE) $(FORTIFY_HOST) $(SAN_CFLAGS) -fPIE $(EXTRA_CFLAGS)
LDFLAGS_HOST = -pie $(HARDEN_LD) $(SAN_LDFLAGS) $(EXTRA_LDFLAGS)

# Relocations of a program that is linked once and started often, in a form that is a tenth as long. Source: ld(1), glibc since 2.36.
LDFLAGS_PROGRAM = $(if $(LINK_STATIC),-static-pie $(filter-out -pie,$(LDFLAGS_HOST)),$(LDFLAGS_HOST)) $(if $(SANITIZE),,-Wl,-z,pack-relative-relocs -Wl,--gc-sections)

# The agent and the checker: static, libc only, never sanitized (a sanitizer's runtime has no place inside a sandbox).
CFLAGS_STATIC = $(CPPFLAGS_BASE) -DASSAY_VERSION='"$(VERSION)"' $(CFLAGS_BASE) $(FORTIFY) -fPIE -ffunction-sections -fdata-sections $(EXTRA_CFLAGS)
LDFLAGS_STATIC = -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--gc-sections -Wl,--fatal-warnings $(EXTRA_LDFLAGS)

# The agent, with musl: it is copied for every engine, executed for every slot and forked for every sandbox, and the other libc makes it 15 times as large.
AGENT_CC := musl-gcc
MUSL_LIB := /usr/lib/$(MACHINE)-linux-musl
CFLAGS_AGENT = $(CPPFLAGS_BASE) -isystem $(GEN)/kernel-headers -DASSAY_VERSION='"$(VERSION)"' -std=gnu17 $(OPT) $(WARNINGS_BOTH) $(WARNINGS_GCC) $(WERROR) \
	$(HARDEN) -pipe -fPIE -ffunction-sections -fdata-sections $(EXTRA_CFLAGS)
LDFLAGS_AGENT = -s -nostartfiles -nodefaultlibs $(LDFLAGS_STATIC)

# --- quiet output: `  CC  lib/base/fd.c`; V=1 shows the whole command ---
ifneq ($(V),)
Q :=
say = @:
else
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
endif

# --- a change of compiler or flags rebuilds: each object depends on this file, rewritten only when it differs ---
FLAGS_STAMP := $(BUILD)/flags
.PHONY: FORCE
FORCE:
$(FLAGS_STAMP): FORCE
	@for c in $(firstword $(CC)) $(AGENT_CC); do command -v $$c >/dev/null || { echo "$$c: not found; run 'make deps' as root" >&2; exit 1; }; done
	@mkdir -p $(@D)
	@{ printf '%s\n' $(call shell_quote,$(CC) $(CFLAGS_HOST)) $(call shell_quote,$(CFLAGS_STATIC)) \
		$(call shell_quote,$(LDFLAGS_HOST) $(LDFLAGS_PROGRAM) $(PROGRAM_LIBS) $(PKG_LIBS)) $(call shell_quote,$(LDFLAGS_STATIC)) \
		$(call shell_quote,$(CFLAGS_AGENT)) $(call shell_quote,$(LDFLAGS_AGENT)); $(CC) --version; } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
shell_quote = '$(subst ','\'',$(1))'

