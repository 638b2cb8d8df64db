/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Limits of one step, as a table: one key a limit, with its unit, range and text form. Everything that reads,
 * prints, merges or enforces limits goes through these keys, so that a new limit is one row.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of keys are bit positions of `limits_hit` and never reused. */
enum limit_key {
	LIMIT_CPU = 0,	  /* CPU time of the whole sandbox, ns */
	LIMIT_WALL = 1,	  /* elapsed time, ns */
	LIMIT_MEMORY = 2, /* of the cgroup, bytes; swap is always 0 */
	LIMIT_PIDS = 3,	  /* processes and threads at once */
	LIMIT_OUTPUT = 4, /* bytes of each of stdout and stderr */
	LIMIT_DISK = 5,	  /* bytes that the work directory, /tmp and /dev/shm may hold together */
	LIMIT_FILES = 6,  /* open files of one process (RLIMIT_NOFILE) */
	LIMIT_GAS = 7,	  /* gas units */
	LIMIT_FILE_SIZE = 8, /* bytes of one file (RLIMIT_FSIZE) */
	LIMIT_INODES =
		9, /* files and directories in the work directory, /tmp and /dev/shm together */
	LIMIT_STACK = 10, /* bytes (RLIMIT_STACK) */
	LIMIT_EXTRA = 11, /* ns after a time limit before the kill, so that a near miss is measured */
	LIMIT_CPUS = 12, /* CPU bandwidth in thousandths of a CPU; none = no throttling */
	LIMIT_IO =
		13, /* bytes per second read from, and likewise written to, the disk of the toolchains */
	LIMIT_MAX
};

/* "none": the limit is not set. Written `none` in text. */
#define LIMIT_NONE UINT64_MAX

enum limit_unit {
	LIMIT_UNIT_TIME,  /* text: 500ns 500us 500ms 2s 1.5s 1m 1h; stored in ns */
	LIMIT_UNIT_BYTES, /* text: 4096 64K 1.5M 1G 1T (powers of 1024; also KiB MiB GiB TiB) */
	LIMIT_UNIT_COUNT, /* text: 64 */
	LIMIT_UNIT_CPUS,  /* text: 1 0.5 2; stored in thousandths */
};

struct limit_info {
	const char *name; /* the key in text: "cpu", "file-size" */
	enum limit_unit unit;
	uint64_t min, max;   /* inclusive range of a value that is not LIMIT_NONE */
	bool may_be_none;    /* whether `none` is allowed */
	const char *summary; /* one line for help and man page */
};

/* value[k] counts only when bit k of `set` is on. */
struct limits {
	uint64_t value[LIMIT_MAX];
	uint32_t set;
};

/* The row of `key`; `key` must be below LIMIT_MAX. Never NULL. */
const struct limit_info *limit_info(enum limit_key key);

/* The key called `name` (`length` bytes), or -ENOENT. */
int limit_key_from_name(const char *name, size_t length);

/*
 * Parses the text of one value in the unit of `key`.
 * 0; -EINVAL: not a number with a unit that fits; -ERANGE: outside [min, max], zero where that is senseless, overflow.
 * `ret_expected` (may be NULL) is set on failure to a constant sentence that says what was expected.
 */
int limit_parse(enum limit_key key, const char *text, uint64_t *ret_value,
		const char **ret_expected);

/*
 * Writes the shortest exact text of a value ("2s", "1.5s", "64M", "none"), in no unit that the value has less than one
 * of ("500ms", not "0.5s"); 24 bytes hold every value of a range. Returns the length as snprintf(3) does.
 */
int limit_format(enum limit_key key, uint64_t value, char *buffer, size_t size);

/* LIMIT_NONE when the key is not set. */
uint64_t limits_get(const struct limits *limits, enum limit_key key);

/* Sets one key. */
void limits_set(struct limits *limits, enum limit_key key, uint64_t value);

/* Every key that is set in `over` replaces the one in `base`. */
void limits_merge(struct limits *base, const struct limits *over);

/*
 * Parses "KEY=VALUE,KEY=VALUE" into `limits` (keys that are not named stay). On failure returns -EINVAL or
 * -ERANGE, leaves `limits` unchanged and writes a sentence that names the key, the value and what was expected.
 */
int limits_parse_list(const char *text, struct limits *limits, char *error, size_t error_size);

/*
 * Checks that the limits do not contradict each other: cpu that cannot be used up within wall at the bandwidth of cpus,
 * file-size over disk. Without cpus there is no saying how many CPUs a program uses at once, so cpu may be over
 * wall. 0, or -EINVAL with a sentence.
 */
int limits_check(const struct limits *limits, char *error, size_t error_size);
