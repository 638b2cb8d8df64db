/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: from the name that a policy or a person gives to a schedule that the kernel side can charge by.
 *
 * Design: the places of policies, one directory deeper, in the same order (policy-find.c), so that an administrator's schedule of
 * the same name takes the place of the packaged one. The text is read by gas-read.c and hashed; what it says to people is
 * kept beside the schedule and not in it, since the schedule goes to the kernel side and into results.
 *
 * Invariant: a schedule that is handed out has a hash.
 */

#include "supervisor/policy/gas-schedule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/gas-hash.h"
#include "supervisor/policy/gas-read.h"
#include "supervisor/policy/policy-find.h"
#include "supervisor/policy/yaml-text.h"

#define LAYER "policy"
#define DIRECTORY "/gas"

void gas_notes_clear(struct gas_notes *notes)
{
	free(notes->file);
	free(notes->summary);
	for (size_t i = 0; i < ARRAY_SIZE(notes->reasons); i++)
		free(notes->reasons[i]);
	*notes = (struct gas_notes){.file = NULL};
}

const char *gas_item_name(enum gas_item item)
{
	switch (item) {
	case GAS_ITEM_BYTES:
		return "bytes";
	case GAS_ITEM_PAGES:
		return "pages";
	case GAS_ITEM_FORKS:
		return "forks";
	case GAS_ITEM_EXECS:
		return "execs";
	default:
		return NULL;
	}
}

const char *gas_extra_name(enum gas_extra extra)
{
	switch (extra) {
	case GAS_EXTRA_BYTES:
		return "bytes";
	case GAS_EXTRA_PAGES:
		return "pages";
	default:
		return NULL;
	}
}

/* From a text to a hashed schedule. */
static int load_text(const struct yaml_text *text, struct gas_schedule *ret_schedule,
		     struct gas_notes *ret_notes, struct fault *fault)
{
	_cleanup_free_ char *stem = policy_stem_of(yaml_text_file(text));
	_cleanup_free_ struct gas_schedule *schedule = new0(struct gas_schedule, 1);
	_cleanup_gas_notes_ struct gas_notes notes = {.file = NULL};
	int r;

	if (!stem || !schedule)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", yaml_text_file(text));
	r = gas_read(text, stem, schedule, &notes, fault);
	if (r < 0)
		return r;
	r = gas_hash(schedule);
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot hash %s", yaml_text_file(text));
	*ret_schedule = *schedule;
	if (ret_notes) {
		*ret_notes = notes;
		notes = (struct gas_notes){.file = NULL};
	}
	return 0;
}

int gas_schedule_parse(const char *file, const void *data, size_t size,
		       struct gas_schedule *ret_schedule, struct gas_notes *ret_notes,
		       struct fault *fault)
{
	_cleanup_yaml_text_ struct yaml_text *text = NULL;
	int r = yaml_text_parse(file, data, size, &text, fault);

	return r < 0 ? r : load_text(text, ret_schedule, ret_notes, fault);
}

int gas_schedule_load_file(const char *path, struct gas_schedule *ret_schedule,
			   struct gas_notes *ret_notes, struct fault *fault)
{
	_cleanup_yaml_text_ struct yaml_text *text = NULL;
	int r = yaml_text_read(path, &text, fault);

	return r < 0 ? r : load_text(text, ret_schedule, ret_notes, fault);
}

/* By a name. -ENOENT fills no fault. */
static int load_name(const struct policy_search *search, const char *name,
		     struct gas_schedule *ret_schedule, struct gas_notes *ret_notes,
		     struct fault *fault)
{
	_cleanup_free_ char *path = NULL;
	struct policy_search schedules = *search;
	struct policy_file_id id;
	int r;

	schedules.below = DIRECTORY;
	r = policy_find(&schedules, name, NULL, &path, &id);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return fault_set(fault, r, LAYER, "cannot look for gas schedule %s", name);
	return gas_schedule_load_file(path, ret_schedule, ret_notes, fault);
}

int gas_schedule_find(const struct policy_search *search, const char *name,
		      struct gas_schedule *ret_schedule, struct fault *fault)
{
	return load_name(search, name, ret_schedule, NULL, fault);
}

int gas_schedule_load_noted(const struct policy_dirs *dirs, const char *name_or_path,
			    struct gas_schedule *ret_schedule, struct gas_notes *ret_notes,
			    struct fault *fault)
{
	const struct policy_search search = {.dirs = dirs};
	int r;

	if (policy_is_path(name_or_path))
		return gas_schedule_load_file(name_or_path, ret_schedule, ret_notes, fault);
	r = load_name(&search, name_or_path, ret_schedule, ret_notes, fault);
	if (r == -ENOENT)
		return fault_say(fault, r, LAYER,
				 "no gas schedule is called '%s': see `assay gas schedule list`",
				 name_or_path);
	return r;
}

int gas_schedule_load(const struct policy_dirs *dirs, const char *name_or_path,
		      struct gas_schedule *ret_schedule, struct fault *fault)
{
	return gas_schedule_load_noted(dirs, name_or_path, ret_schedule, NULL, fault);
}

int gas_schedule_list(const struct policy_dirs *dirs, char ***ret_names, struct fault *fault)
{
	const struct policy_search search = {.dirs = dirs, .below = DIRECTORY};

	return policy_find_all(&search, ret_names, fault);
}
