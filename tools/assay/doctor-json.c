/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The report for programs. Its keys are a contract (assay-doctor(1)): every key is always there, a
 * value that does not exist is null, and keys are only ever added.
 *
 * jansson takes UTF-8 alone, and paths of mounts may be any bytes: what is not UTF-8 becomes
 * U+FFFD. A failed allocation anywhere is remembered and returned once.
 */

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "tools/assay/doctor.h"
#include "tools/assay/show.h"

enum { JSON_VERSION = 1 };

struct builder {
	int error; /* 0 or -ENOMEM */
};

static void json_release(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ _cleanup_(json_release)

/* Sets a key and owns `value`; NULL stands for a failed allocation. */
static void put(struct builder *builder, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		builder->error = -ENOMEM;
}

static void push(struct builder *builder, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		builder->error = -ENOMEM;
}

static json_t *text(const char *string)
{
	_cleanup_free_ char *utf8 = NULL;
	size_t size;

	if (show_replace(string, strlen(string), &utf8, &size) < 0)
		return NULL;
	return json_stringn(utf8, size);
}

/* null for a string that is missing or empty. */
static json_t *text_or_null(const char *string)
{
	return string && string[0] ? text(string) : json_null();
}

static void push_all(struct builder *builder, json_t *array, char *const *strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		push(builder, array, text(strings[i]));
}

static json_t *controller(struct builder *builder, const struct cgroup_controller *from)
{
	json_t *object = json_object();

	put(builder, object, "version", json_integer(from->version));
	put(builder, object, "mount", text_or_null(from->mount));
	put(builder, object, "group", text_or_null(from->self));
	put(builder, object, "available", json_boolean(from->available));
	return object;
}

static json_t *cgroup(struct builder *builder, const struct cgroup_host *host)
{
	static const char *const keys[CGROUP_CONTROLLER_MAX] = {
		[CGROUP_MEMORY] = "memory", [CGROUP_PIDS] = "pids", [CGROUP_CPU] = "cpu",
		[CGROUP_CPUSET] = "cpuset", [CGROUP_IO] = "io",	    [CGROUP_CPUACCT] = "cpuacct",
	};
	json_t *object = json_object(), *controllers = json_object();

	put(builder, object, "mode", text(cgroup_host_mode(host)));
	put(builder, object, "v2_mount", text_or_null(host->v2_mount));
	put(builder, object, "v2_group", text_or_null(host->v2_self));
	for (size_t i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		put(builder, controllers, keys[i], controller(builder, &host->controller[i]));
	put(builder, object, "controllers", controllers);
	return object;
}

static json_t *needed_by(struct builder *builder, const struct doctor *doctor, size_t index)
{
	json_t *names = json_array();

	for (size_t i = 0; i < doctor->n_policies; i++)
		if (doctor->policies[i].requires[index])
			push(builder, names, text(doctor->policies[i].name));
	return names;
}

static json_t *layer(struct builder *builder, const struct doctor *doctor, size_t index)
{
	const struct host_layer *from = &doctor->report->layers[index];
	json_t *object = json_object();

	put(builder, object, "name", text(from->info->name));
	put(builder, object, "group", text(host_group_name(from->info->group)));
	put(builder, object, "state", text(host_state_name(from->state)));
	put(builder, object, "required", json_boolean(doctor_is_required(doctor, index)));
	put(builder, object, "needed_by", needed_by(builder, doctor, index));
	put(builder, object, "purpose", text(from->info->purpose));
	put(builder, object, "detail", text(from->detail));
	put(builder, object, "remedy", text_or_null(from->remedy));
	return object;
}

static json_t *policy(struct builder *builder, const struct doctor_policy *from)
{
	json_t *object = json_object(), *missing = json_array(), *packages = json_array();

	push_all(builder, missing, from->missing.layers);
	push_all(builder, missing, from->missing.programs);
	push_all(builder, packages, from->missing.packages);
	put(builder, object, "name", text(from->name));
	put(builder, object, "can_run", json_boolean(from->can_run));
	put(builder, object, "missing", missing);
	put(builder, object, "packages", packages);
	put(builder, object, "error", from->loaded ? json_null() : text(from->fault.text));
	return object;
}

static json_t *layers(struct builder *builder, const struct doctor *doctor)
{
	json_t *array = json_array();

	for (size_t i = 0; i < doctor->report->n_layers; i++)
		push(builder, array, layer(builder, doctor, i));
	return array;
}

static json_t *policies(struct builder *builder, const struct doctor *doctor)
{
	json_t *array = json_array();

	for (size_t i = 0; i < doctor->n_policies; i++)
		push(builder, array, policy(builder, &doctor->policies[i]));
	return array;
}

int doctor_write_json(const struct doctor *doctor, FILE *stream)
{
	_cleanup_json_ json_t *root = json_object();
	struct builder builder = {0};

	put(&builder, root, "version", json_integer(JSON_VERSION));
	put(&builder, root, "kernel", text(doctor->kernel.release));
	put(&builder, root, "machine", text(doctor->kernel.machine));
	put(&builder, root, "root", json_boolean(doctor->report->root));
	put(&builder, root, "all_can_run", json_boolean(doctor_all_can_run(doctor)));
	put(&builder, root, "cgroup", cgroup(&builder, &doctor->report->cgroup));
	put(&builder, root, "layers", layers(&builder, doctor));
	put(&builder, root, "policies", policies(&builder, doctor));
	if (builder.error)
		return builder.error;
	/* Errors of the stream are seen by main(), which looks at its error flag. */
	(void)json_dumpf(root, stream, JSON_COMPACT);
	(void)fputc('\n', stream);
	return 0;
}
