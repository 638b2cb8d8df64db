/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a result must say under which rules it was made, and `cpp` means something else after an
 * edit.
 *
 * Design: the policy as it is in force, after inheritance, is written as a text with one fact a
 * line and each string with its length, so that no two policies write the same text; its hash goes
 * into every result. The filter's rules are part of it by name, not as BPF: numbers and
 * instructions differ between architectures and versions of libseccomp, the meaning does not. The
 * first line is the version of this text: it changes when the text does.
 */

#include "supervisor/policy/policy-hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/strv.h"

enum { HASH_BYTES = 32 };

_Static_assert(sizeof(((struct policy *)NULL)->hash) == HASH_BYTES * 2 + 1, "hex of 32 bytes");

static void write_string(FILE *stream, const char *key, const char *value)
{
	(void)fprintf(stream, "%s %zu:%s\n", key, value ? strlen(value) : 0, value ? value : "");
}

static void write_strings(FILE *stream, const char *key, char *const *values)
{
	for (; values && *values; values++)
		write_string(stream, key, *values);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int write_sorted(FILE *stream, const char *key, char *const *values)
{
	size_t n = strv_length(values);
	_cleanup_free_ char **sorted = new0(char *, n + 1);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = values[i];
	qsort(sorted, n, sizeof(*sorted), compare_strings);
	write_strings(stream, key, sorted);
	return 0;
}

/* In order, since a list is a set. A phase that denies nothing writes nothing: its text is what it was before there was such a key. */
static int write_deny(FILE *stream, const struct policy_deny *deny)
{
	if (write_sorted(stream, "deny-exec", deny->exec) < 0 ||
	    write_sorted(stream, "deny-open", deny->open) < 0)
		return -ENOMEM;
	if (deny->connect != 0)
		(void)fprintf(stream, "deny-connect %u\n", deny->connect);
	return 0;
}

static int write_phase(FILE *stream, const char *name, const struct policy_phase *phase,
		       const struct seccomp_profile *profile)
{
	if (!phase->argv)
		return 0;
	write_string(stream, "phase", name);
	write_strings(stream, "argv", phase->argv);
	/* Which file of a chain set which name first does not count. */
	if (write_sorted(stream, "env", phase->env) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < phase->n_mounts; i++) {
		write_string(stream, "source", phase->mounts[i].source);
		write_string(stream, "target", phase->mounts[i].target);
		(void)fprintf(stream, "optional %d\n", phase->mounts[i].optional);
	}
	for (unsigned int key = 0; key < LIMIT_MAX; key++)
		if (phase->limits.set & UINT32_C(1) << key)
			(void)fprintf(stream, "limit %s %" PRIu64 "\n",
				      limit_info((enum limit_key)key)->name,
				      phase->limits.value[key]);
	(void)fprintf(stream, "network %d\nprocess-limit %d\n", (int)phase->network,
		      phase->ple_kills);
	if (write_deny(stream, &phase->deny) < 0)
		return -ENOMEM;
	if (profile)
		seccomp_profile_write(profile, stream);
	return 0;
}

static int write_policy(FILE *stream, const struct policy *policy,
			const struct seccomp_profile *compile, const struct seccomp_profile *run)
{
	(void)fprintf(stream, "assay-policy 2\n");
	write_string(stream, "name", policy->name);
	write_string(stream, "source-name", policy->source_name);
	(void)fprintf(stream, "source-executable %d\ntime-multiplier %u\n",
		      policy->source_executable, policy->time_multiplier_permille);
	/* Its own hash and not its name: what counts is what is charged. */
	write_string(stream, "gas", policy->gas->hash);
	if (write_phase(stream, "compile", &policy->compile, compile) < 0)
		return -ENOMEM;
	return write_phase(stream, "run", &policy->run, run);
}

int policy_hash(struct policy *policy, const struct seccomp_profile *compile,
		const struct seccomp_profile *run)
{
	_cleanup_free_ char *text = NULL;
	unsigned char hash[HASH_BYTES];
	size_t size = 0;
	FILE *stream;
	int r;

	if (sodium_init() < 0)
		return -EIO;
	stream = open_memstream(&text, &size);
	if (!stream)
		return -ENOMEM;
	r = write_policy(stream, policy, compile, run);
	if (fclose(stream) != 0 || r < 0)
		return -ENOMEM;
	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, size, NULL, 0) != 0)
		return -EIO;
	(void)sodium_bin2hex(policy->hash, sizeof(policy->hash), hash, sizeof(hash));
	return 0;
}
