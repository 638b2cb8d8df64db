/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a list of what is refused is worth what its entries mean. One that is mistyped, or that names a file which the
 * submission brings itself, refuses nothing and looks as if it did.
 *
 * Design: each entry is checked where it stands; a path must lie in one of the phase's mounts, which are read-only, so that the file behind it is
 * the host's and stays the same. Whether it is there is known where the policy is applied. Entries of bases are kept: a list is a set.
 */

#include "supervisor/policy/policy-deny.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-paths.h"

enum { LIST_BYTES = 48, PLACE_BYTES = 80 };

static const char *const peers[] = {"unix", "internet", "other"}; /* by bit: enum policy_peer */

const char *policy_peer_name(unsigned int i)
{
	return i < ARRAY_SIZE(peers) ? peers[i] : NULL;
}

static int lay_paths(const struct policy_layer *layer, const char *place, char *const *paths,
		     size_t n, char ***list, struct fault *fault)
{
	char at[PLACE_BYTES];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(at, sizeof(at), "%s[%zu]", place, i);
		if (!policy_path_ok(paths[i]))
			return yaml_text_fault(
				layer->text, fault, at,
				"'%.80s'; expected an absolute path without '..', '.' or '//'",
				paths[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(paths[k], paths[i]) == 0)
				return yaml_text_fault(layer->text, fault, at,
						       "'%.80s' given twice; expected each once",
						       paths[i]);
		if (!strv_contains(*list, paths[i]) && strv_append(list, paths[i]) < 0)
			return fault_set(fault, -ENOMEM, "policy", "cannot read %s", layer->path);
	}
	return 0;
}

/* The bits of a word, or 0. */
static unsigned int peer_bits(const char *word)
{
	if (strcmp(word, "all") == 0)
		return (1U << ARRAY_SIZE(peers)) - 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		if (strcmp(word, peers[i]) == 0)
			return 1U << i;
	return 0;
}

static int lay_peers(const struct policy_layer *layer, const char *place, char *const *words,
		     size_t n, unsigned int *connect, struct fault *fault)
{
	unsigned int here = 0;
	char at[PLACE_BYTES];

	for (size_t i = 0; i < n; i++) {
		unsigned int bits = peer_bits(words[i]);

		(void)snprintf(at, sizeof(at), "%s[%zu]", place, i);
		if (bits == 0)
			return yaml_text_fault(layer->text, fault, at,
					       "'%s'; expected unix, internet, other or all",
					       words[i]);
		if ((here & bits) != 0)
			return yaml_text_fault(layer->text, fault, at,
					       "'%s' given twice; expected each once", words[i]);
		here |= bits;
	}
	*connect |= here;
	return 0;
}

int policy_deny_lay(const struct policy_layer *layer, const char *phase,
		    const struct policy_deny_doc *doc, struct policy_deny *deny, struct fault *fault)
{
	char place[LIST_BYTES];
	int r;

	if (!doc)
		return 0;
	(void)snprintf(place, sizeof(place), "%s.deny.exec", phase);
	r = lay_paths(layer, place, doc->exec, doc->exec_count, &deny->exec, fault);
	(void)snprintf(place, sizeof(place), "%s.deny.open", phase);
	if (r == 0)
		r = lay_paths(layer, place, doc->open, doc->open_count, &deny->open, fault);
	(void)snprintf(place, sizeof(place), "%s.deny.connect", phase);
	if (r == 0)
		r = lay_peers(layer, place, doc->connect, doc->connect_count, &deny->connect, fault);
	return r;
}

/* --- the finished phase --- */

static bool lies_in_a_mount(const struct policy_phase *phase, const char *path)
{
	for (size_t i = 0; i < phase->n_mounts; i++) {
		const char *target = phase->mounts[i].target;
		size_t length = strlen(target);

		if (strncmp(path, target, length) == 0 &&
		    (path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return false;
}

/* The place in the file nearest to the leaf that has the path. */
static int refuse(const struct policy_chain *chain, const char *phase, const char *list,
		  const char *path, const char *why, struct fault *fault)
{
	char place[PLACE_BYTES];

	for (size_t i = 0; i < chain->n_layers; i++) {
		const struct policy_doc *doc = chain->layers[i].doc;
		const struct policy_phase_doc *said =
			strcmp(phase, "run") == 0 ? doc->run : doc->compile;
		bool exec = strcmp(list, "exec") == 0;
		unsigned int n = !said || !said->deny ? 0 :
				 exec		      ? said->deny->exec_count :
							said->deny->open_count;

		for (unsigned int k = 0; k < n; k++) {
			if (strcmp(exec ? said->deny->exec[k] : said->deny->open[k], path) != 0)
				continue;
			(void)snprintf(place, sizeof(place), "%s.deny.%s[%u]", phase, list, k);
			return yaml_text_fault(chain->layers[i].text, fault, place, "'%.80s' %s",
					       path, why);
		}
	}
	return policy_chain_fault(chain, fault, phase, "'%.80s' %s", path, why);
}

static int check_list(const struct policy_chain *chain, const char *name,
		      const struct policy_phase *phase, const char *list, char *const *paths,
		      struct fault *fault)
{
	for (; paths && *paths; paths++) {
		if (!lies_in_a_mount(phase, *paths))
			return refuse(chain, name, list, *paths,
				      "lies in no mount of the phase; expected a file of one",
				      fault);
		if (strcmp(phase->argv[0], *paths) == 0)
			return refuse(chain, name, list, *paths,
				      "is the phase's own command; expected another file", fault);
	}
	return 0;
}

int policy_deny_check(const struct policy_chain *chain, const char *name,
		      const struct policy_phase *phase, struct fault *fault)
{
	int r = check_list(chain, name, phase, "exec", phase->deny.exec, fault);

	return r < 0 ? r : check_list(chain, name, phase, "open", phase->deny.open, fault);
}
