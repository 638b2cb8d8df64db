/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A character device 0:0 needs no capability (it is a whiteout of overlayfs). It is harmless, but no device at all may be made here: the filter
 * refuses it. So does Landlock on some kernels; others, such as Debian's latest 6.1, take no whiteout for a device.
 */
#include "tests/escape/attempt.h"

#include <sys/sysmacros.h>

int main(void)
{
	attempt_result(mknod("whiteout", S_IFCHR | 0666, makedev(0, 0)), "whiteout");
}
