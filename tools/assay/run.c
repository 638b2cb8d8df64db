/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay run`: one submission, here and now, in phases: parse the options, load
 * the policy, read the files, run the engine, show the result. A thread loads
 * and reads while the engine is made: both take milliseconds. What is wrong with
 * what the caller gave is said first, whatever became of the engine; nothing is
 * run, and nothing is left.
 *
 * While the engine lives there are cgroups, mounts and processes to take down,
 * and a signal must not end this process before that: SIGINT, SIGTERM and
 * SIGHUP are blocked and arrive through the event loop, which cancels the job
 * and goes on until the engine says that it is gone. The result is only lent
 * inside job_done; what will be shown is rendered into memory there, and
 * written after the engine is freed and the signals are let through again: a
 * reader that never reads (a stopped pager) then holds up nothing but an
 * ordinary process.
 *
 * Streams: the program's own output goes to standard output when there is a
 * single run, and the report to standard error, so that `assay run x.py | next`
 * works as `python3 x.py | next` does. With --tests the report is the output.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "lib/base/fault.h"
#include "lib/base/fd.h"
#include "lib/base/urgent.h"
#include "supervisor/engine/engine.h"
#include "supervisor/policy/policy-kept.h"
#include "tools/assay/complain.h"
#include "tools/assay/options.h"
#include "tools/assay/paths.h"
#include "tools/assay/run-files.h"
#include "tools/assay/run-json.h"
#include "tools/assay/run-kept.h"
#include "tools/assay/run-options.h"
#include "tools/assay/run-report.h"
#include "tools/assay/run-trace.h"
#include "tools/assay/term.h"
#include "tools/assay/verb.h"

#define VERB "run"
#define STATE_DIR "/run/assay"

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP};

/* Of each CPU: at 2 million events a second the writer may be away for 20 ms before the program is held. */
enum { TRACE_RING_BYTES = 4 << 20 };

struct run {
	struct run_options options;
	struct policy *policy;
	struct submission submission;
	bool has_submission;
	int output_fd; /* directory of --output, or -EBADF */
	bool output_made;
	struct term out, err;

	sd_event *event;
	struct engine *engine;
	struct engine_job *job; /* NULL once it is done */
	sigset_t old_signals;
	int signal; /* the first one that arrived, or 0 */

	bool has_result;
	enum verdict verdict;
	struct fault fault; /* of what was asked for besides the verdict: showing, keeping */
	char *shown;	    /* the report or the JSON object */
	size_t shown_bytes;
	int stdout_fd, stderr_fd; /* of a single run */
	size_t n_done;

	struct run_trace *trace; /* NULL: no record was asked for */
	bool has_told;
	struct run_trace_told told;
};

static void run_release(struct run *run)
{
	/* A directory that was made for outputs that never came goes; one that holds some stays, since it is not empty. */
	if (run->output_made)
		(void)rmdir(run->options.output);
	run->trace = run_trace_close(run->trace);
	run_options_clear(&run->options);
	run->policy = policy_free(run->policy);
	if (run->has_submission)
		submission_clear(&run->submission);
	run->output_fd = fd_close(run->output_fd);
	run->stdout_fd = fd_close(run->stdout_fd);
	run->stderr_fd = fd_close(run->stderr_fd);
	free(run->shown);
}

/* What the host lacks is not the caller's mistake. */
static int status_of(int error)
{
	switch (error) {
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -ENOSPC:
	case -EDQUOT:
	case -EIO:
		return EXIT_INTERNAL;
	default:
		return EXIT_USAGE;
	}
}

static bool is_single(const struct run *run)
{
	return !run->options.tests;
}

/* --- what the caller gave --- */

static int load_policy(struct run *run, struct fault *fault)
{
	const struct policy_dirs *dirs = paths_policy_dirs();

	if (run->options.policy)
		return policy_load_kept(dirs, run->options.policy, STATE_DIR, &run->policy, fault);
	return policy_load_for_file(dirs, run_files_name(run->options.files[0]), &run->policy,
				    fault);
}

/* The limits that will be in force must make sense together, whoever gave
 * which. */
static int check_limits(const struct run *run, struct fault *fault)
{
	struct limits limits = run->policy->run.limits;
	char error[FAULT_TEXT_BYTES];

	limits_merge(&limits, &run->options.limits);
	int r = limits_check(&limits, error, sizeof(error));
	return r < 0 ? fault_say(fault, r, "limits", "--limit: %s", error) : 0;
}

static int prepare(struct run *run, struct fault *fault)
{
	int r = load_policy(run, fault);

	if (r < 0)
		return r;
	r = check_limits(run, fault);
	if (r < 0)
		return r;
	r = run_files_read(&run->options, run->policy, &run->submission, fault);
	if (r < 0)
		return r;
	run->has_submission = true;
	run->submission.trace_level = run->options.trace_level;
	run->submission.on_loss = run->options.on_loss;
	if (run->options.trace) {
		r = run_trace_open(run->options.trace, run->options.key_dir, &run->trace, fault);
		if (r < 0)
			return r;
	}
	if (!run->options.output)
		return 0;
	run->output_fd = run_kept_directory(run->options.output, &run->output_made, fault);
	return run->output_fd < 0 ? run->output_fd : 0;
}

/* A policy's toolchain that is not installed is found here, where there is a
 * package to name. */
static int check_needs(const struct policy *policy, struct fault *fault)
{
	for (size_t i = 0; i < policy->n_needs; i++) {
		const struct policy_need *need = &policy->needs[i];

		if (access(need->path, F_OK) < 0)
			return fault_say(
				fault, -ENOENT, "toolchain",
				"policy %s needs %s, which is not here; install the package %s",
				policy->name, need->path, need->package);
	}
	return 0;
}

/* What the caller gave, prepared by a thread that touches nothing of the engine's. */
struct preparation {
	struct run *run;
	pthread_t thread;
	int r, needs; /* of prepare() and check_needs() */
	struct fault fault;
};

static void *preparation_run(void *userdata)
{
	struct preparation *preparation = userdata;
	struct run *run = preparation->run;

	urgent_enter(true); /* the engine's thread is, and waits for this one */
	preparation->r = prepare(run, &preparation->fault);
	if (preparation->r == 0)
		preparation->needs = check_needs(run->policy, &preparation->fault);
	return NULL;
}

/* Signals are the main thread's. */
static int preparation_start(struct preparation *preparation, struct fault *fault)
{
	sigset_t all, before;
	int r;

	(void)paths_policy_dirs(); /* found once, for both threads */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&preparation->thread, NULL, preparation_run, preparation);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r != 0 ? fault_set(fault, -r, "run", "cannot start a thread") : 0;
}

/* --- while it runs --- */

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct run *run = userdata;

	if (run->signal)
		return 0;
	run->signal = (int)info->ssi_signo;
	if (run->job)
		engine_cancel(run->job);
	return 0;
}

static bool shows_progress(const struct run *run)
{
	return run->err.is_terminal && run->submission.n_tests > 1;
}

static void erase_progress(const struct run *run)
{
	if (shows_progress(run))
		(void)fputs("\r\033[K", run->err.stream);
}

/* A record that cannot be written any more ends the run: nobody would know what is missing. */
static void trace_broke(struct run *run, int error)
{
	if (run->fault.error == 0)
		(void)fault_set(&run->fault, error, "trace", "cannot write %s", run->options.trace);
	run->trace = run_trace_close(run->trace);
	if (run->job)
		engine_cancel(run->job);
}

static void on_event(void *userdata, int index, const struct event *event)
{
	struct run *run = userdata;
	int r = run->trace ? run_trace_event(run->trace, index, event) : 0;

	if (r < 0)
		trace_broke(run, r);
}

static void on_step_done(void *userdata, int index, const char *name, const struct step_result *step)
{
	struct run *run = userdata;
	int r = run->trace ? run_trace_step(run->trace, index, name, step) : 0;

	if (r < 0)
		trace_broke(run, r);
	if (index >= 0)
		run->n_done++;
	if (!shows_progress(run))
		return;
	(void)fprintf(run->err.stream, "\r\033[K%zu of %zu cases", run->n_done,
		      run->submission.n_tests);
	(void)fflush(run->err.stream);
}

/* Renders what will be written later, for the stream that it will go to. */
static int render(struct run *run, const struct run_result *result)
{
	FILE *memory = open_memstream(&run->shown, &run->shown_bytes);
	struct term term = is_single(run) ? run->err : run->out;

	if (!memory)
		return -errno;
	term.stream = memory;
	const struct run_trace_told *told = run->has_told ? &run->told : NULL;
	int r = run->options.json ? run_json_write(memory, result, run->policy, told) :
				    run_report_write(&term, result, run->policy, told);
	if (ferror(memory) && r == 0)
		r = -ENOMEM;
	if (fclose(memory) != 0 && r == 0)
		r = -errno;
	return r;
}

/* A single run's own output is shown as well; the descriptors outlive the
 * result. */
static int keep_streams(struct run *run, const struct run_result *result)
{
	const struct step_result *step = result->n_tests ? &result->tests[0].step : NULL;

	if (run->options.json || !is_single(run) || !step)
		return 0;
	if (step->stdout_fd >= 0)
		run->stdout_fd = fcntl(step->stdout_fd, F_DUPFD_CLOEXEC, 0);
	if (step->stderr_fd >= 0)
		run->stderr_fd = fcntl(step->stderr_fd, F_DUPFD_CLOEXEC, 0);
	return 0;
}

static void on_job_done(void *userdata, const struct run_result *result)
{
	struct run *run = userdata;
	int r;

	run->job = NULL;
	run->has_result = true;
	run->verdict = result->verdict;
	if (run->trace)
		run->has_told = run_trace_finish(run->trace, result, &run->told, &run->fault) == 0;
	if (!run->signal) {
		r = render(run, result);
		if (r < 0)
			(void)fault_set(&run->fault, r, "report", "cannot make the report");
		r = keep_streams(run, result);
		if (r == 0 && run->output_fd >= 0)
			(void)run_kept_save(run->output_fd, result, &run->fault);
	}
	(void)sd_event_exit(run->event, 0);
}

/* nohup(1), and shells for background jobs, ask for a signal to be ignored: then it is. A blocked one would arrive. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static int watch_signals(struct run *run)
{
	sigset_t signals;
	int r = 0;

	(void)sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(caught_signals); i++) {
		if (!is_ignored(caught_signals[i]))
			(void)sigaddset(&signals, caught_signals[i]);
	}
	if (sigprocmask(SIG_BLOCK, &signals, &run->old_signals) < 0)
		return -errno;
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(caught_signals); i++) {
		if (sigismember(&signals, caught_signals[i]) == 1)
			r = sd_event_add_signal(run->event, NULL, caught_signals[i], on_signal, run);
	}
	return r < 0 ? r : 0;
}

static int submit(struct run *run, struct fault *fault)
{
	static const struct engine_callbacks callbacks = {on_step_done, on_job_done, on_event};
	int r = engine_submit(run->engine, run->policy, &run->submission, &callbacks, run,
			      &run->job);

	if (r < 0)
		return fault_set(fault, r, "engine", "cannot start the submission");
	/* Nothing runs before the loop does. */
	return run->trace == NULL ? 0 :
				    run_trace_start(run->trace, engine_job_id(run->job), run->engine,
						    run->policy, &run->submission, fault);
}

static int start(struct run *run, struct fault *fault)
{
	const struct engine_options options = {
		.n_slots = 1,
		.libexec_dir = paths_libexec_dir(),
		.policy_dirs = paths_policy_dirs(),
		.cpuset = run->options.cpuset,
		.allow_degraded = run->options.allow_degraded,
		.metering = true,
		.trace_ring_bytes = run->options.trace ? TRACE_RING_BYTES : 0,
		.realtime = true,
	};
	int r = sd_event_new(&run->event);

	if (r >= 0)
		r = watch_signals(run);
	if (r < 0)
		return fault_set(fault, r, "event-loop", "cannot watch for signals");
	return engine_new(run->event, &options, &run->engine, fault);
}

/*
 * Runs the engine from its making to its end; nothing of it is left afterwards. The preparation is over then; when it failed, nothing
 * has run.
 */
static int run_engine(struct run *run, struct preparation *preparation, struct fault *fault)
{
	int r = start(run, fault);

	(void)pthread_join(preparation->thread, NULL);
	if (preparation->r < 0 || preparation->needs < 0)
		r = -ECANCELED;
	if (r == 0)
		r = submit(run, fault);
	if (r == 0) {
		r = sd_event_loop(run->event);
		if (r < 0)
			(void)fault_set(fault, r, "event-loop", "cannot wait for the submission");
	}
	run->engine = engine_free(run->engine);
	erase_progress(run);
	run->event = sd_event_unref(run->event);
	(void)sigprocmask(SIG_SETMASK, &run->old_signals, NULL);
	return r < 0 ? r : 0;
}

/* --- what is shown --- */

static void show(struct run *run)
{
	bool to_err = !run->options.json && is_single(run);

	if (run->stdout_fd >= 0)
		(void)run_kept_write(&run->out, run->stdout_fd);
	(void)fflush(run->out.stream);
	if (run->stderr_fd >= 0)
		(void)run_kept_write(&run->err, run->stderr_fd);
	(void)fwrite(run->shown, 1, run->shown_bytes, to_err ? run->err.stream : run->out.stream);
}

/* A failure of ours that ended the run before there was a result, in the form
 * that was asked for. */
static int refuse(const struct run *run, const struct fault *fault)
{
	struct run_result result = {.verdict = VERDICT_IE};

	complain(VERB, "%s%s%s", fault->layer, fault->layer[0] ? ": " : "", fault->text);
	if (!run->options.json)
		return EXIT_INTERNAL;
	/* The cut never happens: a layer has less than FAULT_LAYER_BYTES. It is for the compiler, which cannot know. */
	(void)snprintf(result.message, sizeof(result.message), "%s: %.*s", fault->layer,
		       RESULT_MESSAGE_BYTES - FAULT_LAYER_BYTES - 3, fault->text);
	(void)run_json_write(stdout, &result, run->policy, NULL);
	return EXIT_INTERNAL;
}

static int interrupted(const struct run *run)
{
	complain(VERB, "interrupted");
	return 128 + run->signal;
}

static int conclude(struct run *run)
{
	if (run->fault.error == 0)
		(void)run_trace_sync(run->trace, &run->fault);
	show(run);
	if (run->fault.error) {
		complain(VERB, "%s", run->fault.text);
		return EXIT_INTERNAL;
	}
	if (run->verdict == VERDICT_IE)
		return EXIT_INTERNAL;
	return run->verdict == VERDICT_AC ? EXIT_OK : EXIT_NEGATIVE;
}

static int execute(struct run *run)
{
	struct preparation preparation = {.run = run};
	struct fault fault = {0};
	int r;

	if (geteuid() != 0) {
		(void)fault_say(&fault, -EPERM, "privilege",
				"only root can make cgroups and namespaces that hold a "
				"program; run it as root");
		return refuse(run, &fault);
	}
	r = preparation_start(&preparation, &fault);
	if (r == 0)
		r = run_engine(run, &preparation, &fault);
	if (preparation.r < 0 && status_of(preparation.r) == EXIT_USAGE) {
		complain(VERB, "%s", preparation.fault.text);
		return EXIT_USAGE;
	}
	if (preparation.r < 0 || preparation.needs < 0)
		return refuse(run, &preparation.fault);
	if (run->signal)
		return interrupted(run);
	return r < 0 || !run->has_result ? refuse(run, &fault) : conclude(run);
}

int verb_run(int argc, char **argv)
{
	_cleanup_(run_release) struct run run = {
		.output_fd = -EBADF,
		.stdout_fd = -EBADF,
		.stderr_fd = -EBADF,
	};
	char error[OPTIONS_ERROR_BYTES] = "";
	int r = run_options_parse(argc, argv, &run.options, error, sizeof(error));

	if (r > 0)
		return EXIT_OK;
	if (r < 0) {
		complain(VERB, "%s", error);
		return EXIT_USAGE;
	}
	run.out = term_of(stdout, run.options.color);
	run.err = term_of(stderr, run.options.color);
	return execute(&run);
}
