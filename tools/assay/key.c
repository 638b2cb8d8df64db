/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay key`: the key that this node seals its traces with. Somebody has to be able to see which it is, to give its public half to those who
 * verify elsewhere, and to replace it. Invariant: the secret half is never printed.
 */

#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/trace/frame.h"
#include "lib/trace/key.h"
#include "tools/assay/complain.h"
#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#define VERB "key"

struct key_options {
	const char *key_dir;
};

static const struct option_row rows[] = {
	{"key-dir", "DIR", "Where the keys are (default /var/lib/assay/keys).", OPTION_TEXT,
	 offsetof(struct key_options, key_dir), NULL},
};

#define TABLE(verb, text)                                                               \
	{                                                                               \
		.usage = "assay key " verb " [OPTIONS]", .intro = (text), .rows = rows, \
		.n_rows = ARRAY_SIZE(rows)                                              \
	}

static const struct option_table show_options = TABLE(
	"show",
	"Prints the public half of this node's key, and makes the key when there is none. Needs root.");
static const struct option_table rotate_options = TABLE(
	"rotate",
	"Makes a new key. Traces that the old one sealed stay trusted on this node; the secret half of "
	"the old one is gone for good. Needs root.");
static const struct option_table export_options = TABLE(
	"export",
	"Prints the public keys of this node, the present one first, for `assay trace verify --trusted "
	"FILE` elsewhere.");

static int parse(const struct option_table *table, int argc, char **argv, const char **ret_dir)
{
	_cleanup_strv_ char **operands = NULL;
	struct key_options options = {.key_dir = NULL};
	int status = subverb_parse(VERB, table, argc, argv, 0, 0, &options, &operands);

	*ret_dir = options.key_dir ? options.key_dir : TRACE_KEY_DIR;
	return status;
}

static void print_key(const uint8_t *public_key)
{
	char hex[TRACE_PUBLIC_HEX];

	trace_hex(public_key, TRACE_PUBLIC_BYTES, hex);
	(void)puts(hex);
}

static int use(int (*get)(const char *, struct trace_key **, struct fault *), const char *dir)
{
	_cleanup_trace_key_ struct trace_key *key = NULL;
	struct fault fault = {0};

	if (get(dir, &key, &fault) < 0) {
		complain(VERB, "%s", fault.text);
		return EXIT_INTERNAL;
	}
	print_key(trace_key_public(key));
	return EXIT_OK;
}

static int key_show(int argc, char **argv)
{
	const char *dir;
	int status = parse(&show_options, argc, argv, &dir);

	return status < 0 ? use(trace_key_open, dir) : status;
}

static int key_rotate(int argc, char **argv)
{
	const char *dir;
	int status = parse(&rotate_options, argc, argv, &dir);

	return status < 0 ? use(trace_key_rotate, dir) : status;
}

static int key_export(int argc, char **argv)
{
	_cleanup_trace_trusted_ struct trace_trusted keys = {0};
	const char *dir;
	int status = parse(&export_options, argc, argv, &dir);

	if (status >= 0)
		return status;
	if (trace_trusted_add_own(&keys, dir) < 0 || keys.n == 0) {
		complain(VERB, "there is no public key in %s; 'assay key show' makes one", dir);
		return EXIT_NEGATIVE;
	}
	for (uint32_t i = 0; i < keys.n; i++)
		print_key(keys.keys[i]);
	return EXIT_OK;
}

static const struct verb verbs[] = {
	{"show", "the public half of this node's key", key_show},
	{"rotate", "a new key; the old one's traces stay trusted", key_rotate},
	{"export", "the public keys, for others to verify with", key_export},
};

static const struct option_table help = {
	.usage = "assay key show|rotate|export [OPTIONS]",
	.intro = "A node seals its traces with an Ed25519 key that is made at its first use and stays in a file that "
		 "only root can read.",
};

int verb_key(int argc, char **argv)
{
	static const struct subverbs table = {VERB, &help, verbs, ARRAY_SIZE(verbs)};

	return subverbs_run(&table, argc, argv);
}
