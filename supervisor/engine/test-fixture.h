/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An engine for each test, and a policy that executes one shell script. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/test-scale.h"
#include "supervisor/engine/engine.h"

enum { LOOP_SECONDS = 30 };

static struct loop *loop;
static struct engine *engine;
static struct policy *policy; /* one file, executed */
static struct policy_dirs dirs;

static const char *path_below(const char *variable, const char *name)
{
	static char paths[2][4096];
	static unsigned at;
	const char *top = getenv(variable);

	at ^= 1;
	(void)snprintf(paths[at], sizeof(paths[at]), "%s/%s", top != NULL ? top : ".", name);
	return paths[at];
}

static inline int engine_make(unsigned n_slots)
{
	struct fault fault = {0};
	const struct engine_options options = {
		.n_slots = n_slots,
		.libexec_dir = path_below("ASSAY_BUILD", "libexec/assay"),
		.policy_dirs = &dirs,
	};
	int r = loop_new(&loop);

	(void)alarm((unsigned)(LOOP_SECONDS * time_scale()));
	if (r >= 0)
		r = engine_new(loop, &options, &engine, &fault);
	if (r < 0)
		print_message("# %s: %s\n", fault.layer, fault.text);
	return r < 0 ? -1 : 0;
}

static inline int setup(void **state _unused_)
{
	return geteuid() == 0 ? engine_make(1) : 0;
}

static inline int teardown(void **state _unused_)
{
	engine = engine_free(engine);
	loop = loop_free(loop);
	(void)alarm(0);
	return 0;
}

static inline int group_setup(void **state _unused_)
{
	static char vendor[4096];
	struct fault fault = {0};

	(void)snprintf(vendor, sizeof(vendor), "%s", path_below("ASSAY_SOURCE", "policies"));
	dirs.vendor = vendor;
	if (policy_load(&dirs, "shell", &policy, &fault) == 0) {
		struct limits *limits = &policy->run.limits;

		limits_set(limits, LIMIT_CPU, limits_get(limits, LIMIT_CPU) * time_scale());
		limits_set(limits, LIMIT_WALL, limits_get(limits, LIMIT_WALL) * time_scale());
		return 0;
	}
	print_message("# %s\n", fault.text);
	return -1;
}

static inline int group_teardown(void **state _unused_)
{
	policy = policy_free(policy);
	return 0;
}

static inline void loop_for(uint64_t msec)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + msec * NSEC_PER_MSEC, now;

	while ((now = clock_now_ns(CLOCK_MONOTONIC)) < end)
		assert_true(loop_turn(loop, end - now) >= 0);
}

static inline bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
