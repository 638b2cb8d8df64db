/* SPDX-License-Identifier: Apache-2.0 */
/* Under which filters an ipc namespace stays as it is: each of its calls makes one that it does not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "supervisor/policy/policy-filter.h"
#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-ipc.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-profile.h"
#include "supervisor/policy/seccomp-simulate.h"

enum { NUMBERS = 1024 };

static struct policy_dirs packaged(void)
{
	static char path[4096];
	const char *source = getenv("ASSAY_SOURCE");

	(void)snprintf(path, sizeof(path), "%s/policies", source ? source : ".");
	return (struct policy_dirs){.vendor = path};
}

static bool profile_closes(const char *name)
{
	const struct policy_dirs dirs = packaged();
	struct policy_filter filter = {.profile = NULL};
	struct fault fault = {.error = 0};
	bool closes;

	if (policy_filter_load(&dirs, name, &filter, &fault) < 0)
		fail_msg("%s: %s", name, fault.text);
	closes = filter.ipc_closed;
	assert_int_equal(seccomp_ipc_closed(&filter), closes);
	policy_filter_clear(&filter);
	return closes;
}

static void packaged_profiles(void **state _unused_)
{
	assert_true(profile_closes("strict"));
	assert_true(profile_closes("checker"));
	assert_false(profile_closes("runtime"));
	assert_false(profile_closes("compile"));
	assert_false(profile_closes("jvm"));
}

/* What a profile with `rest` on top of strict compiles to. */
static bool text_closes(const char *rest)
{
	const struct policy_dirs dirs = packaged();
	const struct policy_search search = {.dirs = &dirs, .below = "/seccomp"};
	_cleanup_seccomp_profile_ struct seccomp_profile *profile = NULL;
	struct policy_filter filter = {.profile = NULL};
	struct fault fault = {.error = 0};
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "version: 1\nname: try\nsummary: a try\nextends: strict\n%s", rest);
	bool closes;

	if (seccomp_profile_load_text(&search, "try.yaml", text, (size_t)n, &profile, &fault) < 0 ||
	    seccomp_profile_compile(profile, &filter, &fault) < 0)
		fail_msg("%s: %s", rest, fault.text);
	closes = filter.ipc_closed;
	policy_filter_clear(&filter);
	return closes;
}

/* By their names' beginnings: no table of calls is asked that the code under test has. */
static bool is_of_ipc(const char *call)
{
	static const char *const beginnings[] = {"sem", "shm", "mq_", "msg"};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncmp(call, beginnings[i], 3) == 0)
			return true;
	return false;
}

static void each_call_counts(void **state _unused_)
{
	unsigned n = 0;

	for (int number = 0; number < NUMBERS; number++) {
		char call[64], rest[256];

		policy_call_name(SECCOMP_NATIVE_ARCH, number, call, sizeof(call));
		if (!is_of_ipc(call))
			continue;
		n++;
		(void)snprintf(rest, sizeof(rest), "errors:\n  - errno: EPERM\n    calls: [%s]\n",
			       call);
		assert_true(text_closes(rest));
		/* Some arguments are enough, and what a profile may not allow without a condition has one. */
		(void)snprintf(
			rest, sizeof(rest),
			"conditions:\n  - call: %s\n    where: [int2 == 7]\n    otherwise: kill\n",
			call);
		assert_false(text_closes(rest));
		if (strcmp(call, "shmget") == 0)
			continue;
		(void)snprintf(rest, sizeof(rest), "allow: [%s]\n", call);
		assert_false(text_closes(rest));
	}
	assert_int_equal(n, 18);
}

static void others_do_not_count(void **state _unused_)
{
	assert_true(text_closes("allow: [inotify_init1, setuid, bind]\n"));
	assert_true(text_closes("unlisted: ENOSYS\n"));
	assert_true(text_closes("unlisted: EPERM\n"));
}

#ifdef __x86_64__
/* A filter that answers one number of this architecture in one way, and all else in another. */
static bool answers_close(uint32_t number, uint32_t then, uint32_t other)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, then),
		BPF_STMT(BPF_RET | BPF_K, other),
	};
	const struct policy_filter filter = {.instructions = code,
					     .n_instructions = ARRAY_SIZE(code)};

	return seccomp_ipc_closed(&filter);
}

static void numbers_of_x32_count(void **state _unused_)
{
	static const uint32_t numbers[] = {
		SYS_semget,
		SYS_mq_open,
		SYS_msgget | SECCOMP_X32_BIT,
		SYS_mq_open | SECCOMP_X32_BIT,
		527 /* mq_notify */ | SECCOMP_X32_BIT,
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_false(answers_close(numbers[i], SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO));
	assert_true(answers_close(SYS_read, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO));
	assert_true(answers_close(SYS_read | SECCOMP_X32_BIT, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO));
}

/* Of another architecture one call that is let through is enough, whatever it is. */
static void other_architectures_count(void **state _unused_)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 2, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 999, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct policy_filter filter = {.instructions = code,
					     .n_instructions = ARRAY_SIZE(code)};

	assert_false(seccomp_ipc_closed(&filter));
	code[3].k = 117; /* ipc(2) of i386 */
	assert_false(seccomp_ipc_closed(&filter));
	code[5].k = SECCOMP_RET_USER_NOTIF;
	assert_true(seccomp_ipc_closed(&filter));
}

/* What an answer is worth: only those after which no call goes on. */
static void only_refusals_close(void **state _unused_)
{
	static const uint32_t refusals[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
					    SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | 38,
					    SECCOMP_RET_USER_NOTIF};
	static const uint32_t others[] = {SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW,
					  0x12340000};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		assert_true(answers_close(SYS_semget, refusals[i], SECCOMP_RET_ERRNO));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_false(answers_close(SYS_semget, others[i], SECCOMP_RET_ERRNO));
		assert_false(answers_close(SYS_read, SECCOMP_RET_ERRNO, others[i]));
	}
}
#endif

/* Nothing is known of no filter, and of one whose answer is not written in it. */
static void what_is_not_known_is_not_closed(void **state _unused_)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ERRNO),
				     BPF_STMT(BPF_RET | BPF_A, 0)};
	struct policy_filter filter = {.n_instructions = 0};

	assert_false(seccomp_ipc_closed(&filter));
	filter = (struct policy_filter){.instructions = code, .n_instructions = ARRAY_SIZE(code)};
	assert_false(seccomp_ipc_closed(&filter));
	filter.n_instructions = 1;
	assert_false(seccomp_ipc_closed(&filter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packaged_profiles),
		cmocka_unit_test(each_call_counts),
		cmocka_unit_test(others_do_not_count),
#ifdef __x86_64__
		cmocka_unit_test(numbers_of_x32_count),
		cmocka_unit_test(other_architectures_count),
		cmocka_unit_test(only_refusals_close),
#endif
		cmocka_unit_test(what_is_not_known_is_not_closed),
	};

	return cmocka_run_group_tests_name("seccomp-ipc", tests, NULL, NULL);
}
