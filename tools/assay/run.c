/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `assay run`: one submission, here and now, in phases: parse the options, load
 * the policy, read the files, run the engine, show the result. A thread loads
 * and reads (run-prepare.c) while the engine is made. What is wrong with
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
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/fault.h"
#include "lib/base/fd.h"
#include "supervisor/engine/engine.h"
#include "tools/assay/complain.h"
#include "tools/assay/options.h"
#include "tools/assay/paths.h"
#include "tools/assay/run-json.h"
#include "tools/assay/run-kept.h"
#include "tools/assay/run-options.h"
#include "tools/assay/run-prepare.h"
#include "tools/assay/run-report.h"
#include "tools/assay/run-trace.h"
#include "tools/assay/term.h"
#include "tools/assay/verb.h"

#define VERB "run"

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP};

/* Of each CPU: at 2 million events a second the writer may be away for 20 ms before the program is held. */
enum { TRACE_RING_BYTES = 4 << 20 };

struct run {
	struct run_options options;
	struct run_given given;
	struct term out, err;

	struct loop *loop;
	struct loop_source *on_signals;
	int signal_fd;
	struct engine *engine;
	struct engine_job *job; /* NULL once it is done */
	sigset_t signals, old_signals;
	int signal; /* the first one that arrived, or 0 */

	bool has_result;
	enum verdict verdict;
	struct fault fault; /* of what was asked for besides the verdict: showing, keeping */
	char *shown;	    /* the report or the JSON object */
	size_t shown_bytes;
	int stdout_fd, stderr_fd; /* of a single run */
	size_t n_done;

	bool has_told;
	struct run_trace_told told;
};

static void run_release(struct run *run)
{
	run_given_clear(&run->given, &run->options);
	run_options_clear(&run->options);
	run->stdout_fd = fd_close(run->stdout_fd);
	run->stderr_fd = fd_close(run->stderr_fd);
	free(run->shown);
}

static bool is_single(const struct run *run)
{
	return !run->options.tests;
}

/* --- while it runs --- */

static void on_signal(void *userdata)
{
	struct run *run = userdata;
	struct signalfd_siginfo info;

	if (read(run->signal_fd, &info, sizeof(info)) != sizeof(info) || run->signal)
		return;
	run->signal = (int)info.ssi_signo;
	if (run->job)
		engine_cancel(run->job);
}

static bool shows_progress(const struct run *run)
{
	return run->err.is_terminal && run->given.submission.n_tests > 1;
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
	run->given.trace = run_trace_close(run->given.trace);
	if (run->job)
		engine_cancel(run->job);
}

static void on_event(void *userdata, int index, const struct event *event)
{
	struct run *run = userdata;
	int r = run->given.trace ? run_trace_event(run->given.trace, index, event) : 0;

	if (r < 0)
		trace_broke(run, r);
}

static void on_step_done(void *userdata, int index, const char *name, const struct step_result *step)
{
	struct run *run = userdata;
	int r = run->given.trace ? run_trace_step(run->given.trace, index, name, step) : 0;

	if (r < 0)
		trace_broke(run, r);
	if (index >= 0)
		run->n_done++;
	if (!shows_progress(run))
		return;
	(void)fprintf(run->err.stream, "\r\033[K%zu of %zu cases", run->n_done,
		      run->given.submission.n_tests);
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
	int r = run->options.json ? run_json_write(memory, result, run->given.policy, told) :
				    run_report_write(&term, result, run->given.policy, told);
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
	if (run->given.trace)
		run->has_told =
			run_trace_finish(run->given.trace, result, &run->told, &run->fault) == 0;
	/* It has much to take down, and need not wait for what is shown. */
	engine_finish(run->engine);
	if (!run->signal) {
		r = render(run, result);
		if (r < 0)
			(void)fault_set(&run->fault, r, "report", "cannot make the report");
		r = keep_streams(run, result);
		if (r == 0 && run->given.output_fd >= 0)
			(void)run_kept_save(run->given.output_fd, result, &run->fault);
	}
	loop_end(run->loop);
}

/* nohup(1), and shells for background jobs, ask for a signal to be ignored: then it is. A blocked one would arrive. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Before there is an engine. They are taken once there is a loop. */
static int block_signals(struct run *run)
{
	(void)sigemptyset(&run->signals);
	for (size_t i = 0; i < ARRAY_SIZE(caught_signals); i++) {
		if (!is_ignored(caught_signals[i]))
			(void)sigaddset(&run->signals, caught_signals[i]);
	}
	return sigprocmask(SIG_BLOCK, &run->signals, &run->old_signals) < 0 ? -errno : 0;
}

static int watch_signals(struct run *run)
{
	run->signal_fd = signalfd(-1, &run->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0)
		return -errno;
	return loop_watch(run->loop, &run->on_signals, run->signal_fd, LOOP_NORMAL, on_signal, run);
}

static int submit(struct run *run, struct fault *fault)
{
	static const struct engine_callbacks callbacks = {on_step_done, on_job_done, on_event};
	int r = engine_submit(run->engine, run->given.policy, &run->given.submission, &callbacks,
			      run, &run->job);

	if (r < 0)
		return fault_set(fault, r, "engine", "cannot start the submission");
	/* Nothing runs before the loop does. */
	return run->given.trace == NULL ?
		       0 :
		       run_trace_start(run->given.trace, engine_job_id(run->job), run->engine,
				       run->given.policy, &run->given.submission, fault);
}

static int make_engine(struct run *run, struct fault *fault)
{
	const struct engine_options options = {
		.n_slots = 1,
		.libexec_dir = paths_libexec_dir(),
		.policy_dirs = paths_policy_dirs(),
		.cpuset = run->options.cpuset,
		.allow_degraded = run->options.allow_degraded,
		.metering = true,
		.trace_ring_bytes = run->options.trace ? TRACE_RING_BYTES : 0,
		.job_follows = true,
		.realtime = true,
	};
	int r = block_signals(run);

	if (r < 0)
		return fault_set(fault, r, "event-loop", "cannot block signals");
	return engine_prepare(&options, &run->engine, fault);
}

/* With an engine, and a preparation that is over and succeeded. */
static int run_loop(struct run *run, struct fault *fault)
{
	int r = loop_new(&run->loop);

	if (r == 0)
		r = watch_signals(run);
	if (r < 0)
		return fault_set(fault, r, "event-loop", "cannot watch for signals");
	r = engine_attach(run->engine, run->loop, fault);
	if (r == 0)
		r = submit(run, fault);
	if (r < 0)
		return r;
	r = loop_run(run->loop);
	return r < 0 ? fault_set(fault, r, "event-loop", "cannot wait for the submission") : 0;
}

/*
 * Runs the engine from its making to its end; nothing of it is left afterwards. The preparation is over then; when it failed, nothing
 * has run.
 */
static int run_engine(struct run *run, struct run_preparation *preparation, struct fault *fault)
{
	int r = make_engine(run, fault);
	int prepared = run_prepare_wait(preparation);

	engine_ahead_give(preparation->ahead, run->engine);
	if (r == 0)
		r = prepared < 0 ? -ECANCELED : run_loop(run, fault);
	run->engine = engine_free(run->engine);
	erase_progress(run);
	run->on_signals = loop_drop(run->on_signals);
	run->signal_fd = fd_close(run->signal_fd);
	run->loop = loop_free(run->loop);
	(void)sigprocmask(SIG_SETMASK, &run->old_signals, NULL);
	return r;
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
	(void)run_json_write(stdout, &result, run->given.policy, NULL);
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
		(void)run_trace_sync(run->given.trace, &run->fault);
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
	struct run_preparation preparation;
	struct fault fault = {0};
	int r;

	if (geteuid() != 0) {
		(void)fault_say(&fault, -EPERM, "privilege",
				"only root can make cgroups and namespaces that hold a "
				"program; run it as root");
		return refuse(run, &fault);
	}
	r = run_prepare_start(&preparation, &run->options, &run->given, &fault);
	if (r == 0)
		r = run_engine(run, &preparation, &fault);
	if (run_prepare_is_mistake(&preparation)) {
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
		.given = {.output_fd = -EBADF},
		.stdout_fd = -EBADF,
		.stderr_fd = -EBADF,
		.signal_fd = -EBADF,
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
