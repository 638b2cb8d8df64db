// SPDX-License-Identifier: Apache-2.0
//
// Assembly beside the source: a system call without the runtime.
#include "@SECRET@"
TEXT main·raw(SB),4,$0
	SYSCALL
	RET
