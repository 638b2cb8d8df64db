/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files of one policy: the one that was asked for, and what it extends. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/fault.h"
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

/* Frees the layers. */
void policy_chain_clear(struct policy_chain *chain);

#define _cleanup_policy_chain_ _cleanup_(policy_chain_clear)

/*
 * Adds a text as the next layer and checks what a file must say for itself. `text` is owned by the
 * chain in every case. 0, -EINVAL with a place, or -ENOMEM.
 */
int policy_chain_add(struct policy_chain *chain, struct yaml_text *text,
		     const struct policy_file_id *id, struct fault *fault);

/* The same from a file. */
int policy_chain_add_file(struct policy_chain *chain, const char *path,
			  const struct policy_file_id *id, struct fault *fault);

/* Adds what the last layer extends, and so on. 0, -EINVAL with a place, or -errno. */
int policy_chain_complete(struct policy_chain *chain, const struct policy_search *search,
			  struct fault *fault);

/* Whether the file says `abstract: true`: a base that cannot be run. */
bool policy_is_abstract(const struct policy_layer *layer);

/* Says what is wrong at `path`, in the file nearest to the leaf that has it. Returns -EINVAL. */
int policy_chain_fault(const struct policy_chain *chain, struct fault *fault, const char *path,
		       const char *format, ...) _printf_(4, 5);
