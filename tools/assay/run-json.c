/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Programs read this object for years, so its keys are a contract: every key is always there, whatever became of the
 * submission. A figure of a step that never ran is null, and so is what nobody asked for or counted (gas, trace): 0
 * would claim a measurement. Times are integers of nanoseconds and sizes integers of bytes, as the names say.
 *
 * stdout and stderr are for people who look at a result; what is longer than RUN_JSON_TEXT_BYTES_MAX is cut between
 * characters and `truncated` says so. Bytes that are not UTF-8 become U+FFFD, since JSON has no other way; --output keeps
 * the bytes.
 *
 * jansson reports lack of memory by NULL or -1, at any of a hundred calls: put() remembers it, so that the building
 * functions read as the object does. Arguments of system calls are unsigned 64-bit and JSON integers here signed: they
 * keep their bits, so that a -1 reads as -1.
 */

#include "tools/assay/run-json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/base/mem.h"
#include "lib/contract/syscall.h"
#include "tools/assay/denied.h"
#include "tools/assay/run-kept.h"
#include "tools/assay/show.h"

enum { LIMIT_TEXT_BYTES = 32 }; /* limit_format() needs 24 */

struct builder {
	int error;	   /* the first -errno, or 0 */
	size_t text_bytes; /* of all stdout and stderr fields so far */
};

static void json_release(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ _cleanup_(json_release)

static void fail(struct builder *builder, int error)
{
	if (!builder->error)
		builder->error = error;
}

/* Sets a key and owns `value`; NULL stands for a failed allocation. */
static void put(struct builder *builder, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		fail(builder, -ENOMEM);
}

static void push(struct builder *builder, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		fail(builder, -ENOMEM);
}

static json_t *integer_or_null(bool known, uint64_t value)
{
	return known ? json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX)) : json_null();
}

/* Text of any bytes as a JSON string. */
static json_t *text(struct builder *builder, const char *data, size_t size)
{
	_cleanup_free_ char *utf8 = NULL;
	size_t length;
	int r = show_replace(data, size, &utf8, &length);

	if (r < 0) {
		fail(builder, r);
		return NULL;
	}
	return json_stringn(utf8, length);
}

static json_t *string_or_null(struct builder *builder, const char *string)
{
	return string ? text(builder, string, strlen(string)) : json_null();
}

/* Where to cut: at most `max` bytes, not within a character. */
static size_t cut_size(const struct kept *kept, size_t max)
{
	size_t size = MIN(kept->size, max);

	for (int i = 0; i < 3 && size > 0 && size < kept->size; i++) {
		if (((unsigned char)kept->data[size] & 0xC0) != 0x80)
			break;
		size--;
	}
	return size;
}

/* One stream. *ret_cut becomes true when the field does not hold all that was kept. */
static json_t *output(struct builder *builder, int fd, bool *ret_cut)
{
	_cleanup_kept_ struct kept kept = {0};
	int r = run_kept_open(fd, &kept);
	size_t left = RUN_JSON_TOTAL_BYTES_MAX - builder->text_bytes;

	if (r < 0) {
		fail(builder, r);
		return NULL;
	}
	size_t size = cut_size(&kept, MIN((size_t)RUN_JSON_TEXT_BYTES_MAX, left));
	if (size < kept.size)
		*ret_cut = true;
	builder->text_bytes += size;
	return text(builder, kept.data, size);
}

static json_t *limit_names(struct builder *builder, uint32_t limits_hit)
{
	json_t *array = json_array();

	for (enum limit_key key = 0; key < LIMIT_MAX; key++) {
		if (limits_hit & (1u << key))
			push(builder, array, json_string(limit_info(key)->name));
	}
	return array;
}

static json_t *denied_call(struct builder *builder, const struct denied_call *call)
{
	json_t *object = json_object(), *args = json_array();

	for (size_t i = 0, n = denied_arity(call); i < n; i++)
		push(builder, args, json_integer((json_int_t)call->args[i]));
	put(builder, object, "syscall",
	    text(builder, call->syscall, strnlen(call->syscall, sizeof(call->syscall))));
	put(builder, object, "args", args);
	put(builder, object, "pid", json_integer(call->pid));
	put(builder, object, "comm",
	    text(builder, call->comm, strnlen(call->comm, sizeof(call->comm))));
	return object;
}

static json_t *denied_calls(struct builder *builder, const struct step_result *step)
{
	json_t *array = json_array();

	for (size_t i = 0; i < step->n_denied; i++)
		push(builder, array, denied_call(builder, &step->denied[i]));
	return array;
}

static void put_times(struct builder *builder, json_t *object, const struct step_result *step)
{
	put(builder, object, "cpu_time_ns", integer_or_null(step->ran, step->cpu_time_ns));
	put(builder, object, "user_time_ns", integer_or_null(step->ran, step->user_time_ns));
	put(builder, object, "system_time_ns", integer_or_null(step->ran, step->system_time_ns));
	put(builder, object, "cpu_killed_ns",
	    integer_or_null(step->cpu_killed_ns != 0, step->cpu_killed_ns));
	put(builder, object, "cpu_source", string_or_null(builder, step->sources.cpu));
	put(builder, object, "throttled_time_ns", integer_or_null(step->ran, step->throttled_ns));
	put(builder, object, "wall_time_ns", integer_or_null(step->ran, step->wall_time_ns));
}

static void put_memory(struct builder *builder, json_t *object, const struct step_result *step)
{
	put(builder, object, "memory_peak_bytes",
	    integer_or_null(step->ran, step->memory_peak_bytes));
	put(builder, object, "memory_source", string_or_null(builder, step->sources.memory));
	put(builder, object, "processes_peak", integer_or_null(step->ran, step->processes_peak));
	put(builder, object, "processes_source", string_or_null(builder, step->sources.processes));
	put(builder, object, "processes_refused", integer_or_null(step->ran, step->pids_refused));
	put(builder, object, "oom_killed", json_boolean(step->oom_killed));
	put(builder, object, "oom_source", string_or_null(builder, step->sources.oom));
}

static json_t *pressure(struct builder *builder, const struct step_result *step)
{
	const struct {
		const char *key;
		uint64_t ns;
	} rows[] = {
		{"cpu_ns", step->pressure_cpu_ns},
		{"memory_ns", step->pressure_memory_ns},
		{"io_ns", step->pressure_io_ns},
	};
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put(builder, object, rows[i].key,
		    integer_or_null(step->ran && rows[i].ns != UINT64_MAX, rows[i].ns));
	return object;
}

/* The limits in force, as --limit takes them: "500ms", "64M", "none". */
static json_t *limits(struct builder *builder, const struct limits *limits)
{
	json_t *object = json_object();

	for (enum limit_key key = 0; key < LIMIT_MAX; key++) {
		char value[LIMIT_TEXT_BYTES];

		if (!(limits->set & (1u << key)))
			continue;
		(void)limit_format(key, limits->value[key], value, sizeof(value));
		put(builder, object, limit_info(key)->name, json_string(value));
	}
	return object;
}

static void put_output(struct builder *builder, json_t *object, const struct step_result *step)
{
	bool cut = step->truncated;

	put(builder, object, "stdout_bytes", integer_or_null(step->ran, step->stdout_bytes));
	put(builder, object, "stderr_bytes", integer_or_null(step->ran, step->stderr_bytes));
	put(builder, object, "stdout", output(builder, step->stdout_fd, &cut));
	put(builder, object, "stderr", output(builder, step->stderr_fd, &cut));
	put(builder, object, "truncated", json_boolean(cut));
}

static json_t *calls(struct builder *builder, const struct step_counters *counters)
{
	json_t *object = json_object();

	for (int nr = 0; nr < GAS_CALLS_MAX; nr++) {
		const char *name = syscall_name(nr);

		if (counters->calls[nr] > 0)
			put(builder, object, name ? name : "other",
			    integer_or_null(true, counters->calls[nr]));
	}
	return object;
}

static json_t *policy_denials(struct builder *builder, const struct step_counters *counters)
{
	json_t *object = json_object();

	put(builder, object, "exec", integer_or_null(true, counters->denied_exec));
	put(builder, object, "open", integer_or_null(true, counters->denied_open));
	put(builder, object, "connect", integer_or_null(true, counters->denied_connect));
	put(builder, object, "socket", integer_or_null(true, counters->denied_socket));
	put(builder, object, "device", integer_or_null(true, counters->denied_device));
	return object;
}

static void put_counters(struct builder *builder, json_t *object, const struct step_result *step)
{
	const struct step_counters *counters = &step->counters;
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{"syscalls", counters->syscalls},
		{"syscalls_interrupted", counters->interrupted},
		{"bytes_moved", counters->bytes},
		{"pages_asked", counters->pages},
		{"forks", counters->forks},
		{"execs", counters->execs},
		{"minor_faults", counters->minor_faults},
		{"major_faults", counters->major_faults},
		{"switches", counters->switches},
		{"preemptions", counters->preemptions},
	};

	put(builder, object, "gas_used", integer_or_null(step->gas.limit != 0, step->gas.used));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put(builder, object, rows[i].key, integer_or_null(counters->present, rows[i].value));
	put(builder, object, "policy_denials",
	    counters->present ? policy_denials(builder, counters) : json_null());
	put(builder, object, "calls", counters->present ? calls(builder, counters) : json_null());
}

static void put_step(struct builder *builder, json_t *object, const struct step_result *step)
{
	put(builder, object, "verdict", json_string(verdict_code(step->verdict)));
	put(builder, object, "exit_code", step->ran ? json_integer(step->exit_code) : json_null());
	put(builder, object, "exit_signal",
	    step->ran ? json_integer(step->exit_signal) : json_null());
	put_times(builder, object, step);
	put_memory(builder, object, step);
	put(builder, object, "pressure", pressure(builder, step));
	put(builder, object, "limits", limits(builder, &step->limits));
	put(builder, object, "limits_hit", limit_names(builder, step->limits_hit));
	put_output(builder, object, step);
	put_counters(builder, object, step);
	put(builder, object, "denied", denied_calls(builder, step));
	put(builder, object, "checker_message", string_or_null(builder, step->checker_message));
	put(builder, object, "fault",
	    step->fault.error ? string_or_null(builder, step->fault.text) : json_null());
}

static json_t *compile_step(struct builder *builder, const struct run_result *result)
{
	json_t *object;

	if (!result->has_compile)
		return json_null();
	object = json_object();
	put_step(builder, object, &result->compile);
	return object;
}

static json_t *tests(struct builder *builder, const struct run_result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->n_tests; i++) {
		json_t *object = json_object();

		put(builder, object, "name", string_or_null(builder, result->tests[i].name));
		put_step(builder, object, &result->tests[i].step);
		push(builder, array, object);
	}
	return array;
}

/* Over all tests; the compile step's is in its own object. */
static struct gas_account gas_total(const struct run_result *result)
{
	struct gas_account total = {.limit = LIMIT_NONE};

	for (size_t i = 0; i < result->n_tests; i++) {
		const struct gas_account *gas = &result->tests[i].step.gas;

		if (gas->limit == 0)
			continue;
		total.limit = gas->limit;
		total.used += gas->used;
		for (int item = 0; item < GAS_ITEM_MAX; item++) {
			total.gas[item] += gas->gas[item];
			total.count[item] += gas->count[item];
		}
	}
	return total;
}

static void put_gas_item(struct builder *builder, json_t *object, const char *name,
			 const struct gas_account *account, int item)
{
	json_t *row = json_object();

	put(builder, row, "count", integer_or_null(true, account->count[item]));
	put(builder, row, "gas", integer_or_null(true, account->gas[item]));
	put(builder, object, name, row);
}

static json_t *gas_by_class(struct builder *builder, const struct gas_schedule *schedule,
			    const struct gas_account *account)
{
	static const char *const items[] = {"bytes", "pages", "forks", "execs"};
	json_t *object = json_object();

	for (size_t i = 0; i < schedule->n_classes; i++)
		put_gas_item(builder, object, schedule->classes[i].name, account, (int)i);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		put_gas_item(builder, object, items[i], account, GAS_ITEM_BYTES + (int)i);
	return object;
}

static json_t *gas(struct builder *builder, const struct run_result *result)
{
	const struct gas_schedule *schedule = result->gas_schedule;
	struct gas_account total;
	json_t *object, *sources;

	if (!schedule)
		return json_null();
	total = gas_total(result);
	object = json_object();
	sources = json_array();
	push(builder, sources, json_string("syscalls"));
	put(builder, object, "used", integer_or_null(true, total.used));
	put(builder, object, "limit", integer_or_null(total.limit != LIMIT_NONE, total.limit));
	put(builder, object, "schedule", json_string(schedule->id));
	put(builder, object, "schedule_version", json_integer(schedule->version));
	put(builder, object, "schedule_hash", json_string(schedule->hash));
	put(builder, object, "by_class", gas_by_class(builder, schedule, &total));
	put(builder, object, "sources", sources);
	return object;
}

static json_t *environment(struct builder *builder, const struct run_result *result)
{
	json_t *object = json_object(), *layers = json_object(), *degraded = json_array();
	struct utsname host = {0};
	char kernel[sizeof(host.sysname) + sizeof(host.release) + 1];

	(void)uname(&host);
	(void)snprintf(kernel, sizeof(kernel), "%s %s", host.sysname, host.release);
	for (size_t i = 0; i < result->n_layers; i++)
		put(builder, layers, result->layers[i].name,
		    string_or_null(builder, result->layers[i].state));
	for (size_t i = 0; i < result->n_degraded; i++)
		push(builder, degraded, string_or_null(builder, result->degraded[i]));
	put(builder, object, "kernel", json_string(kernel));
	put(builder, object, "cgroup", string_or_null(builder, result->cgroup_mode));
	put(builder, object, "layers", layers);
	put(builder, object, "degraded", degraded);
	return object;
}

static json_t *trace_told(struct builder *builder, const struct run_trace_told *trace)
{
	json_t *object;

	if (trace == NULL)
		return json_null();
	object = json_object();
	put(builder, object, "file", string_or_null(builder, trace->file));
	put(builder, object, "events", json_integer((json_int_t)trace->summary.events));
	put(builder, object, "lost", json_integer((json_int_t)trace->summary.lost));
	put(builder, object, "bytes", json_integer((json_int_t)trace->summary.bytes));
	put(builder, object, "digest", string_or_null(builder, trace->summary.digest));
	put(builder, object, "canonical_digest",
	    string_or_null(builder, trace->summary.canonical_digest));
	put(builder, object, "key", string_or_null(builder, trace->summary.key));
	return object;
}

static json_t *document(struct builder *builder, const struct run_result *result,
			const struct policy *policy, const struct run_trace_told *trace)
{
	json_t *object = json_object();

	put(builder, object, "version", json_integer(RUN_JSON_VERSION));
	put(builder, object, "id", result->id[0] ? json_string(result->id) : json_null());
	put(builder, object, "policy", string_or_null(builder, policy ? policy->name : NULL));
	put(builder, object, "policy_hash", string_or_null(builder, policy ? policy->hash : NULL));
	put(builder, object, "verdict", json_string(verdict_code(result->verdict)));
	put(builder, object, "score", json_real(result->score));
	put(builder, object, "message", string_or_null(builder, result->message));
	put(builder, object, "compile", compile_step(builder, result));
	put(builder, object, "tests", tests(builder, result));
	put(builder, object, "gas", gas(builder, result));
	put(builder, object, "trace", trace_told(builder, trace));
	put(builder, object, "environment", environment(builder, result));
	return object;
}

int run_json_write(FILE *stream, const struct run_result *result, const struct policy *policy,
		   const struct run_trace_told *trace)
{
	struct builder builder = {0};
	_cleanup_json_ json_t *object = document(&builder, result, policy, trace);

	if (builder.error)
		return builder.error;
	/* 15 digits: every score that is a short decimal prints as one. */
	if (json_dumpf(object, stream, JSON_COMPACT | JSON_REAL_PRECISION(15)) < 0)
		return ferror(stream) ? 0 : -ENOMEM;
	(void)fputc('\n', stream);
	return 0;
}
