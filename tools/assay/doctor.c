/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay doctor` answers one question by its exit status, "can every default policy run here?", and
 * by its text all that follow: what is missing, for what, and what to do about it. So it goes on
 * where other verbs stop: a policy that cannot be read is a policy that cannot run, and the host is
 * looked at all the same.
 *
 * What the host offers is asked of supervisor/sandbox, what a policy needs of the policy; this file
 * only brings the two together. Without root most layers cannot be tried: they are unknown, and
 * what is unknown is not promised.
 */

#include "tools/assay/doctor.h"

#include <errno.h>
#include <string.h>

#include "lib/base/strv.h"
#include "supervisor/policy/policy-load.h"
#include "tools/assay/complain.h"
#include "tools/assay/options.h"
#include "tools/assay/paths.h"
#include "tools/assay/verb.h"

struct doctor_options {
	bool json;
	enum term_color color;
};

#define FIELD(name) offsetof(struct doctor_options, name)

static const struct option_row rows[] = {
	{"json", NULL, "Print one JSON object on standard output instead of text.", OPTION_FLAG,
	 FIELD(json), NULL},
	{"color", "auto|always|never", "Default: on a terminal, unless NO_COLOR is set.",
	 OPTION_PARSE, FIELD(color), options_parse_color},
};

static const struct option_table options = {
	.usage = "assay doctor [OPTIONS]",
	.intro = "Tries, layer by layer, what this kernel and host can enforce, and says what to do "
		 "about the rest. Nothing of the host is changed. Run it as root: without it most "
		 "layers cannot be tried.\n\n"
		 "Exit status: 0 every policy can run here, 1 some policy cannot, 2 usage, 3 nothing "
		 "could be found out.",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
};

bool doctor_all_can_run(const struct doctor *doctor)
{
	return doctor->n_policies > 0 && doctor->n_can_run == doctor->n_policies;
}

size_t doctor_needed_by(const struct doctor *doctor, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < doctor->n_policies; i++)
	n += doctor->policies[i].requires[index];
	return n;
}

bool doctor_is_required(const struct doctor *doctor, size_t index)
{
	return doctor->report->layers[index].info->need == HOST_NEED_ALL ||
	       doctor_needed_by(doctor, index) > 0;
}

/* Compares the policy with the host. 0 or -ENOMEM. */
static int policy_examine(const struct host_report *report, const struct policy_dirs *dirs,
			  struct doctor_policy *examined)
{
	_cleanup_policy_ struct policy *policy = NULL;
	int r = policy_load(dirs, examined->name, &policy, &examined->fault);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	examined->loaded = true;
	for (size_t i = 0; i < report->n_layers; i++)
	examined->requires[i] = host_layer_required(report->layers[i].info, policy);
	r = host_policy_missing(report, policy, &examined->missing);
	examined->can_run = r == 0 && !examined->missing.layers && !examined->missing.programs;
	return r;
}

/* Examines every policy. A directory that cannot be read is complained of, and there are none. */
static int policies_examine(struct doctor *doctor)
{
	const struct policy_dirs *dirs = paths_policy_dirs();
	_cleanup_strv_ char **names = NULL;
	struct fault fault = {0};
	int r = policy_list(dirs, &names, &fault);

	if (r < 0) {
		complain("doctor", "%s", fault.text);
		return r == -ENOMEM ? r : 0;
	}
	doctor->policies = new0(struct doctor_policy, strv_length(names) + 1);
	if (!doctor->policies)
		return -ENOMEM;
	for (size_t i = 0; names && names[i]; i++) {
		struct doctor_policy *policy = &doctor->policies[doctor->n_policies++];

		policy->name = strdup(names[i]);
		r = policy->name ? policy_examine(doctor->report, dirs, policy) : -ENOMEM;
		if (r < 0)
			return r;
		doctor->n_can_run += policy->can_run;
	}
	return 0;
}

static void doctor_clear(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_policies; i++) {
		free(doctor->policies[i].name);
		host_missing_clear(&doctor->policies[i].missing);
	}
	free(doctor->policies);
	(void)host_report_free(doctor->report);
}

#define _cleanup_doctor_ _cleanup_(doctor_clear)

static int examine(struct doctor *doctor)
{
	struct fault fault = {0};
	int r = host_probe(&doctor->report, &fault);

	if (r < 0) {
		complain("doctor", "%s", fault.text);
		return r;
	}
	(void)uname(&doctor->kernel);
	r = policies_examine(doctor);
	if (r < 0)
		complain("doctor", "out of memory");
	return r;
}

int verb_doctor(int argc, char **argv)
{
	_cleanup_doctor_ struct doctor doctor = {0};
	struct doctor_options chosen = {0};
	char error[OPTIONS_ERROR_BYTES];
	struct term term;
	int r = options_parse(&options, argc, argv, &chosen, NULL, error, sizeof(error));

	if (r < 0) {
		complain("doctor", "%s", error);
		return EXIT_USAGE;
	}
	if (r > 0)
		return EXIT_OK;
	if (examine(&doctor) < 0)
		return EXIT_INTERNAL;
	if (chosen.json) {
		if (doctor_write_json(&doctor, stdout) < 0) {
			complain("doctor", "out of memory");
			return EXIT_INTERNAL;
		}
	} else {
		term = term_of(stdout, chosen.color);
		doctor_write_text(&doctor, &term);
	}
	return doctor_all_can_run(&doctor) ? EXIT_OK : EXIT_NEGATIVE;
}
