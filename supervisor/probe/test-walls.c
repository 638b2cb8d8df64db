/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hooks of the steps' common group: what they refuse a step, what they let pass, and that nobody else is held by them. Programs from the object and
 * from a kept image alike.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "lib/contract/limits.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/test-group.h"

enum { TRY_STREAM, TRY_DGRAM6, TRY_RAW, TRY_UNIX, TRY_NULL, TRY_RANDOM, TRY_TTY, TRY_MKNOD, TRIES };

struct shared {
	int errors[TRIES]; /* 0: it went through */
};

static struct shared *shared;
static int shared_fd = -EBADF;

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static void tries(struct shared *memory)
{
	char path[] = "/tmp/assay-test-node-XXXXXX";

	memory->errors[TRY_STREAM] = error_of(socket(AF_INET, SOCK_STREAM, 0));
	memory->errors[TRY_DGRAM6] = error_of(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	memory->errors[TRY_RAW] = error_of(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	memory->errors[TRY_UNIX] = error_of(socket(AF_UNIX, SOCK_STREAM, 0));
	memory->errors[TRY_NULL] = error_of(open("/dev/null", O_RDWR | O_CLOEXEC));
	memory->errors[TRY_RANDOM] = error_of(open("/dev/urandom", O_RDONLY | O_CLOEXEC));
	/* Of the device itself whether there is a terminal: ENXIO. Being refused comes first. */
	memory->errors[TRY_TTY] = error_of(open("/dev/tty", O_RDONLY | O_CLOEXEC));
	(void)close(mkstemp(path));
	(void)unlink(path);
	memory->errors[TRY_MKNOD] = error_of(mknod(path, S_IFCHR | 0600, makedev(1, 3)));
	(void)unlink(path);
}

static int setup(void **state _unused_)
{
	shared = shared_make(sizeof(*shared), &shared_fd);
	assert_non_null(shared);
	tree_fd = tree_open();
	return 0;
}

static void missing(const char *what)
{
	print_message("# missing: %s\n", what);
	skip();
}

/* A probe whose steps lie below `base`. */
static struct probe *open_probe(int base, size_t ring_bytes)
{
	const struct probe_options options = {
		.group_fd = base, .levels_below = 1, .n_sandboxes = 1, .ring_bytes = ring_bytes};
	struct fault fault = {0};
	struct probe *probe;

	if (geteuid() != 0)
		missing("root");
	if (probe_open(&options, &probe, &fault) < 0)
		missing("bpf");
	return probe;
}

/* Tries everything in a step. */
static struct step_counters run(struct probe *probe, int base, enum policy_network network)
{
	const char *const argv[] = {"/proc/self/exe", "tries", NULL};
	struct probe_report report;
	struct probe_step *step;
	struct fault fault = {0};
	bool walls;
	int group;

	assert_int_equal(mkdirat(base, "step", 0755), 0);
	group = openat(base, "step", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (probe_begin(probe,
			&(struct probe_spec){
				.group_fd = group, .gas_limit = LIMIT_NONE, .network = network},
			&step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	walls = probe_has_walls(probe);
	memset(shared, 0xff, sizeof(*shared));
	(void)waitpid(spawn(group, argv, shared_fd), NULL, 0);
	(void)fd_close(group);
	for (int i = 0; unlinkat(base, "step", AT_REMOVEDIR) < 0 && i < 5000; i++)
		(void)usleep(1000);
	assert_int_equal(probe_end(step, &report), 0);
	assert_true(walls);
	return report.counters;
}

static void errors_are(int stream, int raw)
{
	assert_int_equal(shared->errors[TRY_STREAM], stream);
	assert_int_equal(shared->errors[TRY_DGRAM6], stream);
	assert_int_equal(shared->errors[TRY_RAW], raw);
	assert_int_equal(shared->errors[TRY_UNIX], 0);
	assert_int_equal(shared->errors[TRY_NULL], 0);
	assert_int_equal(shared->errors[TRY_RANDOM], 0);
	assert_int_equal(shared->errors[TRY_TTY], EPERM);
	assert_int_equal(shared->errors[TRY_MKNOD], EPERM);
}

static void hold(size_t ring_bytes)
{
	char name[64];
	_cleanup_close_ int base = group_make(name);
	struct probe *probe = open_probe(base, ring_bytes);
	struct step_counters counters = run(probe, base, POLICY_NETWORK_NONE);

	errors_are(EAFNOSUPPORT, EAFNOSUPPORT);
	assert_int_equal(counters.denied_socket, 3);
	assert_int_equal(counters.denied_device, 2);
	counters = run(probe, base, POLICY_NETWORK_LOOPBACK);
	errors_are(0, EAFNOSUPPORT);
	assert_int_equal(counters.denied_socket, 1);
	assert_int_equal(counters.denied_device, 2);
	/* The caller, and everybody else. */
	tries(shared);
	assert_int_equal(shared->errors[TRY_STREAM], 0);
	assert_int_equal(shared->errors[TRY_MKNOD], 0);
	(void)probe_close(probe);
	assert_int_equal(unlinkat(tree_fd, name, AT_REMOVEDIR), 0);
}

static void test_a_step_is_held(void **state _unused_)
{
	hold(0);
	/* Once more from the image that the first has kept. */
	hold(0);
}

static void test_a_traced_step_is_held(void **state _unused_)
{
	hold(1 << 20);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_step_is_held),
		cmocka_unit_test(test_a_traced_step_is_held),
	};

	if (argc > 1 && strcmp(argv[1], "tries") == 0) {
		tries(mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0));
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
