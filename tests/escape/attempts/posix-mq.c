/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX message queues are kernel memory by the number of users. RLIMIT_MSGQUEUE is 0.
 */
#include "tests/escape/attempt.h"

#include <mqueue.h>

int main(void)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 8192};

	attempt_result(mq_open("/escape", O_CREAT | O_RDWR, 0600, &attr), "mq_open");
}
