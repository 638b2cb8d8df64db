/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy is said in several files, and each word must be checked where it stands.
 *
 * Design: the files of a chain are laid over each other from the root to the leaf. Every value is
 * checked when its own file is laid, so a message has that file's place; what can only be seen in
 * the whole is checked in policy-check.c. The rules of laying are few: a single value replaces,
 * `argv` and `extensions` replace as a whole, and the collections that have a name in each entry
 * (env: NAME, mounts: target, needs: program, limits: key, deny: path or family) are merged by it. What belongs to the
 * name of a policy (`abstract`, `extensions`, `summary`) is taken from files of that name only.
 *
 * Invariants: mounts are unique by target and sorted by it, so a parent is mounted before what lies
 * in it; env is unique by name; paths are absolute and without "." or "..".
 */

#include "supervisor/policy/policy-apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "lib/contract/submission.h"
#include "supervisor/policy/policy-deny.h"
#include "supervisor/policy/policy-paths.h"
#include "supervisor/policy/policy-words.h"

#define LAYER "policy"

/* Paths of places are short: "compile.mounts[63].optional". */
enum { PLACE_BYTES = 64 };

/* What is being laid: one phase of one file, or the file itself (then `phase` is ""). */
struct laying {
	const struct policy_layer *layer;
	const char *phase; /* "compile" or "run" */
	struct fault *fault;
};

static int no_memory(const struct laying *laying)
{
	return fault_set(laying->fault, -ENOMEM, LAYER, "cannot read %s", laying->layer->path);
}

/* Says what is wrong with `what` ("env[3]") of the phase. */
_printf_(3, 4) static int wrong(const struct laying *laying, const char *what, const char *format,
				...)
{
	char place[PLACE_BYTES], text[FAULT_TEXT_BYTES];
	va_list args;

	(void)snprintf(place, sizeof(place), "%s%s%s", laying->phase, laying->phase[0] ? "." : "",
		       what);
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return yaml_text_fault(laying->layer->text, laying->fault, place, "%s", text);
}

static int replace(const struct laying *laying, char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return no_memory(laying);
	free(*to);
	*to = copy;
	return 0;
}

static int parse_bool(const struct laying *laying, const char *what, const char *text,
		      bool *ret_value)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return wrong(laying, what, "'%s'; expected true or false", text);
	*ret_value = text[0] == 't';
	return 0;
}

/* --- argv and env --- */

static int lay_argv(const struct laying *laying, struct policy_phase *phase, char *const *argv,
		    size_t n)
{
	_cleanup_strv_ char **copy = NULL;
	char what[PLACE_BYTES], error[160];

	if (n == 0)
		return 0;
	if (argv[0][0] != '/' && strncmp(argv[0], "./", 2) != 0)
		return wrong(
			laying, "argv[0]",
			"program '%s' is looked up nowhere; expected an absolute path or ./{source}",
			argv[0]);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(what, sizeof(what), "argv[%zu]", i);
		if (!policy_words_ok(argv[i], i > 0, error, sizeof(error)))
			return wrong(laying, what, "%s", error);
		if (strv_append(&copy, argv[i]) < 0)
			return no_memory(laying);
	}
	(void)strv_free(phase->argv);
	phase->argv = TAKE_PTR(copy);
	return 0;
}

/* The length of NAME in NAME=VALUE, or 0 when it is not one. Source: environ(7), POSIX 8.1. */
static size_t env_name_length(const char *entry)
{
	size_t n = strspn(entry, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	return entry[n] == '=' && !(entry[0] >= '0' && entry[0] <= '9') ? n : 0;
}

static char **find_env(char **env, const char *entry, size_t name_length)
{
	for (; env && *env; env++)
		if (strncmp(*env, entry, name_length + 1) == 0)
			return env;
	return NULL;
}

static int lay_env_entry(const struct laying *laying, struct policy_phase *phase,
			 char *const *entries, size_t index)
{
	const char *entry = entries[index];
	size_t length = env_name_length(entry);
	char what[PLACE_BYTES], error[160];
	char **there;

	(void)snprintf(what, sizeof(what), "env[%zu]", index);
	if (length == 0)
		return wrong(laying, what, "'%s'; expected NAME=VALUE", entry);
	if (!policy_words_ok(entry, false, error, sizeof(error)))
		return wrong(laying, what, "%s", error);
	for (size_t i = 0; i < index; i++)
		if (strncmp(entries[i], entry, length + 1) == 0)
			return wrong(laying, what,
				     "%.*s is set twice in this list; expected each name once",
				     (int)length, entry);
	there = find_env(phase->env, entry, length);
	if (there)
		return replace(laying, there, entry);
	return strv_append(&phase->env, entry) < 0 ? no_memory(laying) : 0;
}

static int lay_env(const struct laying *laying, struct policy_phase *phase, char *const *entries,
		   size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = lay_env_entry(laying, phase, entries, i);
	return r;
}

/* --- mounts --- */

static int compare_mounts(const void *a, const void *b)
{
	const struct policy_mount *left = a, *right = b;

	return strcmp(left->target, right->target);
}

static struct policy_mount *find_mount(struct policy_phase *phase, const char *target)
{
	for (size_t i = 0; i < phase->n_mounts; i++)
		if (strcmp(phase->mounts[i].target, target) == 0)
			return &phase->mounts[i];
	return NULL;
}

static struct policy_mount *add_mount(struct policy_phase *phase)
{
	struct policy_mount *mounts =
		reallocarray(phase->mounts, phase->n_mounts + 1, sizeof(*mounts));

	if (!mounts)
		return NULL;
	phase->mounts = mounts;
	mounts[phase->n_mounts] = (struct policy_mount){.source = NULL};
	return &mounts[phase->n_mounts++];
}

static const char *mount_target(const struct policy_mount_doc *doc)
{
	return doc->target ? doc->target : doc->source;
}

static int check_mount(const struct laying *laying, const struct policy_mount_doc *docs,
		       size_t index, bool *ret_optional)
{
	const struct policy_mount_doc *doc = &docs[index];
	char what[PLACE_BYTES], error[160];

	*ret_optional = false;
	(void)snprintf(what, sizeof(what), "mounts[%zu].source", index);
	if (!doc->source)
		return wrong(laying, what, "missing 'source'; expected a path of the host");
	if (!policy_source_ok(doc->source, error, sizeof(error)))
		return wrong(laying, what, "%s", error);
	if (doc->target)
		(void)snprintf(what, sizeof(what), "mounts[%zu].target", index);
	if (!policy_target_ok(mount_target(doc), error, sizeof(error)))
		return wrong(laying, what, "%s", error);
	for (size_t i = 0; i < index; i++)
		if (strcmp(mount_target(&docs[i]), mount_target(doc)) == 0)
			return wrong(laying, what,
				     "'%s' is mounted twice in this list; expected each target once",
				     mount_target(doc));
	(void)snprintf(what, sizeof(what), "mounts[%zu].optional", index);
	return doc->optional ? parse_bool(laying, what, doc->optional, ret_optional) : 0;
}

static int lay_mounts(const struct laying *laying, struct policy_phase *phase,
		      const struct policy_mount_doc *docs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct policy_mount *mount;
		bool optional;
		int r = check_mount(laying, docs, i, &optional);

		if (r < 0)
			return r;
		mount = find_mount(phase, mount_target(&docs[i]));
		if (!mount)
			mount = add_mount(phase);
		if (!mount)
			return no_memory(laying);
		r = replace(laying, &mount->source, docs[i].source);
		if (r == 0)
			r = replace(laying, &mount->target, mount_target(&docs[i]));
		if (r < 0)
			return r;
		mount->optional = optional;
	}
	if (phase->n_mounts > 0)
		qsort(phase->mounts, phase->n_mounts, sizeof(*phase->mounts), compare_mounts);
	return 0;
}

/* --- limits and words --- */

static int lay_limits(const struct laying *laying, struct policy_phase *phase, char *const *texts)
{
	for (unsigned int key = 0; texts && key < LIMIT_MAX; key++) {
		const char *expected = NULL;
		char what[PLACE_BYTES];
		uint64_t value;

		if (!texts[key])
			continue;
		(void)snprintf(what, sizeof(what), "limits.%s",
			       limit_info((enum limit_key)key)->name);
		if (limit_parse((enum limit_key)key, texts[key], &value, &expected) < 0)
			return wrong(laying, what, "'%s'; expected: %s", texts[key],
				     expected ? expected : "another value");
		limits_set(&phase->limits, (enum limit_key)key, value);
	}
	return 0;
}

static int lay_words(const struct laying *laying, struct policy_phase *phase,
		     const struct policy_phase_doc *doc, const char **profile)
{
	if (doc->seccomp) {
		if (!policy_name_ok(doc->seccomp))
			return wrong(laying, "seccomp", "'%s'; expected the name of a profile",
				     doc->seccomp);
		*profile = doc->seccomp;
	}
	if (doc->network) {
		if (strcmp(doc->network, "none") != 0 && strcmp(doc->network, "loopback") != 0)
			return wrong(laying, "network", "'%s'; expected none or loopback",
				     doc->network);
		phase->network =
			doc->network[0] == 'n' ? POLICY_NETWORK_NONE : POLICY_NETWORK_LOOPBACK;
	}
	if (doc->process_limit) {
		if (strcmp(doc->process_limit, "report") != 0 &&
		    strcmp(doc->process_limit, "kill") != 0)
			return wrong(laying, "process-limit", "'%s'; expected report or kill",
				     doc->process_limit);
		phase->ple_kills = doc->process_limit[0] == 'k';
	}
	return 0;
}

static int lay_phase(const struct laying *laying, struct policy_phase *phase,
		     const struct policy_phase_doc *doc, const char **profile)
{
	int r;

	if (!doc)
		return 0;
	r = lay_argv(laying, phase, doc->argv, doc->argv_count);
	if (r == 0)
		r = lay_env(laying, phase, doc->env, doc->env_count);
	if (r == 0)
		r = lay_mounts(laying, phase, doc->mounts, doc->mounts_count);
	if (r == 0)
		r = lay_limits(laying, phase, doc->limits);
	if (r == 0)
		r = lay_words(laying, phase, doc, profile);
	if (r == 0)
		r = policy_deny_lay(laying->layer, laying->phase, doc->deny, &phase->deny,
				    laying->fault);
	return r;
}

/* --- what stands outside of the phases --- */

static int check_extension(const struct laying *laying, char *const *extensions, size_t index)
{
	const char *extension = extensions[index];
	char what[PLACE_BYTES];

	(void)snprintf(what, sizeof(what), "extensions[%zu]", index);
	if (extension[0] != '.' || extension[1] == '\0' || strpbrk(extension, "/ \t\n"))
		return wrong(laying, what, "'%s'; expected a dot and letters, such as .cpp",
			     extension);
	for (size_t i = 0; i < index; i++)
		if (strcmp(extensions[i], extension) == 0)
			return wrong(laying, what, "'%s' given twice; expected each once",
				     extension);
	return 0;
}

static int lay_extensions(const struct laying *laying, struct policy *policy,
			  char *const *extensions, size_t n)
{
	_cleanup_strv_ char **copy = NULL;

	for (size_t i = 0; i < n; i++) {
		int r = check_extension(laying, extensions, i);

		if (r < 0)
			return r;
		if (strv_append(&copy, extensions[i]) < 0)
			return no_memory(laying);
	}
	if (n > 0) {
		(void)strv_free(policy->extensions);
		policy->extensions = TAKE_PTR(copy);
	}
	return 0;
}

static struct policy_need *find_need(struct policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->n_needs; i++)
		if (strcmp(policy->needs[i].path, path) == 0)
			return &policy->needs[i];
	return NULL;
}

static struct policy_need *add_need(struct policy *policy)
{
	struct policy_need *needs = reallocarray(policy->needs, policy->n_needs + 1, sizeof(*needs));

	if (!needs)
		return NULL;
	policy->needs = needs;
	needs[policy->n_needs] = (struct policy_need){.path = NULL};
	return &needs[policy->n_needs++];
}

static int lay_need(const struct laying *laying, struct policy *policy,
		    const struct policy_need_doc *doc, size_t index)
{
	struct policy_need *need;
	char what[PLACE_BYTES];
	int r;

	(void)snprintf(what, sizeof(what), "needs[%zu]%s", index, doc->program ? ".program" : "");
	if (!doc->program || !policy_path_ok(doc->program))
		return wrong(laying, what, "%s; expected an absolute path",
			     doc->program ? "bad path" : "missing 'program'");
	(void)snprintf(what, sizeof(what), "needs[%zu]", index);
	if (!doc->package)
		return wrong(laying, what, "missing 'package'; expected the Debian package's name");
	need = find_need(policy, doc->program);
	if (!need)
		need = add_need(policy);
	if (!need)
		return no_memory(laying);
	r = replace(laying, &need->path, doc->program);
	return r < 0 ? r : replace(laying, &need->package, doc->package);
}

/* "1.5" -> 1500. */
static int lay_multiplier(const struct laying *laying, struct policy *policy, const char *text)
{
	uint64_t value;

	/* The same text as a limit in CPUs: a number with up to three digits after the point. */
	if (strcmp(text, "none") == 0 || limit_parse(LIMIT_CPUS, text, &value, NULL) < 0 ||
	    value < 100 || value > 100000)
		return wrong(laying, "time-multiplier",
			     "'%s'; expected a number from 0.1 to 100 such as 1.5", text);
	policy->time_multiplier_permille = (unsigned int)value;
	return 0;
}

static int lay_scalars(const struct laying *laying, struct policy *policy,
		       const struct policy_doc *doc)
{
	int r = 0;

	if (doc->source_name) {
		if (!submission_name_ok(doc->source_name) || doc->source_name[0] == '-')
			return wrong(laying, "source-name",
				     "'%s'; expected a plain file name such as main.c",
				     doc->source_name);
		r = replace(laying, &policy->source_name, doc->source_name);
	}
	if (r == 0 && doc->source_executable)
		r = parse_bool(laying, "source-executable", doc->source_executable,
			       &policy->source_executable);
	if (r == 0 && doc->time_multiplier)
		r = lay_multiplier(laying, policy, doc->time_multiplier);
	for (unsigned int i = 0; r == 0 && i < doc->needs_count; i++)
		r = lay_need(laying, policy, &doc->needs[i], i);
	return r;
}

/* What belongs to the name: taken from the leaf, and from files of the same name below it. */
static int lay_named(const struct laying *laying, struct policy *policy,
		     const struct policy_doc *doc)
{
	int r = 0;

	if (strcmp(policy->name, doc->name) != 0)
		return 0;
	if (doc->summary)
		r = replace(laying, &policy->summary, doc->summary);
	return r < 0 ? r : lay_extensions(laying, policy, doc->extensions, doc->extensions_count);
}

static int lay_gas(const struct laying *laying, struct policy_draft *draft,
		   const struct policy_doc *doc)
{
	if (!doc->gas)
		return 0;
	if (!policy_name_ok(doc->gas))
		return wrong(laying, "gas", "'%s'; expected the name of a gas schedule", doc->gas);
	draft->gas = doc->gas;
	return 0;
}

int policy_apply(struct policy_draft *draft, const struct policy_layer *layer, struct fault *fault)
{
	struct policy *policy = draft->policy;
	const struct policy_doc *doc = layer->doc;
	struct laying laying = {.layer = layer, .phase = "", .fault = fault};
	int r = lay_scalars(&laying, policy, doc);

	if (r == 0)
		r = lay_gas(&laying, draft, doc);
	if (r == 0)
		r = lay_named(&laying, policy, doc);
	laying.phase = "compile";
	if (r == 0)
		r = lay_phase(&laying, &policy->compile, doc->compile, &draft->compile_profile);
	laying.phase = "run";
	if (r == 0)
		r = lay_phase(&laying, &policy->run, doc->run, &draft->run_profile);
	return r;
}
