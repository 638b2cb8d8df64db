/* SPDX-License-Identifier: Apache-2.0 */
/* From a packaged profile to the ipc namespace that a job's step is in: one for all that nothing can be put into, a fresh one for others. */

#include "supervisor/engine/test-job.h"

#include "supervisor/policy/policy-filter.h"

/* What a step under `profile` says that it is in. */
static void namespace_under(const char *profile, char text[static 64])
{
	static struct job job;
	struct policy under = *policy;
	struct policy_filter filter = {0};
	struct fault fault = {0};

	if (policy_filter_load(&dirs, profile, &filter, &fault) < 0)
		fail_msg("%s", fault.text);
	under.run.filter = filter;
	job_init(&job, "exec readlink /proc/self/ns/ipc\n", 1);
	submit_with(&job, &under);
	loop_until_done(&job);
	policy_filter_clear(&filter);
	if (job.verdict != VERDICT_AC)
		fail_msg("%s: %s", profile, verdict_name(job.verdict));
	assert_int_equal(strncmp(job.output, "ipc:[", 5), 0);
	(void)snprintf(text, 64, "%s", job.output);
	job_clear(&job);
}

/* The one that is shared is there all the time: its number is nobody else's. */
static void what_a_profile_lets_through_decides(void **state _unused_)
{
	char host[64] = "", shared[64], other[64];
	ssize_t n;

	if (not_root())
		skip();
	n = readlink("/proc/self/ns/ipc", host, sizeof(host) - 2);
	assert_true(n > 0);
	host[n] = '\n';
	namespace_under("strict", shared);
	assert_string_not_equal(shared, host);
	for (int i = 0; i < 2; i++) {
		namespace_under("runtime", other);
		assert_string_not_equal(other, shared);
		assert_string_not_equal(other, host);
		namespace_under("strict", other);
		assert_string_equal(other, shared);
		/* The next sandbox is made before anybody asks, under this filter or the one before. */
		loop_for(20);
		namespace_under("strict", other);
		assert_string_equal(other, shared);
		namespace_under("compile", other);
		assert_string_not_equal(other, shared);
		loop_for(20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_profile_lets_through_decides),
	};

	return cmocka_run_group_tests_name("engine-ipc", tests, group_setup, group_teardown);
}
