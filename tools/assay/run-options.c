/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The table of `assay run`, and what no single row can know: which options contradict or need each other.
 */

#include "tools/assay/run-options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/trace/key.h"
#include "tools/assay/options.h"

static int parse_limits(void *field, const char *text, char *error, size_t error_size)
{
	struct limits limits = {0};
	int r = limits_parse_list(text, &limits, error, error_size);

	if (r < 0)
		return r;
	limits_merge(field, &limits);
	return 0;
}

/* K=V with a name that every shell can set, so that no program is handed what its language cannot read. */
static int parse_env(void *field, const char *text, char *error, size_t error_size)
{
	size_t length = strcspn(text, "=");
	bool ok = text[length] == '=' && length > 0 && !isdigit((unsigned char)text[0]);

	for (size_t i = 0; i < length; i++)
		ok = ok && (isalnum((unsigned char)text[i]) || text[i] == '_');
	if (ok)
		return strv_append(field, text);
	(void)snprintf(
		error, error_size,
		"'%s' is not NAME=VALUE with a name of letters, digits and _ that does not begin with a digit",
		text);
	return -EINVAL;
}

#define FIELD(name) offsetof(struct run_options, name)

static const struct option_row rows[] = {
	{"policy", "NAME|FILE",
	 "The sandbox: a policy's name (`assay policy list`) or a YAML file. Default: by the extension of the "
	 "first FILE.",
	 OPTION_TEXT, FIELD(policy), NULL},
	{"stdin", "FILE",
	 "What the program reads; - is assay's own standard input. Default: nothing.", OPTION_TEXT,
	 FIELD(stdin_file), NULL},
	{"expected", "FILE", "What it should print: makes WA and PC possible.", OPTION_TEXT,
	 FIELD(expected), NULL},
	{"tests", "DIR",
	 "Judge against every pair NAME.in and NAME.ans (or NAME.out) in DIR, DIR/sample and DIR/secret, in "
	 "that order; compile once.",
	 OPTION_TEXT, FIELD(tests), NULL},
	{"checker", "SPEC",
	 "How outputs are compared, e.g. tokens (the default), tokens,ignore-case,float-abs=1e-6, lines, "
	 "exact.",
	 OPTION_TEXT, FIELD(checker), NULL},
	{"limit", "KEY=VALUE,...",
	 "Override limits of the policy's run phase; may be repeated, the last value of a key counts. The keys "
	 "are below.",
	 OPTION_PARSE, FIELD(limits), parse_limits},
	{"arg", "A", "An argument for the program; may be repeated.", OPTION_LIST, FIELD(args), NULL},
	{"env", "NAME=VALUE", "A variable for the program; may be repeated.", OPTION_PARSE,
	 FIELD(env), parse_env},
	{"keep-going", NULL, "Run the other cases after one failed.", OPTION_FLAG,
	 FIELD(keep_going), NULL},
	{"json", NULL, "Print one JSON object on standard output instead of text.", OPTION_FLAG,
	 FIELD(json), NULL},
	{"output", "DIR",
	 "Keep every byte of each case's output as DIR/NAME.stdout and DIR/NAME.stderr. DIR must be "
	 "empty, or is made.",
	 OPTION_TEXT, FIELD(output), NULL},
	{"trace", "FILE",
	 "Write a sealed record of what the program did to FILE, which must not be there yet; `assay trace` "
	 "reads it.",
	 OPTION_TEXT, FIELD(trace), NULL},
	{"trace-level", "counters|events|syscalls",
	 "What the record holds: sums only; processes, files, network, signals and denials; or every call "
	 "(the default).",
	 OPTION_TEXT, FIELD(trace_level_text), NULL},
	{"on-loss", "stop|kill|drop",
	 "When the program is faster than its events are written: hold it (the default, nothing is lost), end "
	 "it, or say how many are missing.",
	 OPTION_TEXT, FIELD(on_loss_text), NULL},
	{"key-dir", "DIR", "Where the node's key for the record is. Default: " TRACE_KEY_DIR ".",
	 OPTION_TEXT, FIELD(key_dir), NULL},
	{"cpuset", "LIST", "CPUs that the sandbox may use, e.g. 0-3,6. Default: all.", OPTION_TEXT,
	 FIELD(cpuset), NULL},
	{"allow-degraded", NULL,
	 "Run even if this host lacks a layer that the policy asks for; the result names what was given up.",
	 OPTION_FLAG, FIELD(allow_degraded), NULL},
	{"color", "auto|always|never", "Default: on a terminal, unless NO_COLOR is set.",
	 OPTION_PARSE, FIELD(color), options_parse_color},
};

static void help_limits(FILE *stream)
{
	static const char *const units[] = {
		[LIMIT_UNIT_TIME] = "time",
		[LIMIT_UNIT_BYTES] = "size",
		[LIMIT_UNIT_COUNT] = "count",
		[LIMIT_UNIT_CPUS] = "number",
	};

	(void)fputs("\nlimits:\n", stream);
	for (enum limit_key key = 0; key < LIMIT_MAX; key++) {
		const struct limit_info *info = limit_info(key);
		char name[64];

		(void)snprintf(name, sizeof(name), "%s=%s%s", info->name, units[info->unit],
			       info->may_be_none ? "|none" : "");
		options_help_item(stream, name, info->summary);
	}
	(void)fputs("\n", stream);
	options_help_text(
		stream,
		"A time is written 500ms, 2s, 1.5s or 1m; a size 65536, 64K, 1.5M or 1G, in powers of "
		"1024; a count and a number have no unit.");
}

static void help_outro(FILE *stream)
{
	help_limits(stream);
	(void)fputs("\n", stream);
	options_help_text(
		stream,
		"Without --tests the program's own output goes to standard output and the report to standard error; with "
		"--tests the report goes to standard output.\n\n"
		"Exit status: 0 accepted (AC), 1 any other verdict on the submission, 2 usage, 3 assay or the host "
		"could not do it (IE), 128 + N interrupted by signal N.\n\n"
		"Examples:");
	(void)fputs("  assay run hello.py\n"
		    "  assay run --stdin in.txt --expected out.txt --limit cpu=1s,memory=64M a.cpp\n"
		    "  assay run --tests problem/ --keep-going --json main.c helper.h\n",
		    stream);
}

static const struct option_table table = {
	.usage = "assay run [OPTIONS] FILE...",
	.intro =
		"Runs one submission in a sandbox, here and now, and says what it did and what it cost. The first FILE is the "
		"main source (or the program, with --policy native), the others lie beside it. Needs root.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.outro = help_outro,
	.takes_operands = true,
};

/* Two options that cannot stand together, or one that makes no sense without (one of two) others. */
static const char *contradiction(const struct run_options *options)
{
	if (!options->files)
		return "no FILE is given: assay run [OPTIONS] FILE...";
	if (options->tests && options->stdin_file)
		return "--stdin cannot be given with --tests, whose cases have inputs of their own";
	if (options->tests && options->expected)
		return "--expected cannot be given with --tests, whose cases have answers of their own";
	if (options->checker && !options->tests && !options->expected)
		return "--checker compares with an answer: give --expected or --tests too";
	if (!options->trace &&
	    (options->trace_level_text || options->on_loss_text || options->key_dir))
		return "--trace-level, --on-loss and --key-dir are about a record: give --trace FILE too";
	return NULL;
}

static bool words_fit(char *const *words)
{
	size_t bytes = 0;

	for (size_t i = 0; words && words[i]; i++)
		bytes += strlen(words[i]) + 1;
	return strv_length(words) <= RUN_WORDS_MAX && bytes <= RUN_WORDS_BYTES_MAX;
}

/* What the record's options mean, or a sentence about the one that means nothing. */
static const char *trace_words(struct run_options *options)
{
	int level = TRACE_LEVEL_SYSCALLS, loss = TRACE_LOSS_STOP;

	if (options->trace_level_text)
		level = trace_level_from_name(options->trace_level_text);
	if (level < 0)
		return "--trace-level is counters, events or syscalls";
	if (options->on_loss_text)
		loss = trace_loss_from_name(options->on_loss_text);
	if (loss < 0)
		return "--on-loss is stop, kill or drop";
	options->trace_level = options->trace ? (enum trace_level)level : TRACE_LEVEL_COUNTERS;
	options->on_loss = (enum trace_loss)loss;
	if (!options->key_dir)
		options->key_dir = TRACE_KEY_DIR;
	return NULL;
}

static int check(struct run_options *options, char *error, size_t error_size)
{
	const char *sentence = contradiction(options);

	if (!sentence)
		sentence = trace_words(options);
	if (sentence) {
		(void)snprintf(error, error_size, "%s", sentence);
		return -EINVAL;
	}
	if (words_fit(options->args) && words_fit(options->env))
		return 0;
	(void)snprintf(
		error, error_size,
		"too much of --%s: at most %d of them, and %d KiB together; hand more in a file",
		words_fit(options->args) ? "env" : "arg", RUN_WORDS_MAX, RUN_WORDS_BYTES_MAX / 1024);
	return -E2BIG;
}

int run_options_parse(int argc, char **argv, struct run_options *ret_options, char *error,
		      size_t error_size)
{
	*ret_options = (struct run_options){0};
	int r = options_parse(&table, argc, argv, ret_options, &ret_options->files, error,
			      error_size);

	return r != 0 ? r : check(ret_options, error, error_size);
}

void run_options_clear(struct run_options *options)
{
	(void)strv_free(options->args);
	(void)strv_free(options->env);
	(void)strv_free(options->files);
	*options = (struct run_options){0};
}
