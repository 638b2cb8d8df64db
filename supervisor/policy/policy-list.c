/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: which policies are there, and which one is meant by main.cpp?
 *
 * Design: the names of the files in both directories, sorted; bases that cannot be run are left
 * out, files that cannot be read are not: who loads one by name is told what is wrong with it. For
 * the question by extension only heads and extensions are read, no filter is made; the longest
 * ending wins, and two policies with the same one are an error, since any choice would be a guess.
 * A broken policy does not stand in the way of the others.
 */

#include "supervisor/policy/policy-load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-chain.h"

#define LAYER "policy"

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

		if (doc->extensions_count == 0 || strcmp(doc->name, chain->layers[0].doc->name) != 0)
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
	_cleanup_policy_chain_ struct policy_chain chain = {.n_layers = 0};
	_cleanup_free_ char *path = NULL;
	const struct policy_search search = {.dirs = dirs, .below = ""};
	struct policy_file_id id;
	char **extensions;
	int r = policy_find(&search, name, NULL, &path, &id);

	if (r == 0)
		r = policy_chain_add_file(&chain, path, &id, fault);
	if (r == 0)
		r = policy_chain_complete(&chain, &search, fault);
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

/*
 * A policy whose file cannot be read is listed too: leaving it out would hide what is wrong with
 * it.
 */
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
	const struct policy_search search = {.dirs = dirs, .below = ""};
	int r = policy_find_all(&search, &all, fault);

	if (r < 0)
		return r;
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
	struct fault fault = {.error = 0};
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
	_cleanup_(by_extension_clear) struct by_extension search = {.file_name = file_name};
	_cleanup_strv_ char **names = NULL;
	int r = policy_list(dirs, &names, fault);

	for (char **name = names; r == 0 && name && *name; name++)
		r = consider_policy(&search, dirs, *name);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot choose a policy for %s", file_name);
	r = conclude(&search, fault);
	return r < 0 ? r : policy_load(dirs, search.best, ret_policy, fault);
}
