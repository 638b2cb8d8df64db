/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An engine that benchmarks run a host's own program in, again and again. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisor/engine/engine.h"

/* Of a submission that has many. */
enum { BENCH_CASES = 11 };

struct bench_engine;

/*
 * An engine with `n_slots` from the build directory `build`, whose jobs run `argv` (a program's absolute path on the host, and its arguments) under the native
 * policy's limits and filter, with BPF programs that count their calls when `metering`. Ends the program with a message when it cannot be made.
 */
struct bench_engine *bench_engine_new(const char *build, unsigned n_slots, char **argv,
				      bool metering);

/* Runs `n` jobs, at most `at_once` of them at a time; ends the program with a message when one is not accepted. */
void bench_engine_run(struct bench_engine *engine, unsigned long n, unsigned at_once);

/* Runs one submission with several cases. What a further case takes, in ns. */
uint64_t bench_engine_case_ns(struct bench_engine *engine);

/* Lets the engine do what it does when nothing is to be done, as a resident one does between two jobs. Never waits. */
void bench_engine_settle(struct bench_engine *engine);

void bench_engine_free(struct bench_engine *engine);

/* Says what failed and ends the program with exit status 3. */
_Noreturn void bench_fail(const char *what, const struct fault *fault);
