/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the text of a file to the nouns of lib/contract: one file of a chain laid over what its bases have said. */

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/policy/policy-find.h"
#include "supervisor/policy/policy-schema.h"
#include "supervisor/policy/yaml-text.h"

/* One file of the chain. */
struct policy_layer {
	struct yaml_text *text;
	struct policy_doc *doc;
	char *path;
	struct policy_file_id id;
};

/* The files of a policy, leaf first: layers[0] is the one that was asked for. */
struct policy_chain {
	struct policy_layer layers[POLICY_EXTENDS_MAX + 1];
	size_t n_layers;
};

/* A policy while it is put together. The names are owned by the chain's documents. */
struct policy_draft {
	struct policy *policy;
	const char *compile_profile, *run_profile;
};

/* Checks name, version and what else a file must say for itself. 0 or -EINVAL with a place. */
int policy_check_head(const struct policy_layer *layer, struct fault *fault);

/* Whether the file says `abstract: true`: a base that cannot be run. */
bool policy_is_abstract(const struct policy_layer *layer);

/*
 * Lays one file over the draft, whose policy has its name already: single values replace, `argv` replaces, entries of `env`, `mounts` and `needs` are added or replace the
 * one of the same name, limits replace key by key. 0, -EINVAL with a place, or -ENOMEM.
 */
int policy_apply(struct policy_draft *draft, const struct policy_layer *layer, struct fault *fault);

/* Checks the finished draft for what is missing or contradicts itself. 0 or -EINVAL with a place. */
int policy_check(const struct policy_draft *draft, const struct policy_chain *chain,
		 struct fault *fault);

/* Says what is wrong at `path`, in the file nearest to the leaf that has it. Returns -EINVAL. */
int policy_chain_fault(const struct policy_chain *chain, struct fault *fault, const char *path,
		       const char *format, ...) _printf_(4, 5);
