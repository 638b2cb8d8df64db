/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* System calls that a policy answers with a kill: the kernel stops the caller and tells the supervisor, which decides. */

#include "lib/contract/result.h"

/*
 * Receives one notification from the seccomp listener. The caller stays stopped inside its call, which is never carried out: it has to be
 * killed. Fills everything but the call's name. 1: there is one; 0: try again; -ENOENT: there was one whose caller died first; other -errno.
 * Source: seccomp_unotify(2).
 */
int denial_receive(int listener_fd, struct denied_call *ret_call);
