/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Serves launch requests from `control_fd` until the supervisor closes it. Returns 0 then, or -errno when the
 * socket fails. Children never return from it.
 */
int launch_loop(int control_fd);
