/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Loading the policy, reading the files and making the roots take as long as the engine does, and the
 * loop's library is not wanted before both are there. They are done by a thread, which has all that it works on to itself until it is waited for. What is wrong is
 * said by who waits, once it is known what became of the engine.
 */

#include "tools/assay/run-prepare.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"
#include "supervisor/policy/policy-kept.h"
#include "tools/assay/paths.h"
#include "tools/assay/run-files.h"
#include "tools/assay/run-kept.h"

#define STATE_DIR "/run/assay"

enum { HEAP_BYTES = 208 << 10 }; /* of the simplest run */

void run_given_clear(struct run_given *given, const struct run_options *options)
{
	/* A directory that was made for outputs that never came goes; one that holds some stays, since it is not empty. */
	if (given->output_made)
		(void)rmdir(options->output);
	given->trace = run_trace_close(given->trace);
	given->policy = policy_free(given->policy);
	if (given->has_submission)
		submission_clear(&given->submission);
	given->output_fd = fd_close(given->output_fd);
}

static int load_policy(const struct run_options *options, struct policy **ret_policy,
		       struct fault *fault)
{
	const struct policy_dirs *dirs = paths_policy_dirs();

	if (options->policy)
		return policy_load_kept(dirs, options->policy, STATE_DIR, ret_policy, fault);
	return policy_load_for_file_kept(dirs, run_files_name(options->files[0]), STATE_DIR,
					 ret_policy, fault);
}

/* The limits that will be in force must make sense together, whoever gave
 * which. */
static int check_limits(const struct policy *policy, const struct run_options *options,
			struct fault *fault)
{
	struct limits limits = policy->run.limits;
	char error[FAULT_TEXT_BYTES];

	limits_merge(&limits, &options->limits);
	int r = limits_check(&limits, error, sizeof(error));
	return r < 0 ? fault_say(fault, r, "limits", "--limit: %s", error) : 0;
}

static int prepare(struct run_options *options, struct run_given *given, struct fault *fault)
{
	int r = load_policy(options, &given->policy, fault);

	if (r < 0)
		return r;
	r = check_limits(given->policy, options, fault);
	if (r < 0)
		return r;
	r = run_files_read(options, given->policy, &given->submission, fault);
	if (r < 0)
		return r;
	given->has_submission = true;
	given->submission.trace_level = options->trace_level;
	given->submission.on_loss = options->on_loss;
	if (options->trace) {
		r = run_trace_open(options->trace, options->key_dir, &given->trace, fault);
		if (r < 0)
			return r;
	}
	if (!options->output)
		return 0;
	given->output_fd = run_kept_directory(options->output, &given->output_made, fault);
	return given->output_fd < 0 ? given->output_fd : 0;
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

static void *preparation_run(void *userdata)
{
	struct run_preparation *preparation = userdata;

	urgent_end_here();
	preparation->r = prepare(preparation->options, preparation->given, &preparation->fault);
	if (preparation->r < 0)
		return NULL;
	preparation->needs = check_needs(preparation->given->policy, &preparation->fault);
	if (preparation->needs == 0)
		preparation->ahead = engine_ahead_make(preparation->given->policy);
	return NULL;
}

/*
 * One heap: one for each short-lived thread is made, filled anew and cleared away, and none of them has another one to wait for. What a run takes of it
 * is made present at once: page by page it is an exception each, which takes 10 us where a host keeps a guest's page tables. A kernel that cannot (before 5.14) does
 * it page by page.
 */
static void heap_prepare(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *room;

	(void)mallopt(M_ARENA_MAX, 1);
	/* In the heap, and kept there when it is free. */
	(void)mallopt(M_MMAP_THRESHOLD, 2 * HEAP_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, 4 * HEAP_BYTES);
	room = malloc(HEAP_BYTES);
	if (room == NULL)
		return;
	(void)madvise(room + (page - (uintptr_t)room % page), HEAP_BYTES - page,
		      MADV_POPULATE_WRITE);
	free(room);
}

/* Signals are the main thread's. */
int run_prepare_start(struct run_preparation *preparation, struct run_options *options,
		      struct run_given *given, struct fault *fault)
{
	int r;

	*preparation = (struct run_preparation){.options = options, .given = given};
	heap_prepare();
	(void)paths_policy_dirs(); /* found once, for both threads */
	urgent_enter(URGENT);
	r = thread_start(&preparation->thread, preparation_run, preparation);
	return r < 0 ? fault_set(fault, r, "run", "cannot start a thread") : 0;
}

int run_prepare_wait(struct run_preparation *preparation)
{
	(void)pthread_join(preparation->thread, NULL);
	return preparation->r < 0 ? preparation->r : preparation->needs;
}

bool run_prepare_is_mistake(const struct run_preparation *preparation)
{
	switch (preparation->r) {
	case 0:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -ENOSPC:
	case -EDQUOT:
	case -EIO:
		return false;
	default:
		return true;
	}
}
