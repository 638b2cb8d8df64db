/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Steps of a submission run one after the other, so at most one is under way in the trace: it begins with its first event, or, where
 * there are none, with its end. What fails to be written ends the run: a record with a hole that nobody sees would be worse than none.
 */

#include "tools/assay/run-trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/trace/source-hash.h"
#include "lib/trace/tool-hash.h"

enum { NO_STEP = -2 };

/*
 * How old what is not in the file yet may be. A program that does little fills no chunk for long: who follows the file would see nothing of it, and
 * a machine that stops would leave nothing. A chunk has a price, so samples of a program that only waits are not in a hurry.
 */
#define FLUSH_NS (NSEC_PER_SEC / 4)
#define FLUSH_SAMPLES_NS (2 * NSEC_PER_SEC)

struct run_trace {
	const char *file, *key_dir;
	int fd;
	bool made;
	struct trace_record start;
	struct trace_writer *writer; /* NULL before the start record is written */
	const struct engine *engine; /* NULL before run_trace_start() */
	const struct policy *policy;
	const struct submission *submission;
	int index; /* of the step under way, or NO_STEP */
	uint32_t step;
	uint64_t flushed_ns; /* since the step's start */
	bool has_more;	     /* than samples, since then */
	pthread_t syncer;
	bool syncs; /* the thread is there */
	int sync_error;
};

/* A descriptor, or -errno with a sentence. *ret_made: the file was not there. */
static int file_open(const char *file, bool *ret_made, struct fault *fault)
{
	const int flags = O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	_cleanup_close_ int fd = open(file, flags | O_CREAT | O_EXCL, 0600);
	struct stat st;

	*ret_made = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(file, flags);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_set(fault, -errno, "trace", "cannot open %s", file);
	if (!S_ISREG(st.st_mode))
		return fault_say(fault, -EINVAL, "trace", "%s is %s; a trace needs a regular file",
				 file, fd_kind_name(st.st_mode));
	if (st.st_size > 0)
		return fault_say(
			fault, -EEXIST, "trace",
			"%s is there already; a record is not written over: remove it or name another file",
			file);
	return TAKE_FD(fd);
}

int run_trace_open(const char *file, const char *key_dir, struct run_trace **ret_trace,
		   struct fault *fault)
{
	bool made;
	_cleanup_close_ int fd = file_open(file, &made, fault);
	struct run_trace *trace;

	if (fd < 0)
		return fd;
	trace = new0(struct run_trace, 1);
	if (trace == NULL)
		return fault_set(fault, -ENOMEM, "trace", "%s", file);
	*trace = (struct run_trace){
		.file = file,
		.key_dir = key_dir,
		.fd = TAKE_FD(fd),
		.made = made,
		.index = NO_STEP,
	};
	*ret_trace = trace;
	return 0;
}

static int host_record(struct trace_record *record)
{
	struct utsname host = {0};
	char kernel[sizeof(host.sysname) + sizeof(host.release)];
	int r;

	(void)uname(&host);
	(void)snprintf(kernel, sizeof(kernel), "%s %s", host.sysname, host.release);
	r = trace_record_set(record, "kernel", kernel);
	if (r == 0)
		r = trace_record_set(record, "node", host.nodename);
	return r < 0 ? r :
		       trace_record_set_number(record, "time.start_ns",
					       clock_now_ns(CLOCK_REALTIME));
}

static int rules_record(struct trace_record *record, const struct policy *policy,
			const struct submission *submission)
{
	int r = trace_record_set(record, "policy", policy->name);

	if (r == 0)
		r = trace_record_set(record, "policy.hash", policy->hash);
	if (r == 0 && policy->gas != NULL)
		r = trace_record_set_schedule(record, policy->gas);
	if (r == 0)
		r = trace_record_set(record, "level", trace_level_name(submission->trace_level));
	return r < 0 ? r : trace_record_set(record, "on_loss", trace_loss_name(submission->on_loss));
}

int run_trace_start(struct run_trace *trace, const char *id, const struct engine *engine,
		    const struct policy *policy, const struct submission *submission,
		    struct fault *fault)
{
	struct trace_record *record = &trace->start;
	char hash[TRACE_HASH_HEX];
	int r = trace_source_hash(submission, hash);

	trace->engine = engine;
	trace->policy = policy;
	trace->submission = submission;
	if (r == 0)
		r = trace_record_set(record, "id", id);
	if (r == 0)
		r = trace_record_set(record, "source.hash", hash);
	if (r == 0)
		r = rules_record(record, policy, submission);
	if (r == 0)
		r = host_record(record);
	if (r == 0)
		r = trace_record_set_tools(record, policy, TRACE_TOOL_CACHE_DIR);
	return r < 0 ? fault_set(fault, r, "trace", "cannot describe the run") : 0;
}

static int programs_record(struct trace_record *record, const struct engine *engine)
{
	struct engine_program program;
	char key[sizeof("program..tag") + sizeof(program.name)];
	int r = 0;

	for (unsigned i = 0; r == 0 && engine_program(engine, i, &program); i++) {
		(void)snprintf(key, sizeof(key), "program.%s", program.name);
		r = trace_record_set_number(record, key, program.id);
		(void)snprintf(key, sizeof(key), "program.%s.tag", program.name);
		if (r == 0)
			r = trace_record_set(record, key, program.tag);
	}
	return r;
}

/* Writes the start record when that has not been done. */
static int writer_begin(struct run_trace *trace)
{
	int r;

	if (trace->writer != NULL)
		return 0;
	r = programs_record(&trace->start, trace->engine);
	return r < 0 ? r : trace_writer_new(trace->fd, &trace->start, &trace->writer, NULL);
}

static const char *name_of(const struct run_trace *trace, int index)
{
	return index < 0 ? "compile" : trace->submission->tests[index].name;
}

static int step_begin(struct run_trace *trace, int index)
{
	int r;

	if (trace->index == index)
		return 0;
	r = writer_begin(trace);
	if (r == 0)
		r = trace_writer_step_begin(trace->writer, name_of(trace, index), &trace->step);
	if (r == 0)
		trace->index = index;
	trace->flushed_ns = 0;
	return r;
}

int run_trace_event(struct run_trace *trace, int index, const struct event *event)
{
	int r = step_begin(trace, index);

	if (r == 0)
		r = trace_writer_event(trace->writer, trace->step, event);
	/* Samples come also when nothing happens. */
	trace->has_more |= event->kind != EVENT_SAMPLE;
	if (r < 0 || event->kind != EVENT_SAMPLE ||
	    event->ts_ns - trace->flushed_ns < (trace->has_more ? FLUSH_NS : FLUSH_SAMPLES_NS))
		return r;
	trace->flushed_ns = event->ts_ns;
	trace->has_more = false;
	return trace_writer_flush(trace->writer);
}

static int step_numbers(struct trace_record *record, const struct step_result *step)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{"cpu_time_ns", step->cpu_time_ns},
		{"wall_time_ns", step->wall_time_ns},
		{"memory_peak_bytes", step->memory_peak_bytes},
		{"processes_peak", step->processes_peak},
		{"stdout_bytes", step->stdout_bytes},
		{"stderr_bytes", step->stderr_bytes},
		{"syscalls", step->counters.syscalls},
		{"forks", step->counters.forks},
		{"execs", step->counters.execs},
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++)
		r = trace_record_set_number(record, rows[i].key, rows[i].value);
	if (r == 0 && step->exit_signal != 0)
		r = trace_record_set_number(record, "exit_signal", (uint64_t)step->exit_signal);
	if (r == 0 && step->exit_signal == 0 && step->exit_code >= 0)
		r = trace_record_set_number(record, "exit_code", (uint64_t)step->exit_code);
	return r;
}

int run_trace_step(struct run_trace *trace, int index, const char *name _unused_,
		   const struct step_result *step)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	int r;

	if (step->verdict == VERDICT_SK && !step->ran)
		return 0;
	r = step_begin(trace, index);
	if (r == 0)
		r = trace_record_set(&facts, "verdict", verdict_code(step->verdict));
	if (r == 0)
		r = step_numbers(&facts, step);
	if (r == 0 && step->counters.present && trace->policy->gas != NULL)
		r = trace_record_set_account(&facts, trace->policy->gas, &step->gas);
	if (r == 0)
		r = trace_writer_step_end(trace->writer, trace->step, &facts);
	trace->index = NO_STEP;
	return r;
}

/* A disk takes 1 to 10 ms, in which the engine is taken down. All signals that matter are blocked, here as in the caller. */
static void *sync_thread(void *userdata)
{
	struct run_trace *trace = userdata;

	trace->sync_error = trace_writer_sync(trace->writer);
	return NULL;
}

int run_trace_finish(struct run_trace *trace, const struct run_result *result,
		     struct run_trace_told *ret_told, struct fault *fault)
{
	_cleanup_trace_record_ struct trace_record facts = {0};
	_cleanup_trace_key_ struct trace_key *key = NULL;
	int r = trace_key_open(trace->key_dir, &key, fault);

	if (r < 0)
		return r;
	ret_told->file = trace->file;
	r = writer_begin(trace);
	if (r == 0)
		r = trace_record_set(&facts, "verdict", verdict_code(result->verdict));
	if (r == 0 && result->message[0] != '\0')
		r = trace_record_set(&facts, "message", result->message);
	if (r == 0)
		r = trace_writer_finish(trace->writer, &facts, key, &ret_told->summary);
	if (r < 0)
		return fault_set(fault, r, "trace", "cannot finish %s", trace->file);
	trace->syncs = pthread_create(&trace->syncer, NULL, sync_thread, trace) == 0;
	if (!trace->syncs)
		trace->sync_error = trace_writer_sync(trace->writer);
	return 0;
}

int run_trace_sync(struct run_trace *trace, struct fault *fault)
{
	if (trace == NULL)
		return 0;
	if (trace->syncs)
		(void)pthread_join(trace->syncer, NULL);
	trace->syncs = false;
	return trace->sync_error < 0 ? fault_set(fault, trace->sync_error, "trace",
						 "cannot put %s on the disk", trace->file) :
				       0;
}

struct run_trace *run_trace_close(struct run_trace *trace)
{
	if (trace == NULL)
		return NULL;
	(void)run_trace_sync(trace, NULL);
	/* Nothing ran, nothing is said. */
	if (trace->writer == NULL && trace->made)
		(void)unlink(trace->file);
	trace->writer = trace_writer_free(trace->writer);
	trace_record_clear(&trace->start);
	(void)fd_close(trace->fd);
	free(trace);
	return NULL;
}
