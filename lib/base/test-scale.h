/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <stdlib.h>

/*
 * time_scale() - how slow this machine is said to be
 *
 * Tests multiply their time limits by it and may divide their counts: under emulation what takes a second takes ten.
 *
 * Return: ASSAY_TIME_SCALE of the environment, at least 1, and 1 without it.
 */
static inline uint64_t time_scale(void)
{
	const char *text = getenv("ASSAY_TIME_SCALE");
	long scale = text != NULL ? strtol(text, NULL, 10) : 1;

	return scale > 1 ? (uint64_t)scale : 1;
}
