/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real programs in real groups: what is counted is what strace counts, gas is the same in every run, and a limit stops the program at the
 * very call that reaches it. The programs are this file's own (executed anew with a role) and the system's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/test-scale.h"
#include "lib/base/urgent.h"
#include "lib/contract/limits.h"
#include "lib/contract/syscall.h"
#include "supervisor/probe/probe.h"
#include "supervisor/probe/test-group.h"

enum { CALLS = 200, THREADS = 4, BUDGET_USEC = 50000 };

/* What a role has done, in memory that outlives it. */
struct shared {
	uint64_t done[THREADS];
};

static struct probe *probe;
static struct gas_schedule schedule; /* every call costs 1, nothing else costs anything */
static struct shared *shared;
static int shared_fd = -EBADF;
static char refusal[256];

static int setup(void **state _unused_)
{
	struct probe_options options = {.n_sandboxes = 4};

	/* Random hashes of Python are random numbers of calls for memory. */
	(void)setenv("PYTHONHASHSEED", "0", 1);
	(void)setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	assert_true(probe_for_test(&options, &probe, refusal));
	schedule = (struct gas_schedule){.id = "test",
					 .n_classes = 1,
					 .bytes_unit = 1,
					 .classes = {{.name = "call", .price = 1}}};
	shared = shared_make(sizeof(*shared), &shared_fd);
	assert_non_null(shared);
	return 0;
}

static int teardown(void **state _unused_)
{
	probe = probe_close(probe);
	(void)fd_close(tree_fd);
	(void)fd_close(shared_fd);
	return 0;
}

static uint64_t usec_of(const struct rusage *usage)
{
	return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void need_bpf(void)
{
	if (probe != NULL)
		return;
	print_message("# missing: %s\n", refusal);
	skip();
}

/* Kills what the kernel side said must end: descendants too. */
static void on_ended(void *userdata, enum probe_end why _unused_)
{
	(void)file_write(*(int *)userdata, "cgroup.kill", "1");
}

/* A sanitizer's own calls are not the same in each run. */
static void need_same_calls(void)
{
	const char *sanitized = getenv("ASSAY_SANITIZE");

	if (sanitized == NULL || sanitized[0] == '\0')
		return;
	print_message("# missing: a program that makes the same calls each time\n");
	skip();
}

static int run_status;

static struct probe_report run(const char *const argv[], uint64_t limit)
{
	char name[64];
	_cleanup_close_ int group = group_make(name);
	int group_lent = group;
	const struct probe_spec spec = {
		.group_fd = group,
		.schedule = &schedule,
		.gas_limit = limit,
		.callbacks = {.ended = on_ended},
		.userdata = &group_lent,
	};
	struct probe_step *step;
	struct probe_report report;
	struct fault fault = {0};
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	if (probe_begin(probe, &spec, &step, &fault) < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	pid = spawn(group, argv, shared_fd);
	assert_true(pid > 0);
	while (waitpid(pid, &run_status, WNOHANG) == 0) {
		assert_true(probe_poll(probe, 100) >= 0);
		(void)usleep(200);
	}
	assert_true(group_settle(probe, group, name));
	assert_int_equal(probe_end(step, &report), 0);
	return report;
}

/* --- roles --- */

static void role_calls(uint64_t *done)
{
	for (int i = 0; i < CALLS; i++) {
		(void)syscall(SYS_getppid);
		__atomic_add_fetch(done, 1, __ATOMIC_RELAXED);
	}
}

static void *role_thread(void *done)
{
	role_calls(done);
	return NULL;
}

static void role_threads(struct shared *memory)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, role_thread, &memory->done[i]);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}

static void role_children(struct shared *memory)
{
	for (int i = 0; i < THREADS; i++)
		if (fork() == 0) {
			role_calls(&memory->done[i]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
}

/* Says all the time when it is, without a call: the vDSO. */
static void role_watch(struct shared *memory)
{
	for (;;)
		memory->done[0] = clock_now_ns(CLOCK_MONOTONIC);
}

static void on_alarm(int signal _unused_)
{
}

/* Calls that a signal ends, however late they are made: the signal comes again and again. */
static void role_interrupted(void)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	int ends[2];
	char byte;

	(void)sigaction(SIGALRM, &action, NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		_exit(1);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	(void)syscall(SYS_pause);					 /* ERESTARTNOHAND */
	(void)syscall(SYS_readv, ends[0], &(struct iovec){&byte, 1}, 1); /* ERESTARTSYS */
	(void)setitimer(ITIMER_REAL, &never, NULL);
}

enum {
	HEAP_BEFORE = 5,
	HEAP_CHILD = 3,
	HEAP_AFTER = 2,
	HEAP_LEFT = 100,
	HEAP_STACK_BYTES = 64 << 10
};

/* Where the heap ends; nobody asks the kernel for it but once. */
static char *heap_end;

static void grow(size_t pages)
{
	heap_end += pages * (size_t)sysconf(_SC_PAGESIZE);
	(void)syscall(SYS_brk, heap_end);
}

/* A child has its parent's heap, with its end where that one's is; what it adds is its own. */
static void role_heap_copied(bool grows)
{
	grow(grows ? HEAP_BEFORE : 0);
	if (fork() == 0) {
		grow(grows ? HEAP_CHILD : 0);
		_exit(0);
	}
	(void)wait(NULL);
	grow(grows ? HEAP_AFTER : 0);
}

static int heap_sharer(void *grows)
{
	grow(grows != NULL ? HEAP_CHILD : 0);
	_exit(0);
}

/* One heap of two processes. */
static void role_heap_shared(bool grows)
{
	static _Alignas(16) char stack[HEAP_STACK_BYTES];

	grow(grows ? HEAP_BEFORE : 0);
	(void)clone(heap_sharer, stack + sizeof(stack), CLONE_VM | SIGCHLD, grows ? stack : NULL);
	(void)wait(NULL);
	grow(grows ? HEAP_AFTER : 0);
}

/* What is executed begins with an empty heap, wherever that of before had its end. */
static void role_heap_left(bool grows)
{
	grow(grows ? HEAP_LEFT : 0);
	(void)execl("/proc/self/exe", "self", grows ? "heap-after-grows" : "heap-after-still", NULL);
	_exit(1);
}

static void role_heap_after(bool grows)
{
	grow(grows ? HEAP_AFTER : 0);
}

static const struct {
	const char *name;
	void (*run)(bool grows);
	uint64_t pages; /* more, when it grows */
} heap_roles[] = {
	{"heap-copied", role_heap_copied, HEAP_BEFORE + HEAP_CHILD + HEAP_AFTER},
	{"heap-shared", role_heap_shared, HEAP_BEFORE + HEAP_CHILD + HEAP_AFTER},
	{"heap-left", role_heap_left, HEAP_LEFT + HEAP_AFTER},
	{"heap-after", role_heap_after, HEAP_AFTER},
};

static bool role_heap(const char *role)
{
	for (size_t i = 0; i < ARRAY_SIZE(heap_roles); i++) {
		size_t length = strlen(heap_roles[i].name);

		if (strncmp(role, heap_roles[i].name, length) != 0 || role[length] != '-')
			continue;
		heap_end = (char *)syscall(SYS_brk, NULL);
		heap_roles[i].run(strcmp(role + length, "-grows") == 0);
		return true;
	}
	return false;
}

static int role_main(const char *role)
{
	struct shared *memory =
		mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);

	if (memory == MAP_FAILED)
		return 1;
	if (strcmp(role, "calls") == 0)
		role_calls(&memory->done[0]);
	else if (strcmp(role, "threads") == 0)
		role_threads(memory);
	else if (strcmp(role, "watch") == 0)
		role_watch(memory);
	else if (strcmp(role, "spin") == 0)
		for (volatile uint64_t i = 0;; i++)
			;
	else if (strcmp(role, "interrupted") == 0)
		role_interrupted();
	else if (role_heap(role))
		;
	else if (strcmp(role, "children") == 0)
		role_children(memory);
	else
		return 1;
	_exit(0);
}

/* --- tests --- */

static const char *const calls[] = {"/proc/self/exe", "calls", NULL};
static const char *const threads[] = {"/proc/self/exe", "threads", NULL};
static const char *const children[] = {"/proc/self/exe", "children", NULL};

static void test_counts_a_known_program(void **state _unused_)
{
	struct probe_report report;

	need_bpf();
	report = run(calls, LIMIT_NONE);
	assert_int_equal(run_status, 0);
	assert_int_equal(report.end, PROBE_END_NONE);
	assert_int_equal(report.counters.calls[SYS_getppid], CALLS);
	assert_int_equal(report.counters.calls[SYS_execve], 1);
	assert_int_equal(report.counters.execs, 1);
	assert_int_equal(report.counters.exits, 1);
	assert_int_equal(report.counters.forks, 0);
	assert_true(report.counters.minor_faults > 0 && report.counters.minor_faults < 10000);
	assert_int_equal(report.gas.used, report.counters.syscalls);
	assert_int_equal(shared->done[0], CALLS);
}

static struct probe_report run_heap(const char *name, const char *how)
{
	char role[64];
	const char *const argv[] = {"/proc/self/exe", role, NULL};
	struct probe_report report;

	(void)snprintf(role, sizeof(role), "%s-%s", name, how);
	schedule.classes[0].extra = GAS_EXTRA_PAGES;
	report = run(argv, LIMIT_NONE);
	schedule.classes[0].extra = GAS_EXTRA_NONE;
	assert_int_equal(run_status, 0);
	return report;
}

static void test_counts_heaps(void **state _unused_)
{
	need_bpf();
	need_same_calls();
	for (size_t i = 0; i < ARRAY_SIZE(heap_roles); i++) {
		struct probe_report still = run_heap(heap_roles[i].name, "still");

		/* Where heaps lie is another place each time. */
		for (int n = 0; n < 4; n++) {
			struct probe_report grows = run_heap(heap_roles[i].name, "grows");

			assert_int_equal(grows.counters.syscalls, still.counters.syscalls);
			assert_int_equal(grows.counters.pages,
					 still.counters.pages + heap_roles[i].pages);
		}
	}
}

static void test_tells_which_calls_were_interrupted(void **state _unused_)
{
	const char *const argv[] = {"/proc/self/exe", "interrupted", NULL};
	struct probe_report report;
	unsigned n = 0;

	need_bpf();
	report = run(argv, LIMIT_NONE);
	assert_int_equal(run_status, 0);
	for (int nr = 0; nr < SYSCALL_MAX; nr++)
		n += report.counters.restarted[nr];
	assert_int_equal(n, 1);
	assert_true(report.counters.restarted[SYS_readv]);
	assert_int_equal(report.counters.calls[SYS_readv], 0);
	assert_true(report.counters.interrupted >= 2);
	report = run(threads, LIMIT_NONE);
	assert_false(report.counters.restarted[SYS_getppid]);
	assert_false(report.counters.restarted[SYS_clone] || report.counters.restarted[SYS_clone3]);
	assert_false(report.counters.restarted[SYS_readv]);
}

/* "% time  seconds  usecs/call  calls  [errors]  syscall" */
static void strace_line(char *line, uint64_t counts[static SYSCALL_MAX])
{
	char *words[8], *at = line;
	size_t n = 0;

	while (n < ARRAY_SIZE(words) && (words[n] = strsep(&at, " \n")) != NULL)
		n += words[n][0] != '\0';
	if (n >= 5 && syscall_number(words[n - 1]) >= 0)
		counts[syscall_number(words[n - 1])] = strtoul(words[3], NULL, 10);
}

/* The calls by strace -f -c of the same command. */
static void strace_counts(const char *const argv[], uint64_t counts[static SYSCALL_MAX])
{
	char path[] = "/tmp/assay-test-strace-XXXXXX", line[256];
	const char *words[32] = {"/usr/bin/strace", "-f", "-c", "-o", path};
	int fd = mkstemp(path), status;
	size_t n = 5;
	FILE *file;
	pid_t pid;

	assert_true(fd >= 0);
	for (size_t i = 0; argv[i] != NULL && n < ARRAY_SIZE(words) - 1; i++)
		words[n++] = argv[i];
	pid = fork();
	if (pid == 0)
		child_exec(words, shared_fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	file = fdopen(fd, "r");
	while (fgets(line, sizeof(line), file) != NULL)
		strace_line(line, counts);
	(void)fclose(file);
	(void)unlink(path);
}

static void compare_with_strace(const char *const argv[])
{
	uint64_t counts[SYSCALL_MAX] = {0};
	struct probe_report report;

	need_bpf();
	if (access("/usr/bin/strace", X_OK) < 0 || access(argv[0], X_OK) < 0) {
		print_message("# missing: strace, %s\n", argv[0]);
		skip();
	}
	strace_counts(argv, counts);
	assert_int_equal(counts[SYS_execve] > 0, 1);
	report = run(argv, LIMIT_NONE);
	for (int nr = 0; nr < SYSCALL_MAX; nr++)
		if (nr != SYS_rt_sigreturn && counts[nr] != report.counters.calls[nr])
			fail_msg("%s: strace %lu, we %lu", syscall_name(nr),
				 (unsigned long)counts[nr],
				 (unsigned long)report.counters.calls[nr]);
}

static void test_strace_c(void **state _unused_)
{
	const char *const argv[] = {"/bin/ls", "-l", "/usr", NULL};

	compare_with_strace(argv);
}

static void test_strace_python(void **state _unused_)
{
	const char *const argv[] = {"/usr/bin/python3", "-s", "-c",
				    "import json; print(json.dumps([1]))", NULL};

	compare_with_strace(argv);
}

static void test_strace_shell(void **state _unused_)
{
	const char *const argv[] = {"/bin/sh", "-c", "/bin/ls /usr | /bin/cat; /bin/true", NULL};

	compare_with_strace(argv);
}

static void gas_repeats(const char *const argv[])
{
	uint64_t first;

	need_bpf();
	if (access(argv[0], X_OK) < 0)
		skip();
	first = run(argv, LIMIT_NONE).gas.used;
	assert_true(first > 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(run(argv, LIMIT_NONE).gas.used, first);
}

static void test_gas_repeats_python(void **state _unused_)
{
	const char *const argv[] = {"/usr/bin/python3", "-s", "-c", "print(sum(range(1000)))", NULL};

	gas_repeats(argv);
}

static void test_gas_repeats_shell(void **state _unused_)
{
	const char *const argv[] = {"/bin/sh", "-c", "echo a | /bin/cat | /usr/bin/sort", NULL};

	gas_repeats(argv);
}

/* No instruction of the program runs after the call that reaches the limit: its counter says so, at every limit. */
static void test_limit_stops_at_the_call(void **state _unused_)
{
	uint64_t total, prefix;

	need_bpf();
	need_same_calls();
	total = run(calls, LIMIT_NONE).gas.used;
	prefix = total - CALLS;
	for (uint64_t limit = 1; limit <= total; limit++) {
		struct probe_report report = run(calls, limit);

		assert_int_equal(report.end, PROBE_END_GAS);
		assert_int_equal(report.gas.used, limit);
		assert_true(WIFSIGNALED(run_status) && WTERMSIG(run_status) == SIGKILL);
		assert_int_equal(shared->done[0], limit > prefix ? limit - prefix - 1 : 0);
		if (limit > prefix)
			assert_int_equal(report.end_call, SYS_getppid);
	}
	assert_int_equal(run(calls, total + 1).end, PROBE_END_NONE);
}

static uint64_t all_done(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += shared->done[i];
	return sum;
}

/* With others at the same time: each call that was completed before the crossing gave at most one step. */
static void limit_with_others(const char *const argv[])
{
	uint64_t total, others;

	need_bpf();
	total = run(argv, LIMIT_NONE).gas.used;
	assert_int_equal(all_done(), THREADS * CALLS);
	others = total - (uint64_t)THREADS * CALLS;
	for (uint64_t limit = others; limit < total - 50; limit += 37) {
		struct probe_report report = run(argv, limit);

		assert_int_equal(report.end, PROBE_END_GAS);
		assert_true(report.gas.used >= limit && report.gas.used <= limit + THREADS);
		assert_true(all_done() < report.counters.calls[SYS_getppid] ||
			    report.end_call != SYS_getppid);
	}
}

static void test_limit_with_threads(void **state _unused_)
{
	limit_with_others(threads);
}

static void test_limit_with_children(void **state _unused_)
{
	limit_with_others(children);
}

static void on_cpu_spent(void *userdata)
{
	*(bool *)userdata = true;
}

/* A spinner without calls is noticed by an interrupt. */
static void test_cpu_budget(void **state _unused_)
{
	const char *const argv[] = {"/proc/self/exe", "spin", NULL};
	char name[64];
	_cleanup_close_ int group = group_make(name);
	bool spent = false;
	const struct probe_spec spec = {
		.group_fd = group,
		.gas_limit = LIMIT_NONE,
		.callbacks = {.cpu_spent = on_cpu_spent},
		.userdata = &spent,
	};
	struct probe_step *step;
	struct rusage before, after;
	struct fault fault = {0};
	struct pollfd pfd = {.events = POLLIN};
	pid_t pid;

	need_bpf();
	pfd.fd = probe_urgent_fd(probe);
	assert_int_equal(probe_begin(probe, &spec, &step, &fault), 0);
	assert_int_equal(probe_cpu_open(step, group), 0);
	assert_int_equal(getrusage(RUSAGE_CHILDREN, &before), 0);
	pid = spawn(group, argv, shared_fd);
	urgent_enter(
		URGENT); /* as the engine's loop is: a busy host would have it wait behind the spinner */
	assert_int_equal(probe_cpu_start(step, UINT64_C(1000) * BUDGET_USEC, LIMIT_NONE), 0);
	while (!spent && poll(&pfd, 1, 10000) > 0)
		assert_int_equal(probe_urgent(probe), 0);
	assert_true(spent);
	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){.sched_priority = 0});
	assert_int_equal(waitpid(pid, &run_status, 0), pid);
	assert_int_equal(getrusage(RUSAGE_CHILDREN, &after), 0);
	assert_true(group_settle(probe, group, name));
	assert_int_equal(probe_end(step, NULL), 0);
	/* Early where a hypervisor takes the CPU away; the start before the program's own execve is not in the budget. */
	assert_in_range(usec_of(&after) - usec_of(&before), BUDGET_USEC / 4,
			time_scale() * 2 * BUDGET_USEC);
}

static void on_cpu_end(void *userdata, enum probe_end why)
{
	*(enum probe_end *)userdata = why;
}

/* The kernel side ends it: never before the scheduler's account says so, and soon after. */
static void test_cpu_budget_ends(void **state _unused_)
{
	const char *const argv[] = {"/proc/self/exe", "watch", NULL};
	char name[64], text[1024];
	_cleanup_close_ int group = group_make(name);
	enum probe_end why = PROBE_END_NONE;
	const struct probe_spec spec = {
		.group_fd = group,
		.gas_limit = LIMIT_NONE,
		.callbacks = {.ended = on_cpu_end},
		.userdata = &why,
	};
	struct probe_step *step;
	struct probe_report report;
	struct fault fault = {0};
	uint64_t usage_usec;

	need_bpf();
	assert_int_equal(probe_begin(probe, &spec, &step, &fault), 0);
	assert_int_equal(probe_cpu_open(step, group), 0);
	assert_int_equal(
		probe_cpu_start(step, UINT64_C(50) * BUDGET_USEC, UINT64_C(1000) * BUDGET_USEC), 0);
	/* Nobody but the kernel side kills it. */
	assert_int_equal(waitpid(spawn(group, argv, shared_fd), &run_status, 0) > 0, true);
	assert_true(WIFSIGNALED(run_status) && WTERMSIG(run_status) == SIGKILL);
	assert_int_equal(probe_urgent(probe), 0);
	assert_int_equal(why, PROBE_END_CPU);
	assert_true(file_read(group, "cpu.stat", text, sizeof(text)) > 0);
	assert_int_equal(text_field_u64(text, "usage_usec", &usage_usec), 0);
	/* Dying counts as well, and takes long on a busy host. */
	assert_in_range(usage_usec, BUDGET_USEC, time_scale() * 2 * BUDGET_USEC);
	assert_true(group_settle(probe, group, name));
	assert_int_equal(probe_end(step, &report), 0);
	assert_int_equal(report.end, PROBE_END_CPU);
	/* Not an instruction after it; and what it had by then is not less than the budget. */
	assert_true(shared->done[0] > 0 && shared->done[0] <= report.cpu_end_at_ns);
	assert_true(report.cpu_end_ns >= UINT64_C(1000) * BUDGET_USEC);
	print_message("# killed %llu ns after the end of a budget; %lu us when it was dead\n",
		      (unsigned long long)(report.cpu_end_ns - UINT64_C(1000) * BUDGET_USEC),
		      usage_usec - BUDGET_USEC);
}

static void test_prices_have_a_range(void **state _unused_)
{
	char name[64];
	_cleanup_close_ int group = -EBADF;
	struct gas_schedule dear = schedule;
	struct probe_spec spec = {.schedule = &dear, .gas_limit = LIMIT_NONE};
	struct probe_step *step;
	struct fault fault = {0};

	need_bpf();
	group = group_make(name);
	spec.group_fd = group;
	dear.classes[0].price = UINT64_MAX;
	assert_int_equal(probe_begin(probe, &spec, &step, &fault), -ERANGE);
	assert_string_equal(fault.layer, "gas");
	(void)unlinkat(tree_fd, name, AT_REMOVEDIR);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_a_known_program),
		cmocka_unit_test(test_counts_heaps),
		cmocka_unit_test(test_tells_which_calls_were_interrupted),
		cmocka_unit_test(test_strace_c),
		cmocka_unit_test(test_strace_python),
		cmocka_unit_test(test_strace_shell),
		cmocka_unit_test(test_gas_repeats_python),
		cmocka_unit_test(test_gas_repeats_shell),
		cmocka_unit_test(test_limit_stops_at_the_call),
		cmocka_unit_test(test_limit_with_threads),
		cmocka_unit_test(test_limit_with_children),
		cmocka_unit_test(test_cpu_budget),
		cmocka_unit_test(test_cpu_budget_ends),
		cmocka_unit_test(test_prices_have_a_range),
	};

	if (argc > 1)
		return role_main(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
