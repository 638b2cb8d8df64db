/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: one owner each, free again when that dies. Other engines may hold some meanwhile: the tests take what is free. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/slot-number.h"

static int one = -EBADF, two = -EBADF;

static int setup(void **state _unused_)
{
	if (geteuid() != 0)
		return 0;
	one = slot_register_open(NULL);
	two = slot_register_open(NULL);
	return one < 0 || two < 0 ? -1 : 0;
}

static int teardown(void **state _unused_)
{
	one = fd_close(one);
	two = fd_close(two);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static void the_register_is_roots(void **state _unused_)
{
	struct stat st;

	if (not_root())
		skip();
	assert_int_equal(stat("/run/assay", &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 022, 0);
	assert_int_equal(fstat(one, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fcntl(one, F_GETFD) & FD_CLOEXEC);
}

static void two_opens_share_nothing(void **state _unused_)
{
	int a, b;

	if (not_root())
		skip();
	a = slot_number_take(one, -1);
	b = slot_number_take(two, -1);
	assert_true(a >= 0 && b > a);
	assert_int_equal(slot_number_take(two, a), -EBUSY);
	assert_int_equal(slot_number_take(one, b), -EBUSY);
	slot_number_give(one, a);
	assert_int_equal(slot_number_take(two, a), a);
}

/* Giving back what is another's changes nothing. */
static void giving_what_is_not_ours(void **state _unused_)
{
	int a;

	if (not_root())
		skip();
	a = slot_number_take(one, -1);
	slot_number_give(two, a);
	assert_int_equal(slot_number_take(two, a), -EBUSY);
}

static void closing_gives_back(void **state _unused_)
{
	int a;

	if (not_root())
		skip();
	a = slot_number_take(one, -1);
	one = fd_close(one);
	assert_int_equal(slot_number_take(two, a), a);
}

_Noreturn static void taker(int tell)
{
	int fd = slot_register_open(NULL);
	int number = slot_number_take(fd, -1);

	if (write(tell, &number, sizeof(number)) != sizeof(number))
		_exit(1);
	for (;;)
		(void)pause();
}

static void dies_with_its_owner(void **state _unused_)
{
	int number = -1, tell[2];
	pid_t pid;

	if (not_root())
		skip();
	assert_int_equal(fd_pipe(&tell[0], &tell[1]), 0);
	pid = fork();
	if (pid == 0)
		taker(tell[1]);
	assert_int_equal(fd_read_full(tell[0], &number, sizeof(number)), sizeof(number));
	assert_int_equal(slot_number_take(two, number), -EBUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(slot_number_take(two, number), number);
	(void)close(tell[0]);
	(void)close(tell[1]);
}

static void all_taken(void **state _unused_)
{
	int n = 0;

	if (not_root())
		skip();
	while (n <= SLOT_NUMBERS_MAX && slot_number_take(one, -1) >= 0)
		n++;
	/* An open of its own does not stand in its own way: it gets the first number again and again. */
	assert_int_equal(n, SLOT_NUMBERS_MAX + 1);
	for (int i = 0; i < SLOT_NUMBERS_MAX; i++)
		(void)slot_number_take(one, i);
	assert_int_equal(slot_number_take(two, -1), -EBUSY);
	assert_int_equal(slot_number_take(two, SLOT_NUMBERS_MAX - 1), -EBUSY);
}

static void numbers_out_of_range(void **state _unused_)
{
	if (not_root())
		skip();
	assert_int_equal(slot_number_take(one, SLOT_NUMBERS_MAX), -EINVAL);
	assert_int_equal(slot_number_take(one, INT32_MAX), -EINVAL);
	assert_int_equal(slot_number_take(-EBADF, 0), -EBADF);
}

/* Ids of the last number still fit the range that systemd leaves alone, and 32 bits. */
static void ids_fit(void **state _unused_)
{
	uint64_t last = (uint64_t)SLOT_UID_BASE + (uint64_t)SLOT_NUMBERS_MAX * SLOT_UIDS - 1;

	assert_true(SLOT_UID_BASE > 1879048191);
	assert_true(last < UINT32_MAX - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_register_is_roots),   TEST(two_opens_share_nothing),
		TEST(giving_what_is_not_ours), TEST(closing_gives_back),
		TEST(dies_with_its_owner),     TEST(all_taken),
		TEST(numbers_out_of_range),    TEST(ids_fit),
	};

	return cmocka_run_group_tests_name("slot-number", tests, NULL, NULL);
}
