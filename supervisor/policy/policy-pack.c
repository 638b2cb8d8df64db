/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy is a tree of small blocks, and the walk that writes it must not differ from the one
 * that reads it.
 *
 * Design: one walk for both. Each of its words (a value, a text, a list) writes what is there or makes
 * what is missing. Sizes are checked against what is left before anything is allocated: a file that was
 * cut short is refused, not trusted.
 *
 * Invariant: the sizes of the structs are written down, so that a new field is not forgotten here.
 */

#include "supervisor/policy/policy-pack.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/strv.h"

_Static_assert(sizeof(struct policy) == 576 && sizeof(struct policy_phase) == 216,
	       "a field was added: it has to be walked, too");

enum { NOTHING = UINT32_MAX, FILTER_MAX = 4096 };

struct pack {
	FILE *out; /* NULL: reading */
	const char *next;
	size_t left;
	int error;
};

static void walk_value(struct pack *pack, void *value, size_t size)
{
	if (pack->out) {
		(void)fwrite(value, size, 1, pack->out);
	} else if (pack->error == 0 && size <= pack->left) {
		memcpy(value, pack->next, size);
		pack->next += size;
		pack->left -= size;
	} else if (pack->error == 0) {
		pack->error = -EBADMSG;
	}
}

/* How many there are of something, each of which takes a byte at least. */
static uint32_t walk_count(struct pack *pack, size_t n, bool is_there)
{
	uint32_t count = is_there ? (uint32_t)n : NOTHING;

	walk_value(pack, &count, sizeof(count));
	if (!pack->out && count != NOTHING && count > pack->left && pack->error == 0)
		pack->error = -EBADMSG;
	return pack->error == 0 ? count : NOTHING;
}

/* A block of `size` bytes, which is there or is made. */
static void walk_block(struct pack *pack, void **block, size_t size)
{
	if (!pack->out) {
		*block = calloc(1, size + 1);
		if (!*block) {
			pack->error = -ENOMEM;
			return;
		}
	}
	walk_value(pack, *block, size);
}

static void walk_text(struct pack *pack, char **text)
{
	uint32_t size = walk_count(pack, *text ? strlen(*text) : 0, *text != NULL);
	void *block = *text;

	if (size == NOTHING)
		return;
	walk_block(pack, &block, size);
	*text = block;
	if (pack->error == 0 && block != NULL && strlen(block) != size)
		pack->error = -EBADMSG;
}

/* One that has to be there: a list ends at the first that is not. */
static void walk_word(struct pack *pack, char **word)
{
	walk_text(pack, word);
	if (pack->error == 0 && *word == NULL)
		pack->error = -EBADMSG;
}

static void walk_list(struct pack *pack, char ***list)
{
	uint32_t n = walk_count(pack, *list ? strv_length(*list) : 0, *list != NULL);

	if (n == NOTHING)
		return;
	if (!pack->out) {
		*list = new0(char *, (size_t)n + 1);
		if (!*list)
			pack->error = -ENOMEM;
	}
	for (uint32_t i = 0; *list != NULL && i < n && pack->error == 0; i++)
		walk_word(pack, &(*list)[i]);
}

static void walk_mounts(struct pack *pack, struct policy_phase *phase)
{
	uint32_t n = walk_count(pack, phase->n_mounts, phase->mounts != NULL);

	if (n == NOTHING)
		return;
	if (!pack->out) {
		phase->mounts = new0(struct policy_mount, (size_t)n + 1);
		if (!phase->mounts) {
			pack->error = -ENOMEM;
			return;
		}
		phase->n_mounts = n;
	}
	for (uint32_t i = 0; phase->mounts != NULL && i < n && pack->error == 0; i++) {
		walk_text(pack, &phase->mounts[i].source);
		walk_text(pack, &phase->mounts[i].target);
		walk_value(pack, &phase->mounts[i].optional, sizeof(phase->mounts[i].optional));
	}
}

static void walk_filter(struct pack *pack, struct policy_filter *filter)
{
	uint32_t n = walk_count(pack, filter->n_instructions, filter->instructions != NULL);

	walk_text(pack, &filter->profile);
	walk_value(pack, &filter->notifies, sizeof(filter->notifies));
	walk_value(pack, &filter->ipc_closed, sizeof(filter->ipc_closed));
	if (n == NOTHING)
		return;
	if (n > FILTER_MAX) {
		pack->error = -EBADMSG;
		return;
	}
	walk_block(pack, &filter->instructions, n * sizeof(struct sock_filter));
	filter->n_instructions = n;
}

static void walk_phase(struct pack *pack, struct policy_phase *phase)
{
	walk_list(pack, &phase->argv);
	walk_list(pack, &phase->env);
	walk_mounts(pack, phase);
	walk_value(pack, &phase->limits, sizeof(phase->limits));
	walk_filter(pack, &phase->filter);
	walk_value(pack, &phase->network, sizeof(phase->network));
	walk_value(pack, &phase->ple_kills, sizeof(phase->ple_kills));
	walk_list(pack, &phase->deny.exec);
	walk_list(pack, &phase->deny.open);
	walk_value(pack, &phase->deny.connect, sizeof(phase->deny.connect));
}

static void walk_needs(struct pack *pack, struct policy *policy)
{
	uint32_t n = walk_count(pack, policy->n_needs, policy->needs != NULL);

	if (n == NOTHING)
		return;
	if (!pack->out) {
		policy->needs = new0(struct policy_need, (size_t)n + 1);
		if (!policy->needs) {
			pack->error = -ENOMEM;
			return;
		}
		policy->n_needs = n;
	}
	for (uint32_t i = 0; policy->needs != NULL && i < n && pack->error == 0; i++) {
		walk_text(pack, &policy->needs[i].path);
		walk_text(pack, &policy->needs[i].package);
	}
}

static void walk_policy(struct pack *pack, struct policy *policy)
{
	void *gas = policy->gas;

	walk_text(pack, &policy->name);
	walk_text(pack, &policy->file);
	walk_text(pack, &policy->summary);
	walk_value(pack, policy->hash, sizeof(policy->hash));
	walk_list(pack, &policy->extensions);
	walk_text(pack, &policy->source_name);
	walk_value(pack, &policy->source_executable, sizeof(policy->source_executable));
	walk_value(pack, &policy->time_multiplier_permille,
		   sizeof(policy->time_multiplier_permille));
	walk_block(pack, &gas, sizeof(*policy->gas));
	policy->gas = gas;
	walk_phase(pack, &policy->compile);
	walk_phase(pack, &policy->run);
	walk_needs(pack, policy);
}

void policy_pack(const struct policy *policy, FILE *stream)
{
	struct pack pack = {.out = stream};
	struct policy copy = *policy; /* the walk changes nothing while it writes */

	walk_policy(&pack, &copy);
}

int policy_unpack(const void *data, size_t size, struct policy **ret_policy)
{
	_cleanup_policy_ struct policy *policy = new0(struct policy, 1);
	struct pack pack = {.next = data, .left = size};

	if (!policy)
		return -ENOMEM;
	walk_policy(&pack, policy);
	if (pack.error == 0 && pack.left > 0)
		pack.error = -EBADMSG;
	if (pack.error == 0)
		*ret_policy = TAKE_PTR(policy);
	return pack.error;
}
