/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay policy`: what policies there are, what one of them comes to after inheritance, and whether
 * a file is right.
 *
 * Nothing here knows the grammar; all is asked of supervisor/policy, so what `check` accepts
 * is what `run` accepts.
 */

#include "tools/assay/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-load.h"
#include "tools/assay/complain.h"
#include "tools/assay/json-line.h"
#include "tools/assay/listing.h"
#include "tools/assay/paths.h"
#include "tools/assay/subverb.h"

#define VERB "policy"

static const struct option_row json_row =
	LISTING_JSON_ROW("Print JSON on standard output instead of text.");

static const struct option_row list_rows[] = {
	LISTING_JSON_ROW("Print one JSON object on standard output instead of a table."),
	LISTING_COLOR_ROW,
};

static const struct option_table list_options = {
	.usage = "assay policy list [OPTIONS]",
	.intro = "Lists the policies that can be asked for by name: /etc/assay/policies before the "
		 "packaged ones. TOOLCHAIN says whether the programs that a policy needs are "
		 "installed, and which Debian packages are missing.\n\n"
		 "Exit status: 0 all could be loaded, 1 some could not, 3 nothing could be listed.",
	.rows = list_rows,
	.n_rows = ARRAY_SIZE(list_rows),
};

static const struct option_table show_options = {
	.usage = "assay policy show [OPTIONS] NAME|FILE",
	.intro = "Prints a policy as it is in force, after inheritance: a policy file that needs no "
		 "bases, with the hash and the system call filters as comments.",
	.rows = &json_row,
	.n_rows = 1,
	.takes_operands = true,
};

static const struct option_table check_options = {
	.usage = "assay policy check FILE...",
	.intro = "Checks policy files, seccomp profiles (files in a directory called seccomp) and gas "
		 "schedules (in one called gas). "
		 "Prints `FILE: ok`, or what is wrong as `FILE:LINE:COLUMN: what; what was "
		 "expected`.\n\n"
		 "Exit status: 0 all are right, 1 some is not, 2 usage.",
	.takes_operands = true,
};

/* --- list --- */

/* One policy of the list: loaded, or the reason why not. */
struct entry {
	const char *name;
	struct policy *policy;
	struct fault fault;
};

static void entry_clear(struct entry *entry)
{
	entry->policy = policy_free(entry->policy);
}

#define _cleanup_entry_ _cleanup_(entry_clear)

/* Packages of the needs that are not met, each once. */
static int missing_packages(const struct policy *policy, char ***ret_packages)
{
	_cleanup_strv_ char **packages = NULL;

	for (size_t i = 0; i < policy->n_needs; i++) {
		const struct policy_need *need = &policy->needs[i];

		if (access(need->path, F_OK) == 0 || strv_contains(packages, need->package))
			continue;
		if (strv_append(&packages, need->package) < 0)
			return -ENOMEM;
	}
	*ret_packages = TAKE_PTR(packages);
	return 0;
}

static int add_toolchain(struct table *table, const struct policy *policy)
{
	_cleanup_strv_ char **packages = NULL;
	_cleanup_free_ char *joined = NULL, *text = NULL;

	if (missing_packages(policy, &packages) < 0)
		return -ENOMEM;
	if (!packages)
		return table_add(table, TERM_GREEN, "installed");
	joined = strv_join(packages, strv_length(packages), " ");
	if (!joined || asprintf(&text, "needs %s", joined) < 0) {
		text = NULL; /* undefined after a failure */
		return -ENOMEM;
	}
	return table_add(table, TERM_YELLOW, text);
}

static int add_row(struct table *table, const struct entry *entry)
{
	_cleanup_free_ char *extensions = NULL;
	int r = table_add(table, TERM_BOLD, entry->name);

	if (r == 0 && !entry->policy) {
		r = table_add(table, TERM_PLAIN, "");
		return r < 0 ? r : listing_add_fault(table, &entry->fault);
	}
	extensions = r == 0 ? strv_join(entry->policy->extensions,
					strv_length(entry->policy->extensions), " ") :
			      NULL;
	if (!extensions)
		return -ENOMEM;
	r = table_add(table, TERM_PLAIN, extensions);
	if (r == 0)
		r = add_toolchain(table, entry->policy);
	return r < 0 ? r : table_add(table, TERM_PLAIN, entry->policy->summary);
}

static json_t *entry_json(const struct entry *entry)
{
	const struct policy *policy = entry->policy;

	if (!policy)
		return json_pack("{s:s, s:o, s:n}", "name", entry->name, "error",
				 json_line_text(entry->fault.text), "hash");
	return json_pack("{s:s, s:n, s:s, s:o, s:s, s:o, s:b, s:o, s:o}", "name", policy->name,
			 "error", "hash", policy->hash, "file", json_line_text(policy->file),
			 "summary", policy->summary, "extensions",
			 policy_json_texts(policy->extensions), "compiles",
			 policy->compile.argv != NULL, "needs", policy_json_needs(policy, false),
			 "missing", policy_json_needs(policy, true));
}

static int list_one(const char *name, struct table *table, json_t *array, bool *broken)
{
	_cleanup_entry_ struct entry entry = {.name = name};

	if (policy_load(paths_policy_dirs(), name, &entry.policy, &entry.fault) < 0)
		*broken = true;
	if (!array)
		return add_row(table, &entry);
	return json_array_append_new(array, entry_json(&entry)) < 0 ? -ENOMEM : 0;
}

static const char *const titles[] = {"NAME", "EXTENSIONS", "TOOLCHAIN", "SUMMARY"};

static const struct listing_kind kind = {
	.verb = VERB,
	.plural = "policies",
	.titles = titles,
	.n_titles = ARRAY_SIZE(titles),
	.add = list_one,
};

static int verb_list(int argc, char **argv)
{
	struct listing_options options = {.json = false};
	_cleanup_strv_ char **names = NULL, **operands = NULL;
	struct fault fault = {0};
	int status = subverb_parse(VERB, &list_options, argc, argv, 0, 0, &options, &operands);

	if (status >= 0)
		return status;
	if (policy_list(paths_policy_dirs(), &names, &fault) < 0) {
		complain(VERB, "%s", fault.text);
		return EXIT_INTERNAL;
	}
	if (!names)
		complain(VERB, "there are no policies in %s", paths_policy_dirs()->vendor);
	return listing_print(&kind, &options, names);
}

/* --- show --- */

/* What is loaded for showing; the view points into it. */
struct loaded {
	struct policy *policy;
	struct seccomp_profile *compile, *run;
};

static void loaded_clear(struct loaded *loaded)
{
	loaded->policy = policy_free(loaded->policy);
	loaded->compile = seccomp_profile_free(loaded->compile);
	loaded->run = seccomp_profile_free(loaded->run);
}

#define _cleanup_loaded_ _cleanup_(loaded_clear)

static int load(const char *name, struct loaded *loaded, struct fault *fault)
{
	const struct policy_dirs *dirs = paths_policy_dirs();
	int r = policy_load(dirs, name, &loaded->policy, fault);

	if (r == 0 && loaded->policy->compile.argv)
		r = policy_load_profile(dirs, name, loaded->policy->compile.filter.profile,
					&loaded->compile, fault);
	if (r == 0)
		r = policy_load_profile(dirs, name, loaded->policy->run.filter.profile,
					&loaded->run, fault);
	return r;
}

static int verb_show(int argc, char **argv)
{
	struct listing_options options = {.json = false};
	_cleanup_loaded_ struct loaded loaded = {.policy = NULL};
	_cleanup_strv_ char **operands = NULL;
	struct policy_view view;
	struct fault fault = {0};
	int status = subverb_parse(VERB, &show_options, argc, argv, 1, 1, &options, &operands);

	if (status >= 0)
		return status;
	if (load(operands[0], &loaded, &fault) < 0) {
		complain(VERB, "%s", fault.text);
		return fault.error == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
	}
	view = (struct policy_view){loaded.policy, loaded.compile, loaded.run};
	if (options.json)
		return json_line_print(VERB, policy_show_json(&view));
	policy_show_text(&view, stdout);
	return EXIT_OK;
}

/* --- check --- */

static int check(const char *file, struct fault *fault)
{
	return policy_check_file(paths_policy_dirs(), file, fault);
}

static int verb_check(int argc, char **argv)
{
	return listing_check(VERB, &check_options, argc, argv, check);
}

/* --- the table --- */

static const struct verb verbs[] = {
	{"list", "the policies that there are, and what their toolchains lack", verb_list},
	{"show", "one policy as it is in force", verb_show},
	{"check", "whether policy files are right", verb_check},
	{"learn", "the narrowest policy under which traced runs pass", policy_learn},
};

static const struct option_table help = {
	.usage = "assay policy list|show|check|learn [OPTIONS]",
	.intro = "Policies say what the sandbox of a language looks like. `assay policy VERB --help` "
		 "says more about each verb; the grammar of policy files is in assay-policy(5).",
};

int verb_policy(int argc, char **argv)
{
	static const struct subverbs table = {VERB, &help, verbs, ARRAY_SIZE(verbs)};

	return subverbs_run(&table, argc, argv);
}
