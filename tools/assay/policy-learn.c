/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay policy learn`: a policy as narrow as some traced runs were. It is the policy that they ran under with two things smaller in each
 * phase that the traces have: the mounts, of which those stay where something was used, and the seccomp profile, a new one that
 * names the calls that were made. A phase that no trace has stays as it is. What is written is checked as `assay policy check` does before it counts.
 *
 * What was refused in the traced runs is not learned, and a trace that lacks events teaches too little: both are said.
 */

#include "tools/assay/policy-learn.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-load.h"
#include "tools/assay/complain.h"
#include "tools/assay/paths.h"
#include "tools/assay/policy.h"
#include "tools/assay/show.h"
#include "tools/assay/subverb.h"
#include "tools/assay/trace.h"

#define VERB "policy"

enum { LEARN_NAME_MAX = 48 };

struct learn_options {
	const char *policy, *name, *output;
};

#define FIELD(name) offsetof(struct learn_options, name)

static const struct option_row rows[] = {
	{"policy", "NAME|FILE", "The policy that the runs were under. Default: what the trace says.",
	 OPTION_TEXT, FIELD(policy), NULL},
	{"name", "NAME", "The new policy's name (default: learned).", OPTION_TEXT, FIELD(name), NULL},
	{"output", "DIR",
	 "Where NAME.yaml, seccomp/NAME.yaml and, where the policy compiles, seccomp/NAME-compile.yaml are written "
	 "(default: the current directory).",
	 OPTION_TEXT, FIELD(output), NULL},
};

static const struct option_table table = {
	.usage = "assay policy learn [OPTIONS] TRACE...",
	.intro = "Writes the narrowest policy under which the traced runs would have passed: their mounts and their system calls, "
		 "of the compile phase and of the run, and nothing else but what threads may call as the scheduler pleases. "
		 "The traces need the level syscalls.\n\n"
		 "Exit status: 0, 1 written but something is missing in the traces, 2 usage.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

/* Reads one trace. -1, or an exit status. Loads the policy when there is none yet. */
static int learn_trace(const char *path, const struct learn_options *options,
		       struct policy **policy, struct learned *learned)
{
	_cleanup_trace_input_ struct trace_input input = TRACE_INPUT_EMPTY;
	int status = trace_input_open(path, &input), r;
	struct trace_item item;
	struct fault fault = {0};

	if (status >= 0)
		return status;
	const char *name = options->policy ?
				   options->policy :
				   trace_record_text(trace_reader_start(input.reader), "policy");
	if (!*policy && (!name || policy_load(paths_policy_dirs(), name, policy, &fault) < 0)) {
		complain(VERB, "learn: the policy of the runs is needed, --policy names it: %s",
			 name ? fault.text : "the trace names none");
		return EXIT_USAGE;
	}
	while ((r = trace_input_next(&input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT)
			learn_event(learned, *policy, &item);
	if (r < 0)
		return EXIT_USAGE;
	learned->lost += trace_input_end(&input) != EXIT_OK;
	return -1;
}

/* The dynamic linker is opened by the kernel, which no trace shows; its directory goes with that of the libraries. */
static bool keeps(const struct policy_phase *rules, const struct learned_phase *learned, size_t i)
{
	if (i >= LEARN_MOUNTS_MAX || learned->mounts[i])
		return true;
	if (strcmp(rules->mounts[i].source, "/usr/lib64") != 0)
		return false;
	for (size_t j = 0; j < rules->n_mounts && j < LEARN_MOUNTS_MAX; j++)
		if (learned->mounts[j] && strcmp(rules->mounts[j].source, "/usr/lib") == 0)
			return true;
	return false;
}

static int set_text(char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

/* The profile of a phase of the policy called `name`. The caller frees it. */
static char *profile_name(const char *name, bool compile)
{
	char *profile;

	return asprintf(&profile, "%s%s", name, compile ? "-compile" : "") < 0 ? NULL : profile;
}

static int narrow_phase(struct policy_phase *rules, const struct learned_phase *learned,
			const char *name, bool compile)
{
	_cleanup_free_ char *profile = profile_name(name, compile);
	_cleanup_free_ bool *kept = new0(bool, rules->n_mounts + 1);
	size_t n = 0;

	if (!learned->seen)
		return 0;
	if (!kept || !profile)
		return -ENOMEM;
	/* What stays is known by the place that it had. */
	for (size_t i = 0; i < rules->n_mounts; i++)
		kept[i] = keeps(rules, learned, i);
	for (size_t i = 0; i < rules->n_mounts; i++) {
		if (kept[i]) {
			rules->mounts[n++] = rules->mounts[i];
			continue;
		}
		free(rules->mounts[i].source);
		free(rules->mounts[i].target);
	}
	rules->n_mounts = n;
	return set_text(&rules->filter.profile, profile);
}

/* Makes the policy the new one. */
static int narrow(struct policy *policy, const struct learned *learned, const char *name)
{
	policy->extensions = strv_free(policy->extensions);
	policy->hash[0] = '\0';
	if (narrow_phase(&policy->compile, &learned->compile, name, true) < 0 ||
	    narrow_phase(&policy->run, &learned->run, name, false) < 0 ||
	    set_text(&policy->name, name) < 0)
		return -ENOMEM;
	return set_text(&policy->summary, "what traced runs needed, and nothing else");
}

/* Opens DIR/[seccomp/]NAME.yaml for writing; its path in *ret_path, the caller's to free. */
static FILE *create(const char *dir, const char *below, const char *name, char **ret_path)
{
	FILE *stream;

	if (asprintf(ret_path, "%s/%s%s.yaml", dir, below, name) < 0) {
		*ret_path = NULL;
		return NULL;
	}
	stream = fopen(*ret_path, "we");
	if (!stream)
		complain(VERB, "cannot write %s: %m", *ret_path);
	return stream;
}

static int close_checked(FILE *stream, const char *path)
{
	bool failed = ferror(stream);

	if (fclose(stream) == 0 && !failed)
		return 0;
	complain(VERB, "cannot write %s: %m", path);
	return -EIO;
}

static int write_profile(const struct learned_phase *phase, const char *dir, const char *name,
			 bool compile)
{
	_cleanup_free_ char *path = NULL, *below = NULL, *profile = profile_name(name, compile);

	if (!phase->seen)
		return 0;
	if (!profile)
		return -ENOMEM;
	if (asprintf(&below, "%s/seccomp", dir) < 0) {
		below = NULL;
		return -ENOMEM;
	}
	(void)mkdir(dir, 0755); /* the open below fails when these did */
	(void)mkdir(below, 0755);
	FILE *stream = create(dir, "seccomp/", profile, &path);
	if (!stream)
		return -EIO;
	learn_write_profile(phase, profile, stream);
	return close_checked(stream, path);
}

static int write_policy(const struct policy *policy, const char *dir, char **ret_path)
{
	FILE *stream = create(dir, "", policy->name, ret_path);
	const struct policy_view view = {.policy = policy};

	if (!stream)
		return -EIO;
	policy_show_text(&view, stream);
	return close_checked(stream, *ret_path);
}

static int say_result(const struct learned *learned, const char *path)
{
	struct fault fault = {0};

	if (policy_check_file(paths_policy_dirs(), path, &fault) < 0) {
		complain(VERB, "learn: what was learned makes no policy that is allowed: %s",
			 fault.text);
		return EXIT_NEGATIVE;
	}
	show_write(stdout, path, strlen(path), SHOW_LINE);
	(void)putchar('\n');
	if (learned->lost)
		complain(VERB,
			 "learn: events are missing in the traces; what they did is not in the policy");
	if (learned->nameless)
		complain(VERB, "learn: %" PRIu64 " calls without a name are not in the policy",
			 learned->nameless);
	if (learned->overflow)
		complain(VERB,
			 "learn: an argument had more than %d values; not all are in the policy",
			 LEARN_VALUES_MAX);
	if (learned->denied)
		complain(VERB,
			 "learn: %" PRIu64 " calls were refused in these runs, and would be again",
			 learned->denied);
	return learned->lost || learned->nameless || learned->overflow ? EXIT_NEGATIVE : EXIT_OK;
}

static int learn(char *const *traces, const struct learn_options *options, struct learned *learned)
{
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *path = NULL;
	const char *name = options->name ? options->name : "learned",
		   *dir = options->output ? options->output : ".";
	int status = -1;

	for (; status < 0 && *traces; traces++)
		status = learn_trace(*traces, options, &policy, learned);
	if (status >= 0)
		return status;
	if (!policy || narrow(policy, learned, name) < 0 ||
	    write_profile(&learned->compile, dir, name, true) < 0 ||
	    write_profile(&learned->run, dir, name, false) < 0 ||
	    write_policy(policy, dir, &path) < 0)
		return EXIT_INTERNAL;
	return say_result(learned, path);
}

/* As policies' names are: lower-case letters, digits and dashes, a letter first. */
static bool is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return islower((unsigned char)name[0]) && name[n] == '\0' && n <= LEARN_NAME_MAX;
}

int policy_learn(int argc, char **argv)
{
	_cleanup_free_ struct learned *learned = new0(struct learned, 1);
	_cleanup_strv_ char **operands = NULL;
	struct learn_options options = {0};
	int status = subverb_parse(VERB, &table, argc, argv, 1, SIZE_MAX, &options, &operands);

	if (status >= 0)
		return status;
	if (!learned)
		return EXIT_INTERNAL;
	if (options.name && !is_name(options.name)) {
		complain(VERB,
			 "learn: '%s' is no name of a policy: lower-case letters, digits and dashes",
			 options.name);
		return EXIT_USAGE;
	}
	return learn(operands, &options, learned);
}
