/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay-agent: a slot's launcher, and PID 1 of every sandbox of that slot.
 *
 * The supervisor executes this program once per slot; it goes where the slot's cgroups are. From then on it sits
 * in recvmsg(2): a request brings descriptors and a plan, the launcher forks PID 1 of a new sandbox with clone3(2)
 * (launch.c) and that child, which never executes anything of ours again, makes the sandbox and runs one step in it
 * (init.c, step.c). A resident launcher is what makes a start cheap: where a controller sits on a v1 hierarchy the child is
 * born in the right group, without a write to cgroup.procs, which can wait for 15 ms.
 *
 * Descriptors below AGENT_CONTROL_FD are kept busy with /dev/null, so that received ones never take
 * the numbers 0 to 4, which are the program's.
 *
 * The launcher is privileged and reads only from the supervisor. It ends when the supervisor does: by the
 * parent-death signal, and by the end of its control socket.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/abi/launch.h"
#include "agent/kernel.h"
#include "agent/launch.h"
#include "agent/sandbox.h"
#include "lib/base/mem.h"
#include "lib/base/urgent.h"

/* Where the user namespace's descriptor waits for its report. */
enum { USER_FD = AGENT_CONTROL_FD - 1 };

static void signals_reset(void)
{
	/* The kernel's own struct, all zero: SIG_DFL. libc would refuse the two signals that it keeps for itself. */
	static const uint64_t default_action[8];
	sigset_t none;

	/* Fails for SIGKILL and SIGSTOP, as it should. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, default_action, NULL, sizeof(uint64_t));
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The control socket comes as standard input; everything below AGENT_CONTROL_FD becomes /dev/null, standard input last: what fails here is said there. 0 or
 * -errno.
 */
static int descriptors_arrange(void)
{
	int null_fd;

	/* Standard input is open: what is no descriptor (EBADF) is the number, which is not below the limit. */
	if (dup3(STDIN_FILENO, AGENT_CONTROL_FD, O_CLOEXEC) < 0)
		return errno == EBADF ? -EMFILE : -errno;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return -errno;
	for (int fd = AGENT_CONTROL_FD - 1; fd >= 0; fd--)
		if (fd != null_fd && dup3(null_fd, fd, O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

/* A number in decimal that is at most `max`; 0: the text is none, or is that. */
static uint32_t number_of(const char *text, uint32_t max)
{
	unsigned long number = strtoul(text, NULL, 10);

	return number <= max ? (uint32_t)number : 0;
}

/*
 * Into the groups whose descriptors' numbers are `words`. Where there is one it becomes ordinary before: a v1 group takes nobody urgent in, where the kernel has
 * budgets for that (CONFIG_RT_GROUP_SCHED), and has none to give, so that it may stay so. 0 or -errno.
 */
static int groups_join(char **words)
{
	enum urgency urgency = urgency_get();

	if (*words != NULL)
		urgent_enter(URGENT_NOT);
	for (; *words != NULL; words++) {
		int fd = (int)number_of(*words, INT32_MAX);

		/* What is below is /dev/null, and takes anything. */
		if (fd <= AGENT_CONTROL_FD)
			return -EPROTO;
		if (write(fd, "0", 1) != 1)
			return -errno;
		(void)close(fd);
	}
	/* Nothing else that it starts is urgent by itself. */
	urgent_enter(urgency);
	return 0;
}

/*
 * Opens what requests need, with nothing left open that was not for it. The namespace's descriptor, if there is one, is to be sent still: it waits below
 * AGENT_CONTROL_FD, since behind it would leave a hole between those that stay. 0 or -errno.
 */
static int requests_prepare(int *user_fd)
{
	if (*user_fd >= 0) {
		if (dup3(*user_fd, USER_FD, O_CLOEXEC) < 0)
			return -errno;
		*user_fd = USER_FD;
	}
	if (close_range(AGENT_CONTROL_FD + 1, ~0U, 0) < 0)
		return -errno;
	return launch_open();
}

/* All that comes before the first request, and its report. */
static int start(uint32_t base, char **joins)
{
	struct report report = {.kind = REPORT_READY};
	int fd = base != 0 ? launch_user(base, &report.op) : -EBADF;

	if (base != 0)
		report.error = MIN(fd, 0);
	if (report.error == 0) {
		report.op = LAUNCH_JOIN;
		report.error = groups_join(joins);
	}
	if (report.error == 0) {
		report.op = LAUNCH_OPEN;
		report.error = requests_prepare(&fd);
	}
	report_send(AGENT_CONTROL_FD, &report, report.error == 0 ? fd : -EBADF);
	/* That number is /dev/null's again. */
	if (report.error == 0 && dup3(STDIN_FILENO, USER_FD, O_CLOEXEC) < 0)
		return -errno;
	return report.error;
}

static int arrange(void)
{
	struct report report = {.kind = REPORT_READY, .op = LAUNCH_OPEN};

	report.error = descriptors_arrange();
	if (report.error < 0)
		report_send(STDIN_FILENO, &report, -EBADF);
	return report.error;
}

int main(int argc, char **argv)
{
	struct stat st;

	if (argc < 3 || strcmp(argv[1], "launcher") != 0 || fstat(STDIN_FILENO, &st) < 0 ||
	    !S_ISSOCK(st.st_mode)) {
		(void)fprintf(stderr, "assay-agent is started by assay, not by hand\n");
		return 2;
	}
	(void)prctl(PR_SET_NAME, "assay-launcher", 0, 0, 0);
	/* A supervisor that died before this line has closed the socket: launch_loop() ends, after what comes before the first request. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return 3;
	signals_reset();
	(void)setsid();
	(void)umask(0);
	if (arrange() < 0 || start(number_of(argv[2], UINT32_MAX - LAUNCH_USER_ID), argv + 3) < 0)
		return 3;
	/* Dead sandboxes are seen through their pidfds: nobody waits for them here. */
	(void)signal(SIGCHLD, SIG_IGN);
	return launch_loop(AGENT_CONTROL_FD) < 0 ? 3 : 0;
}
