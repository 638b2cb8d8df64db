/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay gas`: the price lists that runs are charged by. Its one noun so far is `schedule`, with the verbs that policies have:
 * which there are, what one of them says, whether a file is right.
 *
 * Nothing here knows the grammar; all is asked of supervisor/policy, so what `check` accepts is what a policy may name.
 */

#include "tools/assay/gas.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/complain.h"
#include "tools/assay/json-line.h"
#include "tools/assay/listing.h"
#include "tools/assay/paths.h"
#include "tools/assay/subverb.h"

#define VERB "gas schedule"

static const struct option_row rows[] = {
	LISTING_JSON_ROW("Print one JSON object on standard output instead of text."),
	LISTING_COLOR_ROW,
};

static const struct option_table list_options = {
	.usage = "assay gas schedule list [OPTIONS]",
	.intro = "Lists the gas schedules that a policy can name: /etc/assay/policies/gas before the "
		 "packaged ones. HASH is the beginning of it.\n\n"
		 "Exit status: 0 all could be loaded, 1 some could not, 3 nothing could be listed.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
};

static const struct option_table show_options = {
	.usage = "assay gas schedule show [OPTIONS] NAME|FILE",
	.intro = "Prints what a schedule charges for what and why, and the system calls of each of "
		 "its classes.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.takes_operands = true,
};

static const struct option_table check_options = {
	.usage = "assay gas schedule check FILE...",
	.intro = "Checks gas schedules. Prints `FILE: ok`, or what is wrong as `FILE:LINE:COLUMN: "
		 "what; what was expected`.\n\n"
		 "Exit status: 0 all are right, 1 some is not, 2 usage.",
	.takes_operands = true,
};

/* --- list --- */

/* One schedule of the list: loaded, or the reason why not. */
struct entry {
	const char *name;
	struct gas_schedule schedule;
	struct gas_notes notes;
	struct fault fault; /* no error: loaded */
};

static int add_row(struct table *table, const struct entry *entry)
{
	char version[16], hash[13];
	int r = table_add(table, TERM_BOLD, entry->name);

	(void)snprintf(version, sizeof(version), "%u", entry->schedule.version);
	(void)snprintf(hash, sizeof(hash), "%.12s", entry->schedule.hash);
	if (r == 0)
		r = table_add(table, TERM_PLAIN, entry->fault.error ? "" : version);
	if (r == 0 && entry->fault.error)
		return listing_add_fault(table, &entry->fault);
	if (r == 0)
		r = table_add(table, TERM_PLAIN, hash);
	return r < 0 ? r : table_add(table, TERM_PLAIN, entry->notes.summary);
}

static json_t *entry_json(const struct entry *entry)
{
	const struct gas_view view = {&entry->schedule, &entry->notes};
	json_t *object;

	if (entry->fault.error)
		return json_pack("{s:s, s:o, s:n}", "id", entry->name, "error",
				 json_line_text(entry->fault.text), "hash");
	object = gas_json_head(&view);
	if (object && json_object_set_new(object, "error", json_null()) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int list_one(const char *name, struct table *table, json_t *array, bool *broken)
{
	struct entry entry = {.name = name};
	int r;

	if (gas_schedule_load_noted(paths_policy_dirs(), name, &entry.schedule, &entry.notes,
				    &entry.fault) < 0)
		*broken = true;
	if (!array)
		r = add_row(table, &entry);
	else
		r = json_array_append_new(array, entry_json(&entry)) < 0 ? -ENOMEM : 0;
	gas_notes_clear(&entry.notes);
	return r;
}

static const char *const titles[] = {"NAME", "VERSION", "HASH", "SUMMARY"};

static const struct listing_kind kind = {
	.verb = VERB,
	.plural = "schedules",
	.titles = titles,
	.n_titles = ARRAY_SIZE(titles),
	.right = 1,
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
	if (gas_schedule_list(paths_policy_dirs(), &names, &fault) < 0) {
		complain(VERB, "%s", fault.text);
		return EXIT_INTERNAL;
	}
	if (!names)
		complain(VERB, "there are no schedules in %s/gas", paths_policy_dirs()->vendor);
	return listing_print(&kind, &options, names);
}

/* --- show --- */

static int show(const struct gas_view *view, const struct listing_options *options)
{
	struct term term = term_of(stdout, options->color);

	if (options->json)
		return json_line_print(VERB, gas_show_json(view));
	if (gas_show_text(view, &term) == 0)
		return EXIT_OK;
	complain(VERB, "out of memory");
	return EXIT_INTERNAL;
}

static int verb_show(int argc, char **argv)
{
	struct listing_options options = {.json = false};
	_cleanup_gas_notes_ struct gas_notes notes = {.file = NULL};
	_cleanup_strv_ char **operands = NULL;
	struct gas_schedule schedule;
	struct fault fault = {0};
	int status = subverb_parse(VERB, &show_options, argc, argv, 1, 1, &options, &operands);

	if (status >= 0)
		return status;
	if (gas_schedule_load_noted(paths_policy_dirs(), operands[0], &schedule, &notes, &fault) <
	    0) {
		complain(VERB, "%s", fault.text);
		return fault.error == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
	}
	return show(&(struct gas_view){&schedule, &notes}, &options);
}

/* --- check --- */

static int check(const char *file, struct fault *fault)
{
	struct gas_schedule schedule;

	return gas_schedule_load_file(file, &schedule, NULL, fault);
}

static int verb_check(int argc, char **argv)
{
	return listing_check(VERB, &check_options, argc, argv, check);
}

/* --- the tables --- */

static int verb_schedule(int argc, char **argv)
{
	static const struct verb verbs[] = {
		{"list", "the schedules that there are", verb_list},
		{"show", "what one of them charges for what, and why", verb_show},
		{"check", "whether files are right", verb_check},
	};
	static const struct option_table help = {
		.usage = "assay gas schedule list|show|check [OPTIONS]",
		.intro = "A gas schedule says what system calls, bytes, pages, processes and programs "
			 "cost. `assay gas schedule VERB --help` says more about each verb; the grammar "
			 "is in assay-gas(5).",
	};
	static const struct subverbs table = {VERB, &help, verbs, ARRAY_SIZE(verbs)};

	return subverbs_run(&table, argc, argv);
}

int verb_gas(int argc, char **argv)
{
	static const struct verb verbs[] = {
		{"schedule", "list, show and check the price lists", verb_schedule},
		{"explain", "the bill of a traced run, line by line", gas_explain},
	};
	static const struct option_table help = {
		.usage = "assay gas schedule|explain [OPTIONS]",
		.intro = "Gas is what a run costs, the same number whenever a program does the same "
			 "thing. Policies name the schedule that they are charged by.",
	};
	static const struct subverbs table = {"gas", &help, verbs, ARRAY_SIZE(verbs)};

	return subverbs_run(&table, argc, argv);
}
