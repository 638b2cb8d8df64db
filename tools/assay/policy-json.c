/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay policy show --json` and the pieces of it that `list --json` has too. The keys are a
 * contract (assay-policy(1)): units are in their names, a value that is not set is null, and keys
 * are only ever added.
 *
 * json_pack() takes ownership of what it is given and answers NULL when any part is NULL, so a
 * failed allocation anywhere makes the whole NULL.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/policy/policy-deny.h"
#include "tools/assay/json-line.h"
#include "tools/assay/policy.h"

json_t *policy_json_texts(char *const *texts)
{
	json_t *array = json_array();

	for (; texts && *texts; texts++)
		if (json_array_append_new(array, json_line_text(*texts)) < 0)
			break;
	if (texts && *texts) {
		json_decref(array);
		return NULL;
	}
	return array;
}

json_t *policy_json_needs(const struct policy *policy, bool only_missing)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->n_needs; i++) {
		const struct policy_need *need = &policy->needs[i];

		if (only_missing && access(need->path, F_OK) == 0)
			continue;
		if (json_array_append_new(array, json_pack("{s:o, s:o}", "program",
							   json_line_text(need->path), "package",
							   json_line_text(need->package))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *mounts_json(const struct policy_phase *phase)
{
	json_t *array = json_array();

	for (size_t i = 0; i < phase->n_mounts; i++) {
		const struct policy_mount *mount = &phase->mounts[i];
		json_t *object =
			json_pack("{s:o, s:o, s:b}", "source", json_line_text(mount->source),
				  "target", json_line_text(mount->target), "optional",
				  mount->optional);

		if (json_array_append_new(array, object) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* "cpu" -> "cpu_ns", "memory" -> "memory_bytes", "file-size" -> "file_size_bytes". */
static void limit_json_key(const struct limit_info *info, char *key, size_t size)
{
	static const char *const units[] = {
		[LIMIT_UNIT_TIME] = "_ns",
		[LIMIT_UNIT_BYTES] = "_bytes",
		[LIMIT_UNIT_COUNT] = "",
		[LIMIT_UNIT_CPUS] = "_thousandths",
	};

	(void)snprintf(key, size, "%s%s", info->name, units[info->unit]);
	for (char *at = key; *at; at++)
		if (*at == '-')
			*at = '_';
}

static json_t *limits_json(const struct limits *limits)
{
	json_t *object = json_object();

	for (unsigned int key = 0; key < LIMIT_MAX; key++) {
		uint64_t value = limits_get(limits, (enum limit_key)key);
		char name[64];

		limit_json_key(limit_info((enum limit_key)key), name, sizeof(name));
		if (json_object_set_new(object, name,
					value == LIMIT_NONE ? json_null() :
							      json_integer((json_int_t)value)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *rule_json(const struct seccomp_rule *rule)
{
	if (!rule->where)
		return json_pack("{s:s, s:s}", "syscall", rule->call, "answer",
				 seccomp_action_name(&rule->action));
	return json_pack("{s:s, s:s, s:s, s:s}", "syscall", rule->call, "answer",
			 seccomp_action_name(&rule->then), "where", rule->where_text, "otherwise",
			 seccomp_action_name(&rule->action));
}

static json_t *profile_json(const struct seccomp_profile *profile,
			    const struct policy_filter *filter)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < profile->n_rules; i++) {
		if (json_array_append_new(rules, rule_json(&profile->rules[i])) < 0) {
			json_decref(rules);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:i, s:b, s:s, s:o}", "profile", profile->name, "summary",
			 profile->summary, "instructions", (int)filter->n_instructions, "notifies",
			 filter->notifies, "unlisted", seccomp_action_name(&profile->unlisted),
			 "rules", rules);
}

static json_t *gas_json(const struct gas_schedule *gas)
{
	return json_pack("{s:s, s:I, s:s}", "schedule", gas->id, "version",
			 (json_int_t)gas->version, "hash", gas->hash);
}

static json_t *peers_json(unsigned int connect)
{
	json_t *array = json_array();

	for (unsigned int i = 0; policy_peer_name(i); i++) {
		if ((connect >> i & 1) &&
		    json_array_append_new(array, json_string(policy_peer_name(i))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *deny_json(const struct policy_deny *deny)
{
	return json_pack("{s:o, s:o, s:o}", "exec", policy_json_texts(deny->exec), "open",
			 policy_json_texts(deny->open), "connect", peers_json(deny->connect));
}

static json_t *phase_json(const struct policy_phase *phase, const struct seccomp_profile *profile)
{
	if (!profile)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o}", "argv",
			 policy_json_texts(phase->argv), "env", policy_json_texts(phase->env),
			 "mounts", mounts_json(phase), "limits", limits_json(&phase->limits),
			 "network", phase->network == POLICY_NETWORK_LOOPBACK ? "loopback" : "none",
			 "process_limit", phase->ple_kills ? "kill" : "report", "deny",
			 deny_json(&phase->deny), "seccomp", profile_json(profile, &phase->filter));
}

json_t *policy_show_json(const struct policy_view *view)
{
	const struct policy *policy = view->policy;

	return json_pack("{s:i, s:s, s:s, s:o, s:s, s:o, s:o, s:b, s:i, s:o, s:o, s:o, s:o}",
			 "version", 1, "name", policy->name, "hash", policy->hash, "file",
			 json_line_text(policy->file), "summary", policy->summary, "extensions",
			 policy_json_texts(policy->extensions), "source_name",
			 json_line_text(policy->source_name), "source_executable",
			 policy->source_executable, "time_multiplier_thousandths",
			 (int)policy->time_multiplier_permille, "gas", gas_json(policy->gas),
			 "needs", policy_json_needs(policy, false), "compile",
			 phase_json(&policy->compile, view->compile), "run",
			 phase_json(&policy->run, view->run));
}
