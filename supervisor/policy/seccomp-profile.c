/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: profiles share most of their calls, and a reader must be able to say for each call which
 * line decides.
 *
 * Design: a profile extends at most one other. Files are read from the leaf to the root of the
 * chain; a rule is kept when no file nearer to the leaf has named its call, so the nearest word
 * wins and the order inside a file does not count (a call named twice in one file is an error).
 * Each rule remembers the file and path that it came from, so that a complaint about the finished
 * filter points at a line.
 *
 * Invariants: rules are sorted by call and unique; every call is known to libseccomp; `kill` is
 * written for calls that shall end the run, an errno for those that programs try and can live
 * without.
 */

#include "supervisor/policy/seccomp-profile.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-schema.h"

#define LAYER "policy"

/* Paths inside of a profile are short: "conditions[511].where[31]". */
enum { PLACE_BYTES = 64 };

/* One file of the chain while its rules are taken. */
struct source {
	struct seccomp_profile *profile;
	const struct yaml_text *text;
	const struct seccomp_doc *doc;
	size_t n_nearer; /* rules of files nearer to the leaf: profile->rules[0..n_nearer) */
	struct fault *fault;
};

struct seccomp_profile *seccomp_profile_free(struct seccomp_profile *profile)
{
	if (!profile)
		return NULL;
	for (size_t i = 0; i < profile->n_rules; i++) {
		free(profile->rules[i].call);
		free(profile->rules[i].where);
		free(profile->rules[i].where_text);
		free(profile->rules[i].path);
	}
	free(profile->rules);
	for (size_t i = 0; i < profile->n_texts; i++)
		(void)yaml_text_free(profile->texts[i]);
	free(profile->name);
	free(profile->summary);
	free(profile);
	return NULL;
}

const char *seccomp_action_name(const struct seccomp_action *action)
{
	switch (action->answer) {
	case SECCOMP_ANSWER_ALLOW:
		return "allow";
	case SECCOMP_ANSWER_KILL:
		return "kill";
	default:
		return strerrorname_np(action->error);
	}
}

int seccomp_action_parse(const char *name, struct seccomp_action *ret_action)
{
	if (strcmp(name, "kill") == 0) {
		*ret_action = (struct seccomp_action){.answer = SECCOMP_ANSWER_KILL};
		return 0;
	}
	/* 0 is a name too. The kernel's own errnos end below 134 (EHWPOISON). */
	for (int error = 0; error < 134; error++) {
		const char *candidate = strerrorname_np(error);

		if (!candidate || strcmp(candidate, name) != 0)
			continue;
		*ret_action = (struct seccomp_action){
			.answer = SECCOMP_ANSWER_ERRNO,
			.error = error,
		};
		return 0;
	}
	return -ENOENT;
}

static struct seccomp_rule *find_rule(struct seccomp_rule *rules, size_t n, const char *call)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rules[i].call, call) == 0)
			return &rules[i];
	return NULL;
}

static int no_memory(struct source *source)
{
	return fault_set(source->fault, -ENOMEM, LAYER, "cannot read %s",
			 yaml_text_file(source->text));
}

/* A new rule at the end of the profile's; NULL when there is no memory. */
static struct seccomp_rule *append_rule(struct source *source, const char *call, const char *path)
{
	struct seccomp_profile *profile = source->profile;
	struct seccomp_rule *rules, *rule;

	rules = reallocarray(profile->rules, profile->n_rules + 1, sizeof(*rules));
	if (!rules)
		return NULL;
	profile->rules = rules;
	rule = &rules[profile->n_rules++];
	*rule = (struct seccomp_rule){
		.call = strdup(call),
		.path = strdup(path),
		.text = source->text,
	};
	return rule->call && rule->path ? rule : NULL;
}

/*
 * Takes one mention of a call. *ret_rule is NULL when a nearer file has decided about it already.
 */
static int take_call(struct source *source, const char *call, const char *path,
		     struct seccomp_rule **ret_rule)
{
	struct seccomp_profile *profile = source->profile;
	int number = seccomp_call_number(call);
	struct seccomp_rule *rule;

	*ret_rule = NULL;
	if (number == -ENOENT)
		return yaml_text_fault(source->text, source->fault, path,
				       "unknown system call '%s'; expected one of syscalls(2)",
				       call);
	rule = find_rule(profile->rules, profile->n_rules, call);
	if (rule && rule >= profile->rules + source->n_nearer)
		return yaml_text_fault(
			source->text, source->fault, path,
			"'%s' is named twice in this file; expected one answer a call", call);
	if (rule)
		return 0;
	rule = append_rule(source, call, path);
	if (!rule)
		return no_memory(source);
	rule->number = number;
	*ret_rule = rule;
	return 0;
}

static int take_list(struct source *source, char *const *calls, size_t n, const char *list,
		     struct seccomp_action action)
{
	for (size_t i = 0; i < n; i++) {
		struct seccomp_rule *rule;
		char path[PLACE_BYTES];
		int r;

		(void)snprintf(path, sizeof(path), "%s[%zu]", list, i);
		r = take_call(source, calls[i], path, &rule);
		if (r < 0)
			return r;
		if (rule)
			rule->action = action;
	}
	return 0;
}

static int parse_action(struct source *source, const char *text, const char *path, bool errno_only,
			struct seccomp_action *ret_action)
{
	const char *expected = errno_only ? "an errno such as EPERM or ENOSYS, or 0" :
					    "kill, or an errno such as EPERM or ENOSYS, or 0";

	if (!text)
		return yaml_text_fault(source->text, source->fault, path,
				       "missing answer; expected %s", expected);
	if (seccomp_action_parse(text, ret_action) < 0 ||
	    (errno_only && ret_action->answer != SECCOMP_ANSWER_ERRNO))
		return yaml_text_fault(source->text, source->fault, path, "'%s'; expected %s", text,
				       expected);
	return 0;
}

static int take_errors(struct source *source)
{
	for (unsigned int i = 0; i < source->doc->errors_count; i++) {
		const struct seccomp_calls_doc *group = &source->doc->errors[i];
		struct seccomp_action action;
		char path[PLACE_BYTES];
		int r;

		(void)snprintf(path, sizeof(path), "errors[%u].errno", i);
		r = parse_action(source, group->error, path, true, &action);
		if (r < 0)
			return r;
		(void)snprintf(path, sizeof(path), "errors[%u].calls", i);
		if (group->calls_count == 0)
			return yaml_text_fault(source->text, source->fault, path,
					       "no calls; expected a list of system calls");
		r = take_list(source, group->calls, group->calls_count, path, action);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_wheres(struct source *source, const struct seccomp_condition_doc *condition,
			unsigned int index, struct seccomp_where *where, char **ret_text)
{
	for (unsigned int i = 0; i < condition->where_count; i++) {
		char error[160], path[PLACE_BYTES];

		(void)snprintf(path, sizeof(path), "conditions[%u].where[%u]", index, i);
		if (seccomp_where_parse(condition->where[i], where, error, sizeof(error)) < 0)
			return yaml_text_fault(source->text, source->fault, path, "%s", error);
	}
	/* As one text, for people and for the hash. */
	*ret_text = strv_join(condition->where, condition->where_count, " or ");
	return *ret_text ? 0 : no_memory(source);
}

static int check_condition(struct source *source, const struct seccomp_condition_doc *condition,
			   unsigned int index)
{
	char path[PLACE_BYTES];

	(void)snprintf(path, sizeof(path), "conditions[%u]", index);
	if (!condition->call)
		return yaml_text_fault(source->text, source->fault, path,
				       "missing 'call'; expected a system call's name");
	if (condition->where_count == 0)
		return yaml_text_fault(source->text, source->fault, path,
				       "missing 'where'; expected a list of conditions");
	return 0;
}

/* Both answers of a condition. They must differ: what is the same for all arguments is no condition. */
static int parse_answers(struct source *source, const struct seccomp_condition_doc *condition,
			 unsigned int index, struct seccomp_rule *rule)
{
	char path[PLACE_BYTES];
	int r;

	(void)snprintf(path, sizeof(path), "conditions[%u].otherwise", index);
	r = parse_action(source, condition->otherwise, path, false, &rule->action);
	rule->then = (struct seccomp_action){.answer = SECCOMP_ANSWER_ALLOW};
	if (r < 0 || !condition->then)
		return r;
	(void)snprintf(path, sizeof(path), "conditions[%u].then", index);
	r = parse_action(source, condition->then, path, false, &rule->then);
	if (r == 0 && strcmp(condition->then, condition->otherwise) == 0)
		return yaml_text_fault(source->text, source->fault, path,
				       "same answer as 'otherwise'; expected another");
	return r;
}

static int take_condition(struct source *source, unsigned int index)
{
	const struct seccomp_condition_doc *condition = &source->doc->conditions[index];
	_cleanup_free_ struct seccomp_where *where = new0(struct seccomp_where, 1);
	_cleanup_free_ char *text = NULL;
	struct seccomp_rule answers, *rule;
	char path[PLACE_BYTES];
	int r;

	if (!where)
		return no_memory(source);
	r = check_condition(source, condition, index);
	if (r == 0)
		r = parse_answers(source, condition, index, &answers);
	if (r == 0)
		r = parse_wheres(source, condition, index, where, &text);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "conditions[%u].call", index);
	r = take_call(source, condition->call, path, &rule);
	if (r < 0 || !rule)
		return r;
	rule->action = answers.action;
	rule->then = answers.then;
	rule->where = TAKE_PTR(where);
	rule->where_text = TAKE_PTR(text);
	return 0;
}

static int check_head(struct source *source, const char *path)
{
	const struct seccomp_doc *doc = source->doc;
	_cleanup_free_ char *stem = policy_stem_of(path);

	if (!stem)
		return no_memory(source);
	if (!doc->version || strcmp(doc->version, "1") != 0)
		return yaml_text_fault(source->text, source->fault, "version",
				       "%s; expected 'version: 1'",
				       doc->version ? "unknown version" : "missing 'version'");
	if (!doc->name || strcmp(doc->name, stem) != 0 || !policy_name_ok(doc->name))
		return yaml_text_fault(source->text, source->fault, "name",
				       "%s; expected the file's name without .yaml: '%s'",
				       doc->name ? "wrong name" : "missing 'name'", stem);
	if (!doc->summary)
		return yaml_text_fault(source->text, source->fault, "",
				       "missing 'summary'; expected one line for people");
	return 0;
}

/* The answer for calls that no rule names: of the nearest file that says it. */
static int take_unlisted(struct source *source)
{
	if (!source->doc->unlisted || source->profile->unlisted.answer != SECCOMP_ANSWER_ALLOW)
		return 0;
	return parse_action(source, source->doc->unlisted, "unlisted", false,
			    &source->profile->unlisted);
}

static int take_rules(struct source *source)
{
	static const struct seccomp_action allow = {.answer = SECCOMP_ANSWER_ALLOW};
	static const struct seccomp_action to_kill = {.answer = SECCOMP_ANSWER_KILL};
	const struct seccomp_doc *doc = source->doc;
	int r;

	source->n_nearer = source->profile->n_rules;
	r = take_unlisted(source);
	if (r == 0)
		r = take_list(source, doc->allow, doc->allow_count, "allow", allow);
	if (r == 0)
		r = take_list(source, doc->kill, doc->kill_count, "kill", to_kill);
	if (r == 0)
		r = take_errors(source);
	for (unsigned int i = 0; r == 0 && i < doc->conditions_count; i++)
		r = take_condition(source, i);
	return r;
}

static int take_names(struct source *source)
{
	struct seccomp_profile *profile = source->profile;

	if (profile->name)
		return 0;
	profile->name = strdup(source->doc->name);
	profile->summary = strdup(source->doc->summary);
	return profile->name && profile->summary ? 0 : no_memory(source);
}

/* Where the chain of `extends` stands. */
struct chain {
	const struct policy_search *search;
	char *path;
	struct policy_file_id ids[POLICY_EXTENDS_MAX + 1];
	size_t n;
	struct yaml_text *leaf; /* the first text when it is in memory already, else NULL */
};

static bool chain_has(const struct chain *chain, const struct policy_file_id *id)
{
	for (size_t i = 0; i < chain->n; i++)
		if (policy_file_same(&chain->ids[i], id))
			return true;
	return false;
}

/* Finds the file that this one extends. On return chain->path is it, or NULL at the root. */
static int follow(struct chain *chain, struct source *source)
{
	const char *base = source->doc->extends;
	struct policy_file_id id;
	int r;

	free(chain->path);
	chain->path = NULL;
	if (!base)
		return 0;
	r = policy_find(chain->search, base, &chain->ids[chain->n - 1], &chain->path, &id);
	if (r == -ENOENT)
		return yaml_text_fault(
			source->text, source->fault, "extends",
			"no other profile '%s'; expected the name of one that there is", base);
	if (r < 0)
		return no_memory(source);
	if (chain_has(chain, &id))
		return yaml_text_fault(source->text, source->fault, "extends",
				       "'%s' extends this profile in turn; expected no circle",
				       base);
	if (chain->n == ARRAY_SIZE(chain->ids))
		return yaml_text_fault(source->text, source->fault, "extends",
				       "chain of 'extends' too long; expected at most %d",
				       POLICY_EXTENDS_MAX);
	chain->ids[chain->n++] = id;
	return 0;
}

/* Reads chain->path into the profile and moves the chain on. */
static int take_file(struct seccomp_profile *profile, struct chain *chain, struct fault *fault)
{
	struct source source = {.profile = profile, .fault = fault};
	struct yaml_text *text = TAKE_PTR(chain->leaf);
	void *data = NULL;
	int r = text ? 0 : yaml_text_read(chain->path, &text, fault);

	if (r < 0)
		return r;
	profile->texts[profile->n_texts++] = text;
	r = yaml_text_load(text, &seccomp_schema, &data, fault);
	if (r < 0)
		return r;
	source.text = text;
	source.doc = data;
	r = check_head(&source, chain->path);
	if (r == 0)
		r = take_names(&source);
	if (r == 0)
		r = take_rules(&source);
	if (r == 0)
		r = follow(chain, &source);
	yaml_text_unload(&seccomp_schema, data);
	return r;
}

static int compare_rules(const void *a, const void *b)
{
	const struct seccomp_rule *left = a, *right = b;

	return strcmp(left->call, right->call);
}

static int load_chain(struct chain *chain, struct seccomp_profile **ret_profile, struct fault *fault)
{
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = new0(struct seccomp_profile, 1);

	if (!profile)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", chain->path);
	while (chain->path) {
		int r = take_file(profile, chain, fault);

		if (r < 0)
			return r;
	}
	/* "allow" cannot be written for unlisted calls: it stands for "nobody said". */
	if (profile->unlisted.answer == SECCOMP_ANSWER_ALLOW)
		return yaml_text_fault(profile->texts[0], fault, "",
				       "missing 'unlisted'; expected kill, or an errno");
	if (profile->n_rules > 0)
		qsort(profile->rules, profile->n_rules, sizeof(*profile->rules), compare_rules);
	*ret_profile = TAKE_PTR(profile);
	return 0;
}

int seccomp_profile_load(const struct policy_search *search, const char *name,
			 struct seccomp_profile **ret_profile, struct fault *fault)
{
	struct chain chain = {.search = search, .n = 1};
	int r = policy_find(search, name, NULL, &chain.path, &chain.ids[0]);

	if (r == -ENOMEM)
		return fault_set(fault, r, LAYER, "cannot look for profile %s", name);
	if (r < 0)
		return r;
	r = load_chain(&chain, ret_profile, fault);
	free(chain.path);
	return r;
}

int seccomp_profile_load_file(const struct policy_search *search, const char *path,
			      struct seccomp_profile **ret_profile, struct fault *fault)
{
	struct chain chain = {.search = search, .n = 1};
	int r = policy_file_id(path, &chain.ids[0]);

	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot read %s", path);
	chain.path = strdup(path);
	if (!chain.path)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", path);
	r = load_chain(&chain, ret_profile, fault);
	free(chain.path);
	return r;
}

int seccomp_profile_load_text(const struct policy_search *search, const char *file, const void *data,
			      size_t size, struct seccomp_profile **ret_profile, struct fault *fault)
{
	struct chain chain = {.search = search, .n = 1};
	int r = yaml_text_parse(file, data, size, &chain.leaf, fault);

	if (r < 0)
		return r;
	chain.path = strdup(file);
	r = chain.path ? load_chain(&chain, ret_profile, fault) :
			 fault_set(fault, -ENOMEM, LAYER, "cannot read %s", file);
	(void)yaml_text_free(chain.leaf);
	free(chain.path);
	return r;
}

const struct seccomp_rule *seccomp_profile_rule(const struct seccomp_profile *profile,
						const char *call)
{
	return find_rule(profile->rules, profile->n_rules, call);
}

void seccomp_profile_write(const struct seccomp_profile *profile, FILE *stream)
{
	(void)fprintf(stream, "unlisted %s\n", seccomp_action_name(&profile->unlisted));
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];

		if (rule->where)
			(void)fprintf(stream, "%s where %s then %s otherwise %s\n", rule->call,
				      rule->where_text, seccomp_action_name(&rule->then),
				      seccomp_action_name(&rule->action));
		else
			(void)fprintf(stream, "%s %s\n", rule->call,
				      seccomp_action_name(&rule->action));
	}
}
