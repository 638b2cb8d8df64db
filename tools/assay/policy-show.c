/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay policy show`: a policy in its own grammar, so that what is shown can be kept, compared and
 * used as a file. What the grammar has no key for (file, hash, the rules of the filters) stands in
 * comments.
 *
 * Strings are written plain where YAML cannot take them for anything else, and in double quotes
 * with everything unusual escaped where it could. A policy from a file may be anybody's: control
 * bytes never reach the terminal.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/policy/policy-deny.h"
#include "tools/assay/policy.h"

enum {
	LINE_COLUMNS = 100, /* where lists of calls are wrapped */
	LIMIT_TEXT_BYTES = 64,
};

/* --- YAML --- */

/* Whether YAML reads the text as itself without quotes, in a list in brackets too. */
static bool is_plain(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "/._+=-";

	return text[0] && text[0] != '=' && text[strspn(text, safe)] == '\0' &&
	       strncmp(text, "---", 3) != 0 && strcmp(text, "-") != 0;
}

static void write_text(FILE *stream, const char *text)
{
	if (is_plain(text)) {
		(void)fputs(text, stream);
		return;
	}
	(void)fputc('"', stream);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			(void)fprintf(stream, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			(void)fprintf(stream, "\\x%02x", c);
		else
			(void)fputc(c, stream);
	}
	(void)fputc('"', stream);
}

static void write_list(FILE *stream, const char *key, char *const *texts)
{
	if (!texts)
		return;
	(void)fprintf(stream, "%s:\n", key);
	for (; *texts; texts++) {
		(void)fprintf(stream, "%*s- ", (int)strspn(key, " ") + 2, "");
		write_text(stream, *texts);
		(void)fputc('\n', stream);
	}
}

static void write_value(FILE *stream, const char *key, const char *text)
{
	(void)fprintf(stream, "%s: ", key);
	write_text(stream, text);
	(void)fputc('\n', stream);
}

static void write_mounts(FILE *stream, const struct policy_phase *phase)
{
	if (phase->n_mounts > 0)
		(void)fputs("  mounts:\n", stream);
	for (size_t i = 0; i < phase->n_mounts; i++) {
		const struct policy_mount *mount = &phase->mounts[i];

		write_value(stream, "    - source", mount->source);
		if (strcmp(mount->source, mount->target) != 0)
			write_value(stream, "      target", mount->target);
		if (mount->optional)
			(void)fputs("      optional: true\n", stream);
	}
}

static void write_limits(FILE *stream, const struct limits *limits)
{
	(void)fputs("  limits:\n", stream);
	for (unsigned int key = 0; key < LIMIT_MAX; key++) {
		char text[LIMIT_TEXT_BYTES];

		if (!(limits->set & UINT32_C(1) << key))
			continue;
		(void)limit_format((enum limit_key)key, limits->value[key], text, sizeof(text));
		(void)fprintf(stream, "    %s: %s\n", limit_info((enum limit_key)key)->name, text);
	}
}

static void write_deny(FILE *stream, const struct policy_phase *phase)
{
	if (!policy_phase_denies(phase))
		return;
	(void)fputs("  deny:\n", stream);
	write_list(stream, "    exec", phase->deny.exec);
	write_list(stream, "    open", phase->deny.open);
	if (phase->deny.connect == 0)
		return;
	(void)fputs("    connect:\n", stream);
	for (unsigned int i = 0; policy_peer_name(i); i++)
		if (phase->deny.connect >> i & 1)
			(void)fprintf(stream, "      - %s\n", policy_peer_name(i));
}

static const char *network_name(enum policy_network network)
{
	return network == POLICY_NETWORK_LOOPBACK ? "loopback" : "none";
}

static void write_phase(FILE *stream, const char *name, const struct policy_phase *phase)
{
	if (!phase->argv)
		return;
	(void)fprintf(stream, "\n%s:\n", name);
	write_list(stream, "  argv", phase->argv);
	write_list(stream, "  env", phase->env);
	write_mounts(stream, phase);
	write_limits(stream, &phase->limits);
	(void)fprintf(stream, "  seccomp: %s\n  network: %s\n  process-limit: %s\n",
		      phase->filter.profile, network_name(phase->network),
		      phase->ple_kills ? "kill" : "report");
	write_deny(stream, phase);
}

/* --- the filters, as comments --- */

static bool is_first_of_its_action(const struct seccomp_profile *profile, size_t index)
{
	const struct seccomp_rule *rule = &profile->rules[index];

	for (size_t i = 0; i < index; i++) {
		const struct seccomp_rule *before = &profile->rules[i];

		if (!before->where && before->action.answer == rule->action.answer &&
		    before->action.error == rule->action.error)
			return false;
	}
	return true;
}

static void write_calls(FILE *stream, const struct seccomp_profile *profile,
			const struct seccomp_action *action)
{
	size_t column = (size_t)fprintf(stream, "#   %s:", seccomp_action_name(action));

	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];

		if (rule->where || rule->action.answer != action->answer ||
		    rule->action.error != action->error)
			continue;
		if (column + 1 + strlen(rule->call) > LINE_COLUMNS)
			column = (size_t)fprintf(stream, "\n#     ") - 1;
		column += (size_t)fprintf(stream, " %s", rule->call);
	}
	(void)fputc('\n', stream);
}

static void write_profile(FILE *stream, const char *phase, const struct seccomp_profile *profile,
			  const struct policy_filter *filter)
{
	(void)fprintf(
		stream,
		"\n# seccomp of %s: %s (%s)\n# %zu instructions%s; calls that are not listed: %s\n",
		phase, profile->name, profile->summary, filter->n_instructions,
		filter->notifies ? ", the supervisor listens" : "",
		seccomp_action_name(&profile->unlisted));
	for (size_t i = 0; i < profile->n_rules; i++)
		if (!profile->rules[i].where && is_first_of_its_action(profile, i))
			write_calls(stream, profile, &profile->rules[i].action);
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];

		if (rule->where)
			(void)fprintf(stream, "#   %s: %s where %s; otherwise %s\n", rule->call,
				      seccomp_action_name(&rule->then), rule->where_text,
				      seccomp_action_name(&rule->action));
	}
}

static void write_needs(FILE *stream, const struct policy *policy)
{
	if (policy->n_needs > 0)
		(void)fputs("needs:\n", stream);
	for (size_t i = 0; i < policy->n_needs; i++) {
		write_value(stream, "  - program", policy->needs[i].path);
		write_value(stream, "    package", policy->needs[i].package);
	}
}

static void write_head(FILE *stream, const struct policy *policy)
{
	char text[LIMIT_TEXT_BYTES];

	(void)fputs("# file: ", stream);
	write_text(stream, policy->file);
	if (policy->hash[0])
		(void)fprintf(stream, "\n# hash: %s", policy->hash);
	(void)fputs("\nversion: 1\n", stream);
	write_value(stream, "name", policy->name);
	write_value(stream, "summary", policy->summary);
	write_list(stream, "extensions", policy->extensions);
	if (policy->source_name)
		write_value(stream, "source-name", policy->source_name);
	if (policy->source_executable)
		(void)fputs("source-executable: true\n", stream);
	/* Written as a number of CPUs is: thousandths. */
	(void)limit_format(LIMIT_CPUS, policy->time_multiplier_permille, text, sizeof(text));
	(void)fprintf(stream, "time-multiplier: %s\ngas: %s  # version %u, hash %s\n", text,
		      policy->gas->id, policy->gas->version, policy->gas->hash);
	write_needs(stream, policy);
}

void policy_show_text(const struct policy_view *view, FILE *stream)
{
	const struct policy *policy = view->policy;

	write_head(stream, policy);
	write_phase(stream, "compile", &policy->compile);
	write_phase(stream, "run", &policy->run);
	if (view->compile)
		write_profile(stream, "compile", view->compile, &policy->compile.filter);
	if (view->run)
		write_profile(stream, "run", view->run, &policy->run.filter);
}
