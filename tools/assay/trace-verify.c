/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay trace verify`: the question that a trace exists for. A seal says that the holder of a key vouches for every byte; so the answer is
 * only yes when the key is one that the asker named, or this node's own.
 */

#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/strv.h"
#include "lib/trace/frame.h"
#include "lib/trace/json.h"
#include "lib/trace/verify.h"
#include "tools/assay/complain.h"
#include "tools/assay/show.h"

struct verify_options {
	char **trusted, **keys;
	const char *key_dir;
	bool json;
};

#define FIELD(name) offsetof(struct verify_options, name)

static const struct option_row rows[] = {
	{"trusted", "FILE",
	 "Trust the keys of this file, a line each as 'assay key export' prints them; may be given "
	 "several times.",
	 OPTION_LIST, FIELD(trusted), NULL},
	{"key", "HEX", "Trust this key; may be given several times.", OPTION_LIST, FIELD(keys), NULL},
	{"key-dir", "DIR",
	 "Where this node's keys are (default /var/lib/assay/keys). They are trusted only when neither "
	 "--trusted nor --key is given.",
	 OPTION_TEXT, FIELD(key_dir), NULL},
	{"json", NULL, "Print one JSON object a file.", OPTION_FLAG, FIELD(json), NULL},
};

static const struct option_table table = {
	.usage = "assay trace verify [OPTIONS] FILE...",
	.intro = "Checks that traces are whole and unchanged: the chain of hashes, every value, sequence "
		 "numbers and counts, the digests in the receipt, and the signature, by a key that is "
		 "trusted. Says where the first thing is that does not hold.\n\n"
		 "Exit status: 0 all are valid, 1 some is not, 2 usage, 3 some could not be read.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

static const char *const words[] = {
	[TRACE_VALID] = "valid",       [TRACE_UNTRUSTED] = "untrusted",
	[TRACE_UNSEALED] = "unsealed", [TRACE_INCOMPLETE] = "incomplete",
	[TRACE_INVALID] = "invalid",
};

static int add_keys(const struct verify_options *options, struct trace_trusted *trusted,
		    struct fault *fault)
{
	uint8_t key[TRACE_PUBLIC_BYTES];
	int r = 0;

	for (char **hex = options->keys; r == 0 && hex && *hex; hex++) {
		r = trace_unhex(*hex, key, sizeof(key));
		if (r == 0)
			r = trace_trusted_add(trusted, key);
		if (r < 0)
			r = fault_say(fault, r, "key",
				      "--key: '%s' is no key of 64 hexadecimal digits", *hex);
	}
	for (char **file = options->trusted; r == 0 && file && *file; file++)
		r = trace_trusted_read(trusted, *file, fault);
	if (r == 0 && !options->keys && !options->trusted)
		r = trace_trusted_add_own(trusted,
					  options->key_dir ? options->key_dir : TRACE_KEY_DIR);
	return r;
}

static void say_json(const char *path, const struct trace_check *check, const struct fault *fault)
{
	(void)fputs("{\"file\":", stdout);
	trace_json_string(stdout, path, strlen(path));
	(void)printf(",\"validity\":\"%s\",\"events\":%" PRIu64 ",\"lost\":%" PRIu64
		     ",\"steps\":%" PRIu32 ",\"bytes\":%" PRIu64 ",\"rest\":%" PRIu64,
		     words[check->validity], check->events, check->lost, check->steps, check->bytes,
		     check->rest);
	(void)printf(",\"digest\":\"%s\",\"canonical_digest\":\"%s\",\"key\":\"%s\",\"message\":",
		     check->digest, check->canonical_digest, check->key);
	trace_json_string(stdout, fault->text, strlen(fault->text));
	(void)fputs("}\n", stdout);
}

static void say_text(const char *path, const struct trace_check *check, const struct fault *fault)
{
	show_write(stdout, path, strlen(path), SHOW_LINE);
	(void)printf(": %s", words[check->validity]);
	if (fault->text[0]) {
		(void)fputs(": ", stdout);
		show_write(stdout, fault->text, strlen(fault->text), SHOW_LINE);
	}
	(void)printf("\n  %" PRIu64 " events in %" PRIu32 " %s, %" PRIu64 " lost, %" PRIu64
		     " bytes\n",
		     check->events, check->steps, check->steps == 1 ? "step" : "steps", check->lost,
		     check->bytes);
	if (check->validity == TRACE_INVALID)
		return;
	if (check->digest[0])
		(void)printf("  digest    %s\n", check->digest);
	if (check->canonical_digest[0])
		(void)printf("  canonical %s\n", check->canonical_digest);
	if (check->key[0])
		(void)printf("  key       %s\n", check->key);
	if (check->validity == TRACE_UNTRUSTED)
		(void)fputs(
			"  If that is the key of a node that you trust, name it with --key, or put it into a list for --trusted.\n",
			stdout);
}

static int verify_file(const struct verify_options *options, const struct trace_trusted *trusted,
		       const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	_cleanup_close_ int own = is_stdin ? -EBADF : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct trace_check check;
	struct fault fault = {0};

	if (!is_stdin && own < 0) {
		complain(TRACE_VERB, "cannot open %s: %m", path);
		return EXIT_INTERNAL;
	}
	int r = trace_verify(is_stdin ? STDIN_FILENO : own, trusted, &check, &fault);
	if (r < 0) {
		complain(TRACE_VERB, "%s: %s", path, fault.text);
		return EXIT_INTERNAL;
	}
	(options->json ? say_json : say_text)(path, &check, &fault);
	return check.validity == TRACE_VALID ? EXIT_OK : EXIT_NEGATIVE;
}

static int verify_files(const struct verify_options *options, char *const *files)
{
	_cleanup_trace_trusted_ struct trace_trusted trusted = {0};
	struct fault fault = {0};
	int status = EXIT_OK;

	if (add_keys(options, &trusted, &fault) < 0) {
		complain(TRACE_VERB, "%s", fault.text);
		return EXIT_USAGE;
	}
	for (; *files; files++) {
		int one = verify_file(options, &trusted, *files);

		status = MAX(status, one);
	}
	return status;
}

int trace_check_verb(int argc, char **argv)
{
	_cleanup_strv_ char **operands = NULL;
	struct verify_options options = {0};
	int status = subverb_parse(TRACE_VERB, &table, argc, argv, 1, SIZE_MAX, &options, &operands);

	if (status < 0)
		status = verify_files(&options, operands);
	(void)strv_free(options.trusted);
	(void)strv_free(options.keys);
	return status;
}
