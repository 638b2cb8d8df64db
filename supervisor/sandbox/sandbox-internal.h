/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What sandbox.c and sandbox-end.c share; nobody else includes it. */

#include "supervisor/sandbox/sandbox.h"

/* Closes every descriptor of the sandbox. */
void sandbox_close(struct sandbox *sandbox);
