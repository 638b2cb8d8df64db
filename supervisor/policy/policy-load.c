/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: from a name or a file to a policy that the engine can run, or to a sentence that says
 * which character of which file stands in the way.
 *
 * Design: four steps, each in a file of its own: read the chain of `extends` (policy-chain.c), lay
 * the files over each other (policy-apply.c), check the whole (policy-check.c), then load the
 * seccomp profiles, take the hash and compile the filters (here). The chain is kept until the end,
 * because every complaint needs the place in a file.
 *
 * Invariant: a policy that is handed out has a hash, and a filter for each of its phases.
 */

#include "supervisor/policy/policy-load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/policy/gas-schedule.h"
#include "supervisor/policy/policy-apply.h"
#include "supervisor/policy/policy-hash.h"
#include "supervisor/policy/policy-words.h"
#include "supervisor/policy/seccomp-profile.h"

#define LAYER "policy"

/* --- from the chain to a policy --- */

static int no_memory(const struct policy_chain *chain, struct fault *fault)
{
	return fault_set(fault, -ENOMEM, LAYER, "cannot load %s", chain->layers[0].path);
}

/* Lays the files over each other, root first. */
static int draft_make(struct policy_draft *draft, const struct policy_chain *chain,
		      struct fault *fault)
{
	struct policy *policy = draft->policy;

	policy->name = strdup(chain->layers[0].doc->name);
	policy->file = strdup(chain->layers[0].path);
	policy->time_multiplier_permille = 1000;
	if (!policy->name || !policy->file)
		return no_memory(chain, fault);
	for (size_t i = chain->n_layers; i-- > 0;) {
		int r = policy_apply(draft, &chain->layers[i], fault);

		if (r < 0)
			return r;
	}
	return policy_check(draft, chain, fault);
}

static int load_profile(const struct policy_chain *chain, const struct policy_search *search,
			const char *phase, const char *name, struct seccomp_profile **ret_profile,
			struct fault *fault)
{
	struct policy_search profiles = *search;
	char place[32];
	int r;

	profiles.below = "/seccomp";
	r = seccomp_profile_load(&profiles, name, ret_profile, fault);
	if (r != -ENOENT)
		return r;
	(void)snprintf(place, sizeof(place), "%s.seccomp", phase);
	return policy_chain_fault(chain, fault, place,
				  "no profile '%s'; expected one of policies/seccomp", name);
}

static int load_gas(const struct policy_chain *chain, const struct policy_search *search,
		    const char *name, struct gas_schedule **ret_schedule, struct fault *fault)
{
	_cleanup_free_ struct gas_schedule *schedule = new0(struct gas_schedule, 1);
	int r;

	if (!schedule)
		return no_memory(chain, fault);
	r = gas_schedule_find(search, name, schedule, fault);
	if (r == -ENOENT)
		return policy_chain_fault(chain, fault, "gas",
					  "no gas schedule '%s'; expected one of policies/gas",
					  name);
	if (r == 0)
		*ret_schedule = TAKE_PTR(schedule);
	return r;
}

static int expand(char **text)
{
	char *expanded = policy_words_expand(*text);

	if (!expanded)
		return -ENOMEM;
	free(*text);
	*text = expanded;
	return 0;
}

static int expand_phase(struct policy_phase *phase)
{
	int r = 0;

	for (char **at = phase->argv; r == 0 && at && *at; at++)
		r = expand(at);
	for (char **at = phase->env; r == 0 && at && *at; at++)
		r = expand(at);
	for (size_t i = 0; r == 0 && i < phase->n_mounts; i++) {
		r = expand(&phase->mounts[i].source);
		if (r == 0)
			r = expand(&phase->mounts[i].target);
	}
	for (char **at = phase->deny.exec; r == 0 && at && *at; at++)
		r = expand(at);
	for (char **at = phase->deny.open; r == 0 && at && *at; at++)
		r = expand(at);
	return r;
}

static int expand_policy(struct policy *policy)
{
	int r = expand_phase(&policy->compile);

	if (r == 0)
		r = expand_phase(&policy->run);
	for (size_t i = 0; r == 0 && i < policy->n_needs; i++)
		r = expand(&policy->needs[i].path);
	return r;
}

/* A phase without a command does not exist: what its bases said about it is dropped. */
static void drop_phase(struct policy_phase *phase)
{
	struct policy *holder = new0(struct policy, 1);

	if (!holder)
		return;
	holder->compile = *phase;
	(void)policy_free(holder);
	*phase = (struct policy_phase){.argv = NULL};
}

/*
 * Profiles, gas, hash, words, filters: in this order, since the hash is of the words and not of the
 * host.
 */
static int finish(const struct policy_draft *draft, const struct policy_chain *chain,
		  const struct policy_search *search, struct fault *fault)
{
	_cleanup_seccomp_profile_ struct seccomp_profile *compile = NULL, *run = NULL;
	struct policy *policy = draft->policy;
	int r;

	if (policy->compile.argv) {
		r = load_profile(chain, search, "compile", draft->compile_profile, &compile, fault);
		if (r < 0)
			return r;
	} else {
		drop_phase(&policy->compile);
	}
	r = load_profile(chain, search, "run", draft->run_profile, &run, fault);
	if (r == 0)
		r = load_gas(chain, search, draft->gas, &policy->gas, fault);
	if (r < 0)
		return r;
	r = policy_hash(policy, compile, run);
	if (r == 0)
		r = expand_policy(policy);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot load %s", chain->layers[0].path);
	if (compile)
		r = seccomp_profile_compile(compile, &policy->compile.filter, fault);
	return r < 0 ? r : seccomp_profile_compile(run, &policy->run.filter, fault);
}

/* From a chain that has its leaf to a finished policy; *ret_policy is NULL for an abstract one. */
static int load_from_leaf(struct policy_chain *chain, const struct policy_search *search,
			  struct policy **ret_policy, struct fault *fault)
{
	_cleanup_policy_ struct policy *policy = new0(struct policy, 1);
	struct policy_draft draft = {.policy = policy};
	int r;

	if (!policy)
		return no_memory(chain, fault);
	r = policy_chain_complete(chain, search, fault);
	if (r == 0)
		r = draft_make(&draft, chain, fault);
	if (r < 0)
		return r;
	*ret_policy = NULL;
	if (policy_is_abstract(&chain->layers[0]))
		return 0;
	r = finish(&draft, chain, search, fault);
	if (r < 0)
		return r;
	*ret_policy = TAKE_PTR(policy);
	return 0;
}

static int load_path(const struct policy_search *search, const char *path,
		     struct policy **ret_policy, struct fault *fault)
{
	_cleanup_policy_chain_ struct policy_chain chain = {.n_layers = 0};
	struct policy_file_id id;
	int r = policy_file_id(path, &id);

	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot read %s", path);
	r = policy_chain_add_file(&chain, path, &id, fault);
	return r < 0 ? r : load_from_leaf(&chain, search, ret_policy, fault);
}

/* The file that a name or a path means, and where its bases are looked up. */
struct target {
	char *path, *directory; /* owned; no directory for a name */
	struct policy_search search;
};

static void target_clear(struct target *target)
{
	free(target->path);
	free(target->directory);
}

#define _cleanup_target_ _cleanup_(target_clear)

static int target_of_path(struct target *target, const struct policy_dirs *dirs, const char *path,
			  struct fault *fault)
{
	target->path = strdup(path);
	target->directory = policy_directory_of(path);
	target->search = (struct policy_search){
		.beside = target->directory,
		.dirs = dirs,
		.below = "",
	};
	if (!target->path || !target->directory)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", path);
	return 0;
}

static int target_find(struct target *target, const struct policy_dirs *dirs,
		       const char *name_or_path, struct fault *fault)
{
	struct policy_file_id id;
	int r;

	if (policy_is_path(name_or_path))
		return target_of_path(target, dirs, name_or_path, fault);
	target->search = (struct policy_search){.dirs = dirs, .below = ""};
	r = policy_find(&target->search, name_or_path, NULL, &target->path, &id);
	if (r == -ENOENT)
		return fault_say(fault, r, LAYER,
				 "no policy is called '%s': see `assay policy list`", name_or_path);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot look for policy %s", name_or_path);
	return 0;
}

int policy_load(const struct policy_dirs *dirs, const char *name_or_path,
		struct policy **ret_policy, struct fault *fault)
{
	_cleanup_target_ struct target target = {.path = NULL};
	struct policy *policy;
	int r = target_find(&target, dirs, name_or_path, fault);

	if (r == 0)
		r = load_path(&target.search, target.path, &policy, fault);
	if (r < 0)
		return r;
	if (!policy)
		return fault_say(fault, -EINVAL, LAYER,
				 "%s:1:1: policy is abstract; expected one that can be run",
				 target.path);
	*ret_policy = policy;
	return 0;
}

int policy_load_profile(const struct policy_dirs *dirs, const char *name_or_path,
			const char *profile, struct seccomp_profile **ret_profile,
			struct fault *fault)
{
	_cleanup_target_ struct target target = {.path = NULL};
	int r = target_find(&target, dirs, name_or_path, fault);

	if (r < 0)
		return r;
	target.search.below = "/seccomp";
	r = seccomp_profile_load(&target.search, profile, ret_profile, fault);
	if (r == -ENOENT)
		return fault_say(fault, r, LAYER, "no profile is called '%s'", profile);
	return r;
}

/* --- checking --- */

/* Whether the file lies in a directory of this name, whatever the path to it looks like. */
static bool lies_in(const char *path, const char *name)
{
	_cleanup_free_ char *real = realpath(path, NULL), *directory = NULL, *stem = NULL;

	directory = real ? policy_directory_of(real) : NULL;
	stem = directory ? policy_stem_of(directory) : NULL;
	return stem && strcmp(stem, name) == 0;
}

static int check_profile(const struct policy_dirs *dirs, const char *path, struct fault *fault)
{
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = NULL;
	_cleanup_free_ char *directory = policy_directory_of(path), *above = NULL;
	struct policy_search search = {.dirs = dirs, .below = "/seccomp"};
	struct policy_filter filter;
	int r;

	if (!directory || asprintf(&above, "%s/..", directory) < 0) {
		above = NULL;
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", path);
	}
	search.beside = above;
	r = seccomp_profile_load_file(&search, path, &profile, fault);
	if (r == 0)
		r = seccomp_profile_compile(profile, &filter, fault);
	if (r < 0)
		return r;
	free(filter.profile);
	free(filter.instructions);
	return 0;
}

static int check_gas(const char *path, struct fault *fault)
{
	struct gas_schedule schedule;

	return gas_schedule_load_file(path, &schedule, NULL, fault);
}

int policy_check_file(const struct policy_dirs *dirs, const char *path, struct fault *fault)
{
	_cleanup_target_ struct target target = {.path = NULL};
	_cleanup_policy_ struct policy *policy = NULL;
	int r;

	if (lies_in(path, "seccomp"))
		return check_profile(dirs, path, fault);
	if (lies_in(path, "gas"))
		return check_gas(path, fault);
	r = target_of_path(&target, dirs, path, fault);
	return r < 0 ? r : load_path(&target.search, path, &policy, fault);
}

int policy_check_text(const struct policy_dirs *dirs, const char *file, const void *data,
		      size_t size, struct fault *fault)
{
	_cleanup_policy_chain_ struct policy_chain chain = {.n_layers = 0};
	_cleanup_policy_ struct policy *policy = NULL;
	const struct policy_search search = {.dirs = dirs, .below = ""};
	const struct policy_file_id nowhere = {.device = 0};
	struct yaml_text *text;
	int r = yaml_text_parse(file, data, size, &text, fault);

	if (r == 0)
		r = policy_chain_add(&chain, text, &nowhere, fault);
	return r < 0 ? r : load_from_leaf(&chain, &search, &policy, fault);
}
