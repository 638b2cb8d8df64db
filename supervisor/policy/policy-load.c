/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: from a name or a file to a policy that the engine can run, or to a sentence that says which character of which file
 * stands in the way.
 *
 * Design: four steps, each in a file of its own: find and read the chain of `extends` (here), lay the files over each other
 * (policy-apply.c), check the whole (policy-check.c), then load the seccomp profiles, take the hash and compile the
 * filters (here again). The chain is kept until the end, because every complaint needs the place in a file.
 *
 * Invariants: a policy that is handed out has a hash and a filter for each of its phases; a chain has at most POLICY_EXTENDS_MAX
 * bases and no file twice.
 */

#include "supervisor/policy/policy-load.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-apply.h"
#include "supervisor/policy/policy-hash.h"
#include "supervisor/policy/policy-words.h"
#include "supervisor/policy/seccomp-profile.h"

#define LAYER "policy"

static void chain_clear(struct policy_chain *chain)
{
	for (size_t i = 0; i < chain->n_layers; i++) {
		struct policy_layer *layer = &chain->layers[i];

		yaml_text_unload(policy_schema(), layer->doc);
		(void)yaml_text_free(layer->text);
		free(layer->path);
	}
	chain->n_layers = 0;
}

#define _cleanup_chain_ _cleanup_(chain_clear)

/* --- the chain of `extends` --- */

/* Adds a text as the next layer of the chain. Owns `text` in every case. */
static int chain_add(struct policy_chain *chain, struct yaml_text *text,
		     const struct policy_file_id *id, struct fault *fault)
{
	struct policy_layer *layer = &chain->layers[chain->n_layers++];
	void *doc = NULL;
	int r;

	*layer = (struct policy_layer){ .text = text, .id = *id };
	layer->path = strdup(yaml_text_file(text));
	if (!layer->path)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", yaml_text_file(text));
	r = yaml_text_load(text, policy_schema(), &doc, fault);
	if (r < 0)
		return r;
	layer->doc = doc;
	return policy_check_head(layer, fault);
}

static int chain_add_file(struct policy_chain *chain, const char *path,
			  const struct policy_file_id *id, struct fault *fault)
{
	struct yaml_text *text;
	int r = yaml_text_read(path, &text, fault);

	return r < 0 ? r : chain_add(chain, text, id, fault);
}

static bool chain_has(const struct policy_chain *chain, const struct policy_file_id *id)
{
	for (size_t i = 0; i < chain->n_layers; i++)
		if (policy_file_same(&chain->layers[i].id, id))
			return true;
	return false;
}

/* Adds the base of the chain's last file. */
static int chain_extend(struct policy_chain *chain, const struct policy_search *search,
			struct fault *fault)
{
	const struct policy_layer *last = &chain->layers[chain->n_layers - 1];
	_cleanup_free_ char *path = NULL;
	const char *base = last->doc->extends;
	struct policy_file_id id;
	int r;

	r = policy_find(search, base, &last->id, &path, &id);
	if (r == -ENOENT)
		return yaml_text_fault(last->text, fault, "extends",
				       "no policy '%s'; expected the name of another policy", base);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot look for policy %s", base);
	if (chain_has(chain, &id))
		return yaml_text_fault(last->text, fault, "extends",
				       "'%s' extends this policy in turn; expected no circle",
				       base);
	if (chain->n_layers == ARRAY_SIZE(chain->layers))
		return yaml_text_fault(last->text, fault, "extends",
				       "chain of 'extends' too long; expected at most %d bases",
				       POLICY_EXTENDS_MAX);
	return chain_add_file(chain, path, &id, fault);
}

static int chain_complete(struct policy_chain *chain, const struct policy_search *search,
			  struct fault *fault)
{
	int r = 0;

	while (r == 0 && chain->layers[chain->n_layers - 1].doc->extends)
		r = chain_extend(chain, search, fault);
	return r;
}

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
	*phase = (struct policy_phase){ .argv = NULL };
}

/* Profiles, hash, words, filters: in this order, since the hash is of the words and not of the host. */
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
	struct policy_draft draft = { .policy = policy };
	int r;

	if (!policy)
		return no_memory(chain, fault);
	r = chain_complete(chain, search, fault);
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
	_cleanup_chain_ struct policy_chain chain = { .n_layers = 0 };
	struct policy_file_id id;
	int r = policy_file_id(path, &id);

	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot read %s", path);
	r = chain_add_file(&chain, path, &id, fault);
	return r < 0 ? r : load_from_leaf(&chain, search, ret_policy, fault);
}

static bool is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || (length > 5 && strcmp(text + length - 5, ".yaml") == 0);
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

	if (is_path(name_or_path))
		return target_of_path(target, dirs, name_or_path, fault);
	target->search = (struct policy_search){ .dirs = dirs, .below = "" };
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
	_cleanup_target_ struct target target = { .path = NULL };
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
	_cleanup_target_ struct target target = { .path = NULL };
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

/* Whether the file lies in a directory called seccomp, whatever the path to it looks like. */
static bool is_profile(const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL), *directory = NULL, *stem = NULL;

	directory = real ? policy_directory_of(real) : NULL;
	stem = directory ? policy_stem_of(directory) : NULL;
	return stem && strcmp(stem, "seccomp") == 0;
}

static int check_profile(const struct policy_dirs *dirs, const char *path, struct fault *fault)
{
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = NULL;
	_cleanup_free_ char *directory = policy_directory_of(path), *above = NULL;
	struct policy_search search = { .dirs = dirs, .below = "/seccomp" };
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

int policy_check_file(const struct policy_dirs *dirs, const char *path, struct fault *fault)
{
	_cleanup_target_ struct target target = { .path = NULL };
	_cleanup_policy_ struct policy *policy = NULL;
	int r;

	if (is_profile(path))
		return check_profile(dirs, path, fault);
	r = target_of_path(&target, dirs, path, fault);
	return r < 0 ? r : load_path(&target.search, path, &policy, fault);
}

int policy_check_text(const struct policy_dirs *dirs, const char *file, const void *data,
		      size_t size, struct fault *fault)
{
	_cleanup_chain_ struct policy_chain chain = { .n_layers = 0 };
	_cleanup_policy_ struct policy *policy = NULL;
	const struct policy_search search = { .dirs = dirs, .below = "" };
	const struct policy_file_id nowhere = { .device = 0 };
	struct yaml_text *text;
	int r = yaml_text_parse(file, data, size, &text, fault);

	if (r == 0)
		r = chain_add(&chain, text, &nowhere, fault);
	return r < 0 ? r : load_from_leaf(&chain, &search, &policy, fault);
}

/* --- all policies --- */

/* Adds the names of a directory's policies. A directory that does not exist has none. */
static int list_directory(const char *directory, char ***names, struct fault *fault)
{
	DIR *stream = directory ? opendir(directory) : NULL;
	int r = 0;

	if (!stream)
		return 0;
	for (struct dirent *entry = readdir(stream); r == 0 && entry; entry = readdir(stream)) {
		_cleanup_free_ char *stem = policy_stem_of(entry->d_name);
		size_t length = stem ? strlen(stem) : 0;

		if (!stem)
			r = -ENOMEM;
		else if (entry->d_name[length] == '.' && policy_name_ok(stem) &&
			 !strv_contains(*names, stem))
			r = strv_append(names, stem);
	}
	(void)closedir(stream);
	return r < 0 ? fault_set(fault, r, LAYER, "cannot list %s", directory) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What can be known of a policy without resolving it. */
struct glance {
	bool is_abstract;
	char **extensions;
};

/* The extensions of the nearest file that gives them, among those of the leaf's name. */
static int glance_extensions(const struct policy_chain *chain, char ***ret_extensions)
{
	for (size_t i = 0; i < chain->n_layers; i++) {
		const struct policy_doc *doc = chain->layers[i].doc;
		_cleanup_strv_ char **extensions = NULL;

		if (doc->extensions_count == 0 ||
		    strcmp(doc->name, chain->layers[0].doc->name) != 0)
			continue;
		for (unsigned int k = 0; k < doc->extensions_count; k++)
			if (strv_append(&extensions, doc->extensions[k]) < 0)
				return -ENOMEM;
		*ret_extensions = TAKE_PTR(extensions);
		return 0;
	}
	*ret_extensions = NULL;
	return 0;
}

static int glance_at(const struct policy_dirs *dirs, const char *name, struct glance *ret_glance,
		     struct fault *fault)
{
	_cleanup_chain_ struct policy_chain chain = { .n_layers = 0 };
	_cleanup_free_ char *path = NULL;
	const struct policy_search search = { .dirs = dirs, .below = "" };
	struct policy_file_id id;
	char **extensions;
	int r = policy_find(&search, name, NULL, &path, &id);

	if (r == 0)
		r = chain_add_file(&chain, path, &id, fault);
	if (r == 0)
		r = chain_complete(&chain, &search, fault);
	if (r == 0)
		r = glance_extensions(&chain, &extensions);
	if (r < 0)
		return r;
	*ret_glance = (struct glance){
		.is_abstract = policy_is_abstract(&chain.layers[0]),
		.extensions = extensions,
	};
	return 0;
}

/* A policy whose file cannot be read is listed too: leaving it out would hide what is wrong with it. */
static bool is_hidden(const struct policy_dirs *dirs, const char *name)
{
	struct glance glance;

	if (glance_at(dirs, name, &glance, NULL) < 0)
		return false;
	(void)strv_free(glance.extensions);
	return glance.is_abstract;
}

int policy_list(const struct policy_dirs *dirs, char ***ret_names, struct fault *fault)
{
	_cleanup_strv_ char **all = NULL, **names = NULL;
	int r = list_directory(dirs->admin, &all, fault);

	if (r == 0)
		r = list_directory(dirs->vendor, &all, fault);
	if (r < 0)
		return r;
	if (all)
		qsort(all, strv_length(all), sizeof(*all), compare_names);
	for (char **name = all; name && *name; name++)
		if (!is_hidden(dirs, *name) && strv_append(&names, *name) < 0)
			return fault_set(fault, -ENOMEM, LAYER, "cannot list policies");
	*ret_names = TAKE_PTR(names);
	return 0;
}

/* --- by the name of a submitted file --- */

/* The search for the policy of an extension. */
struct by_extension {
	const char *file_name;
	char *best; /* policy */
	size_t best_length;
	char *rival; /* another policy with the same extension */
	char known[320];
	size_t known_length;
	struct fault first; /* what was wrong with a policy that could not be read */
};

static void by_extension_clear(struct by_extension *search)
{
	free(search->best);
	free(search->rival);
}

static void remember_known(struct by_extension *search, const char *extension)
{
	size_t room = sizeof(search->known) - search->known_length;
	int n = snprintf(search->known + search->known_length, room, " %s", extension);

	search->known_length += n > 0 && (size_t)n < room ? (size_t)n : 0;
	search->known[search->known_length] = '\0';
}

static int consider(struct by_extension *search, const char *policy, const char *extension)
{
	size_t length = strlen(extension), name_length = strlen(search->file_name);
	char **to = &search->best;

	remember_known(search, extension);
	if (name_length <= length ||
	    strcmp(search->file_name + name_length - length, extension) != 0 ||
	    length < search->best_length)
		return 0;
	if (length == search->best_length)
		to = &search->rival;
	else
		search->rival = (free(search->rival), NULL);
	free(*to);
	*to = strdup(policy);
	search->best_length = length;
	return *to ? 0 : -ENOMEM;
}

static int consider_policy(struct by_extension *search, const struct policy_dirs *dirs,
			   const char *name)
{
	struct glance glance;
	struct fault fault = { .error = 0 };
	int r = glance_at(dirs, name, &glance, &fault);

	if (r < 0) {
		if (search->first.error == 0)
			search->first = fault;
		return 0;
	}
	for (char **at = glance.extensions; r == 0 && at && *at; at++)
		r = consider(search, name, *at);
	(void)strv_free(glance.extensions);
	return r;
}

static int conclude(const struct by_extension *search, struct fault *fault)
{
	if (search->rival)
		return fault_say(fault, -EINVAL, LAYER,
				 "policies %s and %s both claim %s: choose one with --policy",
				 search->best, search->rival, search->file_name);
	if (search->best)
		return 0;
	if (search->first.error < 0) {
		if (fault)
			*fault = search->first;
		return search->first.error;
	}
	return fault_say(fault, -ENOENT, LAYER,
			 "no policy is for %s: choose one with --policy, or use one of%s",
			 search->file_name, search->known);
}

int policy_load_for_file(const struct policy_dirs *dirs, const char *file_name,
			 struct policy **ret_policy, struct fault *fault)
{
	_cleanup_(by_extension_clear) struct by_extension search = { .file_name = file_name };
	_cleanup_strv_ char **names = NULL;
	int r = policy_list(dirs, &names, fault);

	for (char **name = names; r == 0 && name && *name; name++)
		r = consider_policy(&search, dirs, *name);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot choose a policy for %s", file_name);
	r = conclude(&search, fault);
	return r < 0 ? r : policy_load(dirs, search.best, ret_policy, fault);
}
