/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Profiles and the filters that are made of them: what each packaged profile answers, asked of the
 * interpreter for every row and, for the answers that the kernel gives, of the kernel itself.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "supervisor/policy/policy-refusal.h"
#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-profile.h"
#include "supervisor/policy/seccomp-simulate.h"

enum {
	ALLOW = 0,
	KILL = -1, /* any other value is an errno */
};

static const char *policies_dir(const char *below)
{
	static char path[4096];
	const char *source = getenv("ASSAY_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/%s", source ? source : ".", below);
	return path;
}

static void filter_make(const char *directory, const char *name, struct policy_filter *filter)
{
	const struct policy_dirs dirs = {.vendor = policies_dir(directory)};
	const struct policy_search search = {.dirs = &dirs, .below = "/seccomp"};
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = NULL;
	struct fault fault = {.error = 0};

	if (seccomp_profile_load(&search, name, &profile, &fault) < 0 ||
	    seccomp_profile_compile(profile, filter, &fault) < 0)
		fail_msg("%s: %s", name, fault.text);
}

static void filter_clear(struct policy_filter *filter)
{
	free(filter->profile);
	free(filter->instructions);
}

static int answer(const struct policy_filter *filter, const struct seccomp_data *data)
{
	uint32_t action = seccomp_simulate(filter->instructions, filter->n_instructions, data);

	if (action == SECCOMP_RET_ALLOW)
		return ALLOW;
	if (action == SECCOMP_RET_USER_NOTIF)
		return KILL;
	assert_int_equal(action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	return (int)(action & SECCOMP_RET_DATA);
}

struct row {
	const char *call;
	uint64_t arg0, arg1, arg2;
	int strict, runtime, compile; /* ALLOW, KILL or an errno */
};

static const struct row rows[] = {
	{"read", 0, 0, 0, ALLOW, ALLOW, ALLOW},
	{"execve", 0, 0, 0, ALLOW, ALLOW, ALLOW},
	{"openat", 0, 0, 0, ALLOW, ALLOW, ALLOW},
	{"futex", 0, 0, 0, ALLOW, ALLOW, ALLOW},
	{"clone", SIGCHLD, 0, 0, ALLOW, ALLOW, ALLOW},
	{"clone", 0x3d0f00, 0, 0, ALLOW, ALLOW, ALLOW}, /* glibc's pthread_create */
	{"clone", 0x10000000 | SIGCHLD, 0, 0, KILL, KILL, KILL},
	{"clone", 0x00020000, 0, 0, KILL, KILL, KILL},
	{"clone3", 0, 0, 0, ENOSYS, ENOSYS, ENOSYS},
	{"socket", AF_UNIX, SOCK_STREAM, 0, EAFNOSUPPORT, ALLOW, ALLOW},
	{"socket", AF_INET, SOCK_STREAM, 0, KILL, KILL, EAFNOSUPPORT},
	{"socket", AF_INET6, SOCK_DGRAM, 0, KILL, KILL, EAFNOSUPPORT},
	{"socket", AF_NETLINK, SOCK_RAW, 0, KILL, KILL, EAFNOSUPPORT},
	/* the kernel takes an int: bits above it change nothing */
	{"socket", UINT64_C(0x100000000) | AF_INET, 1, 0, KILL, KILL, EAFNOSUPPORT},
	{"socket", UINT64_C(0x100000000) | AF_UNIX, 1, 0, EAFNOSUPPORT, ALLOW, ALLOW},
	{"socketpair", AF_UNIX, 0, 0, KILL, ALLOW, ALLOW},
	{"socketpair", AF_INET, 0, 0, KILL, KILL, KILL},
	{"connect", 3, 0, 0, KILL, ALLOW, ALLOW},
	{"ptrace", 0, 0, 0, KILL, KILL, KILL},
	{"bpf", 0, 0, 0, KILL, KILL, KILL},
	{"userfaultfd", 0, 0, 0, KILL, KILL, KILL},
	{"perf_event_open", 0, 0, 0, KILL, KILL, KILL},
	{"keyctl", 0, 0, 0, KILL, KILL, KILL},
	{"mount", 0, 0, 0, KILL, KILL, KILL},
	{"unshare", 0, 0, 0, KILL, KILL, KILL},
	{"setns", 0, 0, 0, KILL, KILL, KILL},
	{"open_by_handle_at", 0, 0, 0, KILL, KILL, KILL},
	{"seccomp", 0, 0, 0, KILL, KILL, KILL},
	{"io_uring_setup", 0, 0, 0, KILL, EPERM, EPERM},
	{"chroot", 0, 0, 0, KILL, EPERM, EPERM},
	{"landlock_create_ruleset", 0, 0, 0, KILL, EPERM, EPERM},
	{"memfd_create", 0, 0, 0, KILL, ALLOW, ALLOW},
	{"memfd_secret", 0, 0, 0, KILL, KILL, KILL},
	{"execveat", 0, 0, 0, KILL, EPERM, EPERM},
	{"sched_setaffinity", 0, 0, 0, EPERM, EPERM, ALLOW},
	{"sched_setscheduler", 0, 0, 0, EPERM, EPERM, EPERM},
	{"swapcontext", 0, 0, 0, KILL, ENOSYS, ENOSYS},
	{"ioctl", 1, 0x5401, 0, ALLOW, ALLOW, ALLOW},	 /* TCGETS */
	{"ioctl", 1, 0x5412, 0, ENOTTY, ENOTTY, ENOTTY}, /* TIOCSTI */
	{"ioctl", 1, UINT64_C(0x100005412), 0, ENOTTY, ENOTTY, ENOTTY},
	{"prctl", PR_SET_NAME, 0, 0, ALLOW, ALLOW, ALLOW},
	{"prctl", PR_SET_SECCOMP, 2, 0, EINVAL, EINVAL, EINVAL},
	{"prctl", PR_SET_MM, 0, 0, EINVAL, EINVAL, EINVAL},
	{"personality", 0xffffffff, 0, 0, ALLOW, ALLOW, ALLOW},
	{"personality", UINT64_C(0xffffffffffffffff), 0, 0, ALLOW, ALLOW, ALLOW},
	{"personality", 0x0400000, 0, 0, KILL, KILL, KILL}, /* READ_IMPLIES_EXEC */
	{"mknodat", 0, 0, S_IFIFO | 0600, KILL, ALLOW, ALLOW},
	{"mknodat", 0, 0, S_IFCHR | 0600, KILL, EPERM, EPERM},
	{"mknodat", 0, 0, S_IFBLK | 0600, KILL, EPERM, EPERM},
};

static void check_rows(const char *profile, size_t offset)
{
	struct policy_filter filter = {.profile = NULL};
	size_t n_wrong = 0;

	filter_make("policies", profile, &filter);
	assert_true(filter.notifies);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seccomp_data data = {
			.nr = seccomp_call_number(rows[i].call),
			.arch = SECCOMP_NATIVE_ARCH,
			.args = {rows[i].arg0, rows[i].arg1, rows[i].arg2},
		};
		int expected;

		memcpy(&expected, (const char *)&rows[i] + offset, sizeof(expected));
		if (data.nr < 0 || answer(&filter, &data) == expected)
			continue;
		print_error("%s: %s(%#llx, %#llx) answers %d, expected %d\n", profile, rows[i].call,
			    data.args[0], data.args[1], answer(&filter, &data), expected);
		n_wrong++;
	}
	filter_clear(&filter);
	assert_int_equal(n_wrong, 0);
}

static void strict_answers(void **state)
{
	(void)state;
	check_rows("strict", offsetof(struct row, strict));
}

static void runtime_answers(void **state)
{
	(void)state;
	check_rows("runtime", offsetof(struct row, runtime));
}

static void compile_answers(void **state)
{
	(void)state;
	check_rows("compile", offsetof(struct row, compile));
}

static void jvm_differs_in_sockets_only(void **state)
{
	struct policy_filter runtime = {.profile = NULL}, jvm = {.profile = NULL};
	struct seccomp_data data = {.arch = SECCOMP_NATIVE_ARCH};

	(void)state;
	filter_make("policies", "runtime", &runtime);
	filter_make("policies", "jvm", &jvm);
	for (data.nr = 0; data.nr < 600; data.nr++)
		for (data.args[0] = 0; data.args[0] < 40; data.args[0]++)
			if (data.nr != seccomp_call_number("socket"))
				assert_int_equal(answer(&runtime, &data), answer(&jvm, &data));
	data.nr = seccomp_call_number("socket");
	data.args[0] = AF_INET;
	assert_int_equal(answer(&runtime, &data), KILL);
	assert_int_equal(answer(&jvm, &data), EAFNOSUPPORT);
	filter_clear(&runtime);
	filter_clear(&jvm);
}

/* Nothing that opens, starts or connects anything. */
static void the_checker_can_hardly_do_a_thing(void **state)
{
	static const char *const closed[] = {"openat", "open",	"socket",      "clone",
					     "fork",   "vfork", "unlink",      "kill",
					     "ptrace", "dup2",	"pipe2",       "mkdir",
					     "chdir",  "bpf",	"memfd_create"};
	struct policy_filter filter = {.profile = NULL};

	(void)state;
	filter_make("policies", "checker", &filter);
	for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
		struct seccomp_data data = {
			.nr = seccomp_call_number(closed[i]),
			.arch = SECCOMP_NATIVE_ARCH,
		};

		if (data.nr >= 0)
			assert_int_equal(answer(&filter, &data), KILL);
	}
	filter_clear(&filter);
}

static void other_architectures_are_notified(void **state)
{
	static const uint32_t others[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, 0};
	static const char *const profiles[] = {"strict", "runtime", "jvm", "compile", "checker"};

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		struct policy_filter filter = {.profile = NULL};
		struct seccomp_data data = {.nr = 0};

		filter_make("policies", profiles[p], &filter);
		for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
			data.arch = others[i];
			assert_int_equal(answer(&filter, &data), KILL);
		}
#ifdef __x86_64__
		/* x32: the number of read with the bit */
		data = (struct seccomp_data){.nr = SECCOMP_X32_BIT, .arch = SECCOMP_NATIVE_ARCH};
		assert_int_equal(answer(&filter, &data), KILL);
#endif
		filter_clear(&filter);
	}
}

static void calls_newer_than_the_library_answer_enosys(void **state)
{
	struct policy_filter filter = {.profile = NULL};
	struct seccomp_data data = {.arch = SECCOMP_NATIVE_ARCH};

	(void)state;
	filter_make("policies", "strict", &filter);
	for (data.nr = seccomp_call_highest() + 1; data.nr < 2000; data.nr++)
		assert_int_equal(answer(&filter, &data), ENOSYS);
	filter_clear(&filter);
}

static void nested_conditions_hold(void **state)
{
	static const struct {
		const char *call;
		uint64_t args[3];
		int answer;
	} tries[] = {
		{"prctl", {PR_SET_NAME, 99, 0}, ALLOW},
		{"prctl", {PR_SET_DUMPABLE, 0, 0}, ALLOW},
		{"prctl", {PR_SET_DUMPABLE, 1, 0}, ALLOW},
		{"prctl", {PR_SET_DUMPABLE, 2, 0}, EINVAL},
		/* the option is an int, its argument a long */
		{"prctl", {UINT64_C(1) << 32 | PR_SET_DUMPABLE, 1, 0}, ALLOW},
		{"prctl", {PR_SET_DUMPABLE, UINT64_C(1) << 32, 0}, EINVAL},
		{"prctl", {PR_SET_SECCOMP, 1, 0}, EINVAL},
		{"fcntl", {0, F_SETFL, O_NONBLOCK}, EPERM},
		{"fcntl", {0, F_SETFL, O_APPEND}, ALLOW},
		{"fcntl", {7, F_GETFD, O_NONBLOCK}, ALLOW},
		{"fcntl", {0, F_DUPFD, 0}, EPERM},
		{"openat", {0, 0, 0}, KILL},
	};
	struct policy_filter filter = {.profile = NULL};

	(void)state;
	filter_make("tests/fixtures/policies/good", "pinned", &filter);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct seccomp_data data = {
			.nr = seccomp_call_number(tries[i].call),
			.arch = SECCOMP_NATIVE_ARCH,
			.args = {tries[i].args[0], tries[i].args[1], tries[i].args[2]},
		};

		if (answer(&filter, &data) != tries[i].answer)
			fail_msg("row %zu answers %d", i, answer(&filter, &data));
	}
	filter_clear(&filter);
}

/* --- conditions --- */

static void conditions_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t n_alternatives; /* 0: an error */
	} tries[] = {
		{"int0 == 1", 1},
		{"arg5 == 0xffffffffffffffff", 1},
		{"int0 in 1 2 3", 3},
		{"int0 in 1 2 and int1 in 3 4", 4},
		{"int0 & 0xf0 == 0x10 and arg2 == AF_UNIX", 1},
		{"int0 & CLONE_NEWNS|CLONE_NEWPID == 0", 1},
		{"  int0   ==   1  ", 1},
		{"", 0},
		{"int0", 0},
		{"int0 =", 0},
		{"int0 ==", 0},
		{"int0 == 1 2", 0},
		{"int0 == 1 or int0 == 2", 0},
		{"int0 in", 0},
		{"int0 & 0 == 0", 0},
		{"int0 & 1 == 2", 0},
		{"int0 == 0x100000000", 0},
		{"int0 == -1", 0},
		{"int0 == 1x", 0},
		{"int0 == |1", 0},
		{"int0 == 18446744073709551616", 0},
		{"int9 == 1", 0},
		{"foo == 1", 0},
		{"int0 == 1 and int0 == 2", 0},
		{"int0 == 1 and", 0},
		{"and", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		static struct seccomp_where where;
		char error[160] = "";
		int r;

		where.n_alternatives = 0;
		r = seccomp_where_parse(tries[i].text, &where, error, sizeof(error));
		if (tries[i].n_alternatives == 0) {
			if (r >= 0 || error[0] == '\0' || !strstr(error, "; expected "))
				fail_msg("'%s': %d, %s", tries[i].text, r, error);
			continue;
		}
		if (r < 0 || where.n_alternatives != tries[i].n_alternatives)
			fail_msg("'%s': %d, %zu: %s", tries[i].text, r, where.n_alternatives, error);
	}
}

static void conditions_have_a_limit(void **state)
{
	static struct seccomp_where where;
	char error[160] = "";

	(void)state;
	where.n_alternatives = 0;
	assert_int_equal(seccomp_where_parse("int0 in 1 2 3 4 5 6 7 8 and int1 in 1 2 3 4 5 6 7 8",
					     &where, error, sizeof(error)),
			 0);
	assert_int_equal(where.n_alternatives, 64);
	assert_int_equal(seccomp_where_parse("int0 == 9", &where, error, sizeof(error)), -E2BIG);
	where.n_alternatives = 0;
	assert_int_equal(seccomp_where_parse("int0 in 1 2 3 4 5 6 7 8 and int1 in 1 2 3 4 5 6 7 8 9",
					     &where, error, sizeof(error)),
			 -E2BIG);
}

/* --- the kernel's word --- */

/* In a child: loads the filter, makes one call, exits with its errno. */
static int errno_under(const struct policy_filter *filter, long number, unsigned long arg0)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->n_instructions,
		.filter = filter->instructions,
	};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program) < 0)
			_exit(255);
		_exit(syscall(number, arg0, 0, 0, 0, 0) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_kernel_answers_alike(void **state)
{
	struct policy_filter filter = {.profile = NULL};

	(void)state;
	filter_make("policies", "runtime", &filter);
	assert_int_equal(errno_under(&filter, SYS_getpid, 0), 0);
	assert_int_equal(errno_under(&filter, SYS_clone3, 0), ENOSYS);
	assert_int_equal(errno_under(&filter, 1999, 0), ENOSYS);
	assert_int_equal(errno_under(&filter, SYS_io_uring_setup, 1), EPERM);
	assert_int_equal(errno_under(&filter, SYS_prctl, PR_SET_SECCOMP), EINVAL);
	assert_int_equal(errno_under(&filter, SYS_personality, 0xffffffff), 0);
	filter_clear(&filter);
}

static void bad_programs_kill(void **state)
{
	static const struct sock_filter programs[][2] = {
		{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
		{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 1), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
		{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
		{BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
		{BPF_STMT(BPF_ST, 16), BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)},
		{BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_LD | BPF_IMM, 1)},
	};
	const struct seccomp_data data = {.nr = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		assert_int_equal(seccomp_simulate(programs[i], 2, &data), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(seccomp_simulate(programs[0], 0, &data), SECCOMP_RET_KILL_PROCESS);
}

static enum seccomp_answered notifies(const struct policy_filter *filter, int nr, uint32_t arch)
{
	return seccomp_answers(filter->instructions, filter->n_instructions, nr, arch,
			       SECCOMP_RET_USER_NOTIF);
}

static enum seccomp_answered allows(const struct policy_filter *filter, int nr)
{
	return seccomp_answers(filter->instructions, filter->n_instructions, nr,
			       SECCOMP_NATIVE_ARCH, SECCOMP_RET_ALLOW);
}

/* What is answered to some arguments may be answered; what depends on none has one answer. */
static void what_may_be_answered(void **state)
{
	static const char *const names[] = {"strict", "runtime", "compile"};

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
		struct policy_filter filter = {.profile = NULL};

		filter_make("policies", names[n], &filter);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			const int answers[] = {rows[i].strict, rows[i].runtime, rows[i].compile};
			int nr = seccomp_call_number(rows[i].call);

			if (nr < 0)
				continue;
			assert_int_not_equal(allows(&filter, nr),
					     answers[n] == ALLOW ? SECCOMP_NEVER : SECCOMP_ALWAYS);
			assert_int_not_equal(notifies(&filter, nr, SECCOMP_NATIVE_ARCH),
					     answers[n] == KILL ? SECCOMP_NEVER : SECCOMP_ALWAYS);
		}
		assert_int_equal(notifies(&filter, SYS_read, SECCOMP_NATIVE_ARCH), SECCOMP_NEVER);
		assert_int_equal(allows(&filter, SYS_read), SECCOMP_ALWAYS);
		assert_int_equal(notifies(&filter, SYS_clone3, SECCOMP_NATIVE_ARCH), SECCOMP_NEVER);
		assert_int_equal(notifies(&filter, SYS_keyctl, SECCOMP_NATIVE_ARCH), SECCOMP_ALWAYS);
		assert_int_equal(allows(&filter, SYS_keyctl), SECCOMP_NEVER);
		assert_int_equal(allows(&filter, 1999), SECCOMP_NEVER);
		assert_int_equal(notifies(&filter, SYS_clone, SECCOMP_NATIVE_ARCH), SECCOMP_PERHAPS);
		assert_int_equal(allows(&filter, SYS_clone), SECCOMP_PERHAPS);
		assert_int_equal(notifies(&filter, SYS_read, AUDIT_ARCH_I386), SECCOMP_ALWAYS);
		assert_true(policy_filter_denies(&filter, SYS_keyctl));
		assert_false(policy_filter_denies(&filter, SYS_clone));
		filter_clear(&filter);
	}
}

/* Two ways that meet with different things in the accumulator: neither may be taken for the other. */
static void ways_that_meet(void **state)
{
	static const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 100, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
	};
	const size_t n = ARRAY_SIZE(program);

	(void)state;
	assert_int_equal(seccomp_answers(program, n, 5, 1, SECCOMP_RET_TRAP), SECCOMP_PERHAPS);
	assert_int_equal(seccomp_answers(program, n, 5, 1, SECCOMP_RET_ALLOW), SECCOMP_PERHAPS);
	assert_int_equal(seccomp_answers(program, n, 5, 1, SECCOMP_RET_ERRNO), SECCOMP_NEVER);
	assert_int_equal(seccomp_answers(program, n, 6, 1, SECCOMP_RET_ALLOW), SECCOMP_NEVER);
	assert_int_equal(seccomp_answers(program, n, 6, 1, SECCOMP_RET_ERRNO), SECCOMP_PERHAPS);
	assert_int_equal(seccomp_answers(program + 2, n - 2, 5, 1, SECCOMP_RET_TRAP), SECCOMP_NEVER);
	assert_int_equal(seccomp_answers(program + 5, n - 5, 5, 1, SECCOMP_RET_ALLOW),
			 SECCOMP_ALWAYS);
}

static void an_interrupted_call_is_found(void **state)
{
	struct policy_filter filter = {.profile = NULL};
	bool interrupted[GAS_CALLS_MAX] = {false};

	(void)state;
	filter_make("policies", "strict", &filter);
	assert_int_equal(policy_filter_denied_number(&filter, interrupted), -1);
	interrupted[SYS_read] = interrupted[SYS_futex] = interrupted[SYS_pause] = true;
	assert_int_equal(policy_filter_denied_number(&filter, interrupted), -1);
	interrupted[SYS_keyctl] = true;
	assert_int_equal(policy_filter_denied_number(&filter, interrupted), SYS_keyctl);
	interrupted[SYS_clone] = true; /* with some flags */
	assert_int_equal(policy_filter_denied_number(&filter, interrupted), -1);
	interrupted[SYS_clone] = false;
	interrupted[GAS_CALLS_MAX - 1] = true; /* some number or architecture */
	assert_int_equal(policy_filter_denied_number(&filter, interrupted), -1);
	filter_clear(&filter);
}

static void actions_have_names(void **state)
{
	static const char *const names[] = {"kill",	    "0",	"EPERM", "ENOSYS",
					    "EAFNOSUPPORT", "EHWPOISON"};
	struct seccomp_action action;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(seccomp_action_parse(names[i], &action), 0);
		assert_string_equal(seccomp_action_name(&action), names[i]);
	}
	assert_int_equal(seccomp_action_parse("allow", &action), -ENOENT);
	assert_int_equal(seccomp_action_parse("134", &action), -ENOENT);
	assert_int_equal(seccomp_action_parse("eperm", &action), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_answers),
		cmocka_unit_test(runtime_answers),
		cmocka_unit_test(compile_answers),
		cmocka_unit_test(jvm_differs_in_sockets_only),
		cmocka_unit_test(the_checker_can_hardly_do_a_thing),
		cmocka_unit_test(other_architectures_are_notified),
		cmocka_unit_test(calls_newer_than_the_library_answer_enosys),
		cmocka_unit_test(nested_conditions_hold),
		cmocka_unit_test(conditions_are_read),
		cmocka_unit_test(conditions_have_a_limit),
		cmocka_unit_test(the_kernel_answers_alike),
		cmocka_unit_test(bad_programs_kill),
		cmocka_unit_test(what_may_be_answered),
		cmocka_unit_test(ways_that_meet),
		cmocka_unit_test(an_interrupted_call_is_found),
		cmocka_unit_test(actions_have_names),
	};

	return cmocka_run_group_tests_name("seccomp-profile", tests, NULL, NULL);
}
