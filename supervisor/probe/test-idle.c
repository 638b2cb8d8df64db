/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An idle host pays nothing: programs are attached while a step lives and until the caller rests, and never otherwise. The kernel is asked for every
 * link that there is, and whether a program of ours is at its end.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <string.h>

#include "lib/contract/limits.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum { RING_BYTES = 1 << 20 };

static struct probe *probe;
static char refusal[256];

static int setup_with(size_t ring_bytes)
{
	struct probe_options options = {.n_sandboxes = 2, .ring_bytes = ring_bytes};

	return probe_for_test(&options, &probe, refusal) ? 0 : -1;
}

static int setup(void **state _unused_)
{
	return setup_with(0);
}

static int setup_traced(void **state _unused_)
{
	return setup_with(RING_BYTES);
}

static int teardown(void **state _unused_)
{
	probe = probe_close(probe);
	tree_fd = fd_close(tree_fd);
	return 0;
}

static bool is_ours(uint32_t program)
{
	struct probe_program_info info;

	for (unsigned i = 0; probe_program_info(probe, i, &info); i++)
		if (info.id == program)
			return true;
	return false;
}

/* How many links of the host lead to a program of ours. */
static unsigned count_links(void)
{
	unsigned n = 0;

	for (uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
		_cleanup_close_ int fd = bpf_link_get_fd_by_id(id);
		struct bpf_link_info info = {0};
		uint32_t size = sizeof(info);

		/* Somebody else's may go meanwhile. */
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
			n += is_ours(info.prog_id);
	}
	return n;
}

static struct probe_step *begin(int group)
{
	const struct probe_spec spec = {.group_fd = group, .gas_limit = LIMIT_NONE};
	struct probe_step *step;
	struct fault fault = {0};

	if (probe_begin(probe, &spec, &step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return step;
}

static void test_only_while_a_step_lives(void **state _unused_)
{
	char names[2][64];
	int groups[2];
	struct probe_step *steps[2];

	if (probe == NULL) {
		print_message("# missing: %s\n", refusal);
		skip();
	}
	assert_int_equal(count_links(), 0);
	for (int i = 0; i < 2; i++) {
		groups[i] = group_make(names[i]);
		steps[i] = begin(groups[i]);
	}
	/* Calls and ends. */
	assert_true(count_links() >= 2);
	assert_int_equal(probe_end(steps[0], NULL), 0);
	assert_false(probe_rest(probe));
	assert_true(count_links() >= 2);
	assert_int_equal(probe_end(steps[1], NULL), 0);
	assert_true(probe_rest(probe));
	assert_int_equal(count_links(), 0);
	for (int i = 0; i < 2; i++) {
		(void)fd_close(groups[i]);
		(void)unlinkat(tree_fd, names[i], AT_REMOVEDIR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_while_a_step_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_while_a_step_lives, setup_traced, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
