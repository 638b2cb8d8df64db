/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The report for people: one line a layer, grouped and aligned, so that what is missing stands out
 * by its first word. Below a layer that is not there: what it is for, who needs it, what to do. The
 * last sentence is the answer.
 *
 * Words, not colours alone, carry the meaning: MISSING is a required layer, absent an optional one.
 */

#include <string.h>

#include "lib/base/strv.h"
#include "tools/assay/doctor.h"
#include "tools/assay/show.h"

enum {
	STATE_COLUMNS = 7,  /* "MISSING", "unknown" */
	NAME_COLUMNS = 23,  /* "seccomp-wait-killable" and two more */
	BELOW_COLUMNS = 11, /* where explanations begin: under the names */
	TEXT_COLUMNS_MIN = 40,
	TEXT_COLUMNS_MAX = 100, /* longer lines are hard to read on the widest terminal */
};

static const char *const group_titles[HOST_GROUP_MAX] = {
	[HOST_GROUP_NAMESPACES] = "Namespaces", [HOST_GROUP_MOUNTS] = "Mounts",
	[HOST_GROUP_PROCESSES] = "Processes",	[HOST_GROUP_SECURITY] = "Security",
	[HOST_GROUP_CGROUPS] = "Cgroups",	[HOST_GROUP_BPF] = "BPF",
	[HOST_GROUP_MACHINE] = "Machine",
};

static void write_styled(const struct term *term, enum term_style style, const char *text)
{
	(void)fprintf(term->stream, "%s%s%s", term_style(term, style), text,
		      style == TERM_PLAIN ? "" : term_style(term, TERM_PLAIN));
}

static void write_title(const struct term *term, const char *title)
{
	(void)fputc('\n', term->stream);
	write_styled(term, TERM_BOLD, title);
	(void)fputc('\n', term->stream);
}

/* "  STATE    NAME                   " */
static void write_head(const struct term *term, enum term_style style, const char *state,
		       const char *name)
{
	(void)fputs("  ", term->stream);
	write_styled(term, style, state);
	(void)fprintf(term->stream, "%*s  %-*s", (int)(STATE_COLUMNS - strlen(state)), "",
		      NAME_COLUMNS, name);
}

static void write_shown(const struct term *term, const char *text)
{
	show_write(term->stream, text, strlen(text), SHOW_LINE);
}

/* Writes words below a line, broken between them. */
static void write_below(const struct term *term, const char *text)
{
	size_t width = MIN(MAX(term->columns, TEXT_COLUMNS_MIN + BELOW_COLUMNS), TEXT_COLUMNS_MAX);
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column == 0 || column + 1 + length > width) {
			(void)fprintf(term->stream, "%s%*s", column ? "\n" : "", BELOW_COLUMNS, "");
			column = BELOW_COLUMNS;
		} else {
			(void)fputc(' ', term->stream);
			column++;
		}
		show_write(term->stream, text, length, SHOW_LINE);
		column += length;
		text += length + strspn(text + length, " ");
	}
	(void)fputc('\n', term->stream);
}

/*
 * "required by every policy", "required by rust, go", "optional". The caller frees; NULL: no
 * memory.
 */
static char *needed_by(const struct doctor *doctor, size_t index)
{
	size_t n = doctor_needed_by(doctor, index), size;
	char *text = NULL;
	FILE *stream;

	if (!doctor_is_required(doctor, index))
		return strdup("Optional");
	if (n == doctor->n_policies)
		return strdup("Required by every policy");
	stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	(void)fputs("Required by", stream);
	for (size_t i = 0, written = 0; i < doctor->n_policies; i++)
		if (doctor->policies[i].requires[index])
			(void)fprintf(stream, "%s %s", written++ ? "," : "",
				      doctor->policies[i].name);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static void explain_layer(const struct doctor *doctor, size_t index, const struct term *term)
{
	const struct host_layer *layer = &doctor->report->layers[index];
	_cleanup_free_ char *need = needed_by(doctor, index), *sentence = NULL;

	if (!layer->remedy)
		return;
	if (asprintf(&sentence, "%s: %s. %s", need ? need : "Required", layer->info->purpose,
		     layer->remedy) < 0) {
		sentence = NULL; /* undefined after a failure */
		return;
	}
	write_below(term, sentence);
}

static void write_layer(const struct doctor *doctor, size_t index, const struct term *term)
{
	const struct host_layer *layer = &doctor->report->layers[index];
	bool required = doctor_is_required(doctor, index);

	if (layer->state == HOST_PRESENT)
		write_head(term, TERM_GREEN, "ok", layer->info->name);
	else if (layer->state == HOST_UNKNOWN)
		write_head(term, required ? TERM_YELLOW : TERM_DIM, "unknown", layer->info->name);
	else if (required)
		write_head(term, TERM_RED, "MISSING", layer->info->name);
	else
		write_head(term, TERM_YELLOW, "absent", layer->info->name);
	write_shown(term, layer->detail);
	(void)fputc('\n', term->stream);
	explain_layer(doctor, index, term);
}

static void write_layers(const struct doctor *doctor, const struct term *term)
{
	const struct host_report *report = doctor->report;

	for (size_t i = 0; i < report->n_layers; i++) {
		enum host_group group = report->layers[i].info->group;

		if (i == 0 || group != report->layers[i - 1].info->group)
			write_title(term, group_titles[group]);
		write_layer(doctor, i, term);
	}
}

static void write_list(const struct term *term, const char *before, char *const *words)
{
	(void)fputs(before, term->stream);
	for (size_t i = 0; words[i]; i++) {
		(void)fputs(i ? ", " : "", term->stream);
		write_shown(term, words[i]);
	}
}

/* What is wrong in one line: layers when there are any, since programs are the smaller matter. */
static void write_missing(const struct host_missing *missing, const struct term *term)
{
	size_t n = strv_length(missing->layers);

	if (n > 4)
		(void)fprintf(term->stream, "needs %zu of the layers above", n);
	else if (n > 0)
		write_list(term, "needs ", missing->layers);
	if (missing->programs)
		write_list(term, n ? "; lacks " : "lacks ", missing->programs);
}

static void write_packages(const struct term *term, char *const *packages)
{
	(void)fprintf(term->stream, "%*sapt install", BELOW_COLUMNS, "");
	for (size_t i = 0; packages[i]; i++) {
		(void)fputc(' ', term->stream);
		write_shown(term, packages[i]);
	}
	(void)fputc('\n', term->stream);
}

/* Whether all that stands against the policy are layers that could not be tried. */
static bool is_unknown(const struct host_report *report, const struct doctor_policy *policy)
{
	if (!policy->loaded || policy->missing.programs)
		return false;
	for (size_t i = 0; i < report->n_layers; i++)
		if (policy->requires[i] && report->layers[i].state == HOST_ABSENT)
			return false;
	return true;
}

static void write_policy(const struct host_report *report, const struct doctor_policy *policy,
			 const struct term *term)
{
	bool unknown = is_unknown(report, policy);

	if (policy->can_run)
		write_head(term, TERM_GREEN, "ok", policy->name);
	else
		write_head(term, unknown ? TERM_YELLOW : TERM_RED, unknown ? "unknown" : "MISSING",
			   policy->name);
	if (policy->can_run)
		(void)fputs("can run", term->stream);
	else if (!policy->loaded)
		write_shown(term, policy->fault.text);
	else
		write_missing(&policy->missing, term);
	(void)fputc('\n', term->stream);
	if (policy->missing.packages)
		write_packages(term, policy->missing.packages);
}

static void write_policies(const struct doctor *doctor, const struct term *term)
{
	write_title(term, "Policies");
	for (size_t i = 0; i < doctor->n_policies; i++)
		write_policy(doctor->report, &doctor->policies[i], term);
	if (doctor->n_policies == 0)
		(void)fputs("  none was found\n", term->stream);
}

static void write_heading(const struct doctor *doctor, const struct term *term)
{
	static const char *const modes[][2] = {
		{"v2", "all controllers on the v2 tree"},
		{"hybrid", "a v2 tree, and controllers on v1 hierarchies"},
		{"v1", "v1 hierarchies only"},
		{"none", "none mounted"},
	};
	const char *mode = cgroup_host_mode(&doctor->report->cgroup), *words = mode;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i][0], mode))
			words = modes[i][1];
	(void)fprintf(term->stream, "Linux %s %s; cgroups: %s\n", doctor->kernel.release,
		      doctor->kernel.machine, words);
}

/* Optional layers that are not there. */
static size_t count_optional(const struct doctor *doctor)
{
	size_t n = 0;

	for (size_t i = 0; i < doctor->report->n_layers; i++)
		n += doctor->report->layers[i].state == HOST_ABSENT &&
		     !doctor_is_required(doctor, i);
	return n;
}

static void write_answer(const struct doctor *doctor, const struct term *term)
{
	size_t n = doctor->n_policies, can = doctor->n_can_run, optional = count_optional(doctor);

	(void)fputc('\n', term->stream);
	if (!doctor->report->root) {
		(void)fputs("Only root can try most layers, so it is not known what can run here: "
			    "run assay doctor as root.\n",
			    term->stream);
		return;
	}
	if (doctor_all_can_run(doctor))
		(void)fprintf(term->stream, "All %zu policies can run on this host", n);
	else if (n == 0)
		(void)fputs("No policy was found, so nothing can run", term->stream);
	else
		(void)fprintf(term->stream, "%zu of %zu policies can run on this host", can, n);
	if (optional)
		(void)fprintf(term->stream, "; %zu optional %s absent", optional,
			      optional == 1 ? "layer is" : "layers are");
	(void)fputs(".\n", term->stream);
}

void doctor_write_text(const struct doctor *doctor, const struct term *term)
{
	write_heading(doctor, term);
	write_layers(doctor, term);
	write_policies(doctor, term);
	write_answer(doctor, term);
}
