/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as a table, and their text.
 *
 * A limit that is read wrongly is a limit that is not in force, so the grammar is small and strict: digits, perhaps a
 * point and more digits, then the unit, and nothing else: no sign, no white space, no exponent. "1.5s" is exact
 * integer arithmetic in 128 bits, never a double: a text that is not a whole number of the stored unit is refused and
 * not rounded. Times need a unit, since "2" has been read as seconds and as milliseconds by different tools; sizes are
 * powers of 1024 and "MB" is refused, since half of its readers take it for a power of 1000.
 *
 * Each key is one row: name, unit, range, whether `none` is allowed. What could harm the host when untrusted code runs
 * without it (cpu, wall, memory, pids, output, disk, files, inodes) is always finite; each `none` that is allowed is
 * bounded by another key, which the summary names. Every refusal is a constant sentence that says what to write.
 *
 * Invariants: limit_parse(limit_format(v)) == v for every v in the range of a key; nothing is written to an output
 * of a call that fails.
 */

#include "lib/contract/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/escape.h"
#include "lib/base/mem.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define MINUTE_NS (60 * NSEC_PER_SEC)
#define HOUR_NS (60 * MINUTE_NS)

enum {
	FRACTION_DIGITS_MAX = 18, /* 10^18 times the largest factor fits 128 bits with room */
	FORMAT_DIGITS_MAX = 9,	  /* a longer fraction is never the shortest text */
	SHOWN_BYTES = 48,	  /* of a wrong value in a message */
};

/* What a unit may be called, and what it is worth; the first rows are those that limit_format writes. */
struct scale {
	const char *suffix;
	uint64_t factor;
};

static const struct scale time_scales[] = {
	{"h", HOUR_NS},	       {"m", MINUTE_NS},      {"s", NSEC_PER_SEC},
	{"ms", NSEC_PER_MSEC}, {"us", NSEC_PER_USEC}, {"ns", 1},
};
static const struct scale bytes_scales[] = {
	{"T", TIB},   {"G", GIB},   {"M", MIB},	  {"K", KIB},	{"", 1},
	{"TiB", TIB}, {"GiB", GIB}, {"MiB", MIB}, {"KiB", KIB},
};
/* of bytes_scales; the longer names are read only */
enum { BYTES_SCALES_WRITTEN = 5 };
static const struct scale count_scales[] = {{"", 1}};
static const struct scale cpus_scales[] = {{"", 1000}};

/* A unit: its scales and the sentences for a text that does not fit it. */
struct unit_info {
	const struct scale *scales;
	size_t n_scales;  /* those that are read */
	size_t n_written; /* those of them, the first, that are written */
	const char *empty, *no_suffix, *bad_suffix, *not_whole;
};

static const struct unit_info unit_time = {
	.scales = time_scales,
	.n_scales = ARRAY_SIZE(time_scales),
	.n_written = ARRAY_SIZE(time_scales),
	.empty = "write a time such as 500ms, 2s or 1.5s",
	.no_suffix = "a time needs a unit: write 2s or 2ms",
	.bad_suffix =
		"the units of time are ns us ms s m h, right after the number: write 500ms or 2m",
	.not_whole = "a time is a whole number of nanoseconds: write fewer digits after the point",
};
static const struct unit_info unit_bytes = {
	.scales = bytes_scales,
	.n_scales = ARRAY_SIZE(bytes_scales),
	.n_written = BYTES_SCALES_WRITTEN,
	.empty = "write a size such as 4096, 64M or 1.5G",
	.no_suffix = NULL, /* bytes */
	.bad_suffix =
		"the units of size are K M G T or KiB MiB GiB TiB, powers of 1024: write 64M or 1.5G",
	.not_whole = "a size is a whole number of bytes: write a smaller unit",
};
static const struct unit_info unit_count = {
	.scales = count_scales,
	.n_scales = ARRAY_SIZE(count_scales),
	.n_written = ARRAY_SIZE(count_scales),
	.empty = "write a whole number such as 64",
	.no_suffix = NULL,
	.bad_suffix = "a count has no unit: write a whole number such as 64",
	.not_whole = "a count has no fraction: write a whole number such as 64",
};
static const struct unit_info unit_cpus = {
	.scales = cpus_scales,
	.n_scales = ARRAY_SIZE(cpus_scales),
	.n_written = ARRAY_SIZE(cpus_scales),
	.empty = "write a number of CPUs such as 1, 0.5 or 2",
	.no_suffix = NULL,
	.bad_suffix = "a number of CPUs has no unit: write 1, 0.5 or 2",
	.not_whole = "CPUs are counted in thousandths: write at most three digits after the point",
};
static const struct unit_info *const units[] = {
	[LIMIT_UNIT_TIME] = &unit_time,
	[LIMIT_UNIT_BYTES] = &unit_bytes,
	[LIMIT_UNIT_COUNT] = &unit_count,
	[LIMIT_UNIT_CPUS] = &unit_cpus,
};

static const char say_negative[] = "a limit cannot be negative";
static const char say_sign[] = "write the number without a sign";
static const char say_space[] = "write the value without white space";
static const char say_point_before[] = "write a digit before the point, such as 0.5";
static const char say_point_after[] = "write a digit after the point, such as 1.5";
static const char say_long_fraction[] = "write at most 18 digits after the point";

struct row {
	struct limit_info info;
	const char *say_range, *say_zero, *say_none;
};

/* `low` and `high` are limit_format() of min and max; the unit test holds the table to that. */
#define ROW(name, unit, min, max, low, high, summary)                                        \
	{                                                                                    \
		{name, LIMIT_UNIT_##unit, min, max, false, summary},                         \
			"the value must be from " low " to " high,                           \
			"zero leaves a program nothing to run with: write " low " to " high, \
			"this limit must be finite: write " low " to " high,                 \
	}
#define ROW_OR_NONE(name, unit, min, max, low, high, summary)                               \
	{                                                                                   \
		{name, LIMIT_UNIT_##unit, min, max, true, summary},                         \
			"the value must be from " low " to " high ", or none",              \
			"zero leaves a program nothing to run with: write " low " to " high \
			", or none",                                                        \
			NULL,                                                               \
	}

static const struct row rows[LIMIT_MAX] = {
	[LIMIT_CPU] = ROW("cpu", TIME, NSEC_PER_MSEC, 24 * HOUR_NS, "1ms", "24h",
			  "CPU time of all processes together"),
	[LIMIT_WALL] = ROW("wall", TIME, NSEC_PER_MSEC, 48 * HOUR_NS, "1ms", "48h",
			   "elapsed time, waiting included"),
	[LIMIT_MEMORY] = ROW("memory", BYTES, MIB, TIB, "1M", "1T",
			     "memory of all processes and their files together; there is no swap"),
	[LIMIT_PIDS] = ROW("pids", COUNT, 1, 32768, "1", "32768", "processes and threads at once"),
	[LIMIT_OUTPUT] = ROW("output", BYTES, 1, 16 * GIB, "1", "16G",
			     "bytes of standard output, and likewise of standard error"),
	[LIMIT_DISK] = ROW("disk", BYTES, 64 * KIB, TIB, "64K", "1T",
			   "bytes that the work directory, /tmp and /dev/shm hold together"),
	/* The sandbox itself needs a few before it executes the program. */
	[LIMIT_FILES] =
		ROW("files", COUNT, 16, 1048576, "16", "1048576", "open files of one process"),
	[LIMIT_GAS] = ROW_OR_NONE("gas", COUNT, 1, INT64_MAX, "1", "9223372036854775807",
				  "gas units; none counts without a limit, cpu and wall still hold"),
	[LIMIT_FILE_SIZE] = ROW_OR_NONE("file-size", BYTES, 1, TIB, "1", "1T",
					"bytes of one file; none leaves it to disk"),
	[LIMIT_INODES] =
		ROW("inodes", COUNT, 16, 16777216, "16", "16777216",
		    "files and directories in the work directory, /tmp and /dev/shm together"),
	[LIMIT_STACK] = ROW_OR_NONE("stack", BYTES, 64 * KIB, TIB, "64K", "1T",
				    "bytes of the main thread's stack; none leaves it to memory"),
	[LIMIT_EXTRA] =
		ROW("extra", TIME, 0, MINUTE_NS, "0s", "1m",
		    "time granted after cpu or wall before the kill, to measure a near miss"),
	[LIMIT_CPUS] = ROW_OR_NONE("cpus", CPUS, 10, 1024000, "0.01", "1024",
				   "CPU bandwidth; none does not throttle, cpu and wall still hold"),
	[LIMIT_IO] = ROW_OR_NONE(
		"io", BYTES, 64 * KIB, TIB, "64K", "1T",
		"bytes a second from the disk of the toolchains; none does not throttle"),
};

/* A text that is parsed: what is left of it. */
struct cursor {
	const char *at, *end;
};

static bool at_digit(const struct cursor *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool at_char(const struct cursor *c, char wanted)
{
	return c->at < c->end && *c->at == wanted;
}

static bool has_space(const struct cursor *c)
{
	for (const char *p = c->at; p < c->end; p++) {
		if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
			return true;
	}
	return false;
}

/* A decimal number without a unit: whole + fraction / 10^digits, without trailing zeros in the fraction. */
struct decimal {
	uint64_t whole;
	uint64_t fraction, fraction_base;
	bool overflows;
};

static void take_whole(struct cursor *c, struct decimal *d)
{
	for (; at_digit(c); c->at++) {
		if (__builtin_mul_overflow(d->whole, UINT64_C(10), &d->whole) ||
		    __builtin_add_overflow(d->whole, (uint64_t)(*c->at - '0'), &d->whole))
			d->overflows = true;
	}
}

static int take_fraction(struct cursor *c, struct decimal *d, const char **ret_expected)
{
	const char *first = c->at, *last;

	while (at_digit(c))
		c->at++;
	if (c->at == first) {
		*ret_expected = say_point_after;
		return -EINVAL;
	}
	for (last = c->at; last > first && last[-1] == '0'; last--)
		;
	if (last - first > FRACTION_DIGITS_MAX) {
		*ret_expected = say_long_fraction;
		return -EINVAL;
	}
	for (const char *p = first; p < last; p++) {
		d->fraction = d->fraction * 10 + (uint64_t)(*p - '0');
		d->fraction_base *= 10;
	}
	return 0;
}

/* What is wrong with a text that does not start with a digit. */
static int refuse_start(const struct cursor *c, const struct unit_info *unit,
			const char **ret_expected)
{
	struct cursor after = {c->at + 1, c->end};

	if (at_char(c, '-') && at_digit(&after)) {
		*ret_expected = say_negative;
		return -ERANGE;
	}
	if (at_char(c, '+') && at_digit(&after))
		*ret_expected = say_sign;
	else if (at_char(c, '.') && at_digit(&after))
		*ret_expected = say_point_before;
	else
		*ret_expected = unit->empty;
	return -EINVAL;
}

static int take_decimal(struct cursor *c, const struct unit_info *unit, struct decimal *ret,
			const char **ret_expected)
{
	struct decimal d = {.fraction_base = 1};
	int r;

	if (!at_digit(c))
		return refuse_start(c, unit, ret_expected);
	take_whole(c, &d);
	if (at_char(c, '.')) {
		c->at++;
		r = take_fraction(c, &d, ret_expected);
		if (r < 0)
			return r;
	}
	*ret = d;
	return 0;
}

/* The worth of the unit that the rest of the text names. */
static int take_factor(const struct cursor *c, const struct unit_info *unit, uint64_t *ret_factor,
		       const char **ret_expected)
{
	size_t length = (size_t)(c->end - c->at);

	for (size_t i = 0; i < unit->n_scales; i++) {
		const char *suffix = unit->scales[i].suffix;

		if (strlen(suffix) == length && memcmp(suffix, c->at, length) == 0) {
			*ret_factor = unit->scales[i].factor;
			return 0;
		}
	}
	*ret_expected = length == 0 ? unit->no_suffix : unit->bad_suffix;
	return -EINVAL;
}

/* whole * factor + fraction * factor / fraction_base, exactly. */
static int scale_decimal(const struct decimal *d, uint64_t factor, const struct row *row,
			 uint64_t *ret_value, const char **ret_expected)
{
	unsigned __int128 part = (unsigned __int128)d->fraction * factor;
	uint64_t value;

	if (part % d->fraction_base != 0) {
		*ret_expected = units[row->info.unit]->not_whole;
		return -EINVAL;
	}
	if (d->overflows || __builtin_mul_overflow(d->whole, factor, &value) ||
	    __builtin_add_overflow(value, (uint64_t)(part / d->fraction_base), &value) ||
	    value > row->info.max) {
		*ret_expected = row->say_range;
		return -ERANGE;
	}
	if (value < row->info.min) {
		*ret_expected = value == 0 ? row->say_zero : row->say_range;
		return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

static int parse_value(const struct row *row, struct cursor c, uint64_t *ret_value,
		       const char **ret_expected)
{
	const struct unit_info *unit = units[row->info.unit];
	struct decimal d;
	uint64_t factor;
	int r;

	if (c.end - c.at == 4 && memcmp(c.at, "none", 4) == 0) {
		if (!row->info.may_be_none) {
			*ret_expected = row->say_none;
			return -EINVAL;
		}
		*ret_value = LIMIT_NONE;
		return 0;
	}
	if (has_space(&c)) {
		*ret_expected = say_space;
		return -EINVAL;
	}
	r = take_decimal(&c, unit, &d, ret_expected);
	if (r < 0)
		return r;
	r = take_factor(&c, unit, &factor, ret_expected);
	if (r < 0)
		return r;
	return scale_decimal(&d, factor, row, ret_value, ret_expected);
}

const struct limit_info *limit_info(enum limit_key key)
{
	return &rows[key].info;
}

int limit_key_from_name(const char *name, size_t length)
{
	for (int key = 0; key < LIMIT_MAX; key++) {
		const char *known = rows[key].info.name;

		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return key;
	}
	return -ENOENT;
}

int limit_parse(enum limit_key key, const char *text, uint64_t *ret_value, const char **ret_expected)
{
	const struct cursor c = {text, text + strlen(text)};
	const char *expected;
	int r = parse_value(&rows[key], c, ret_value, &expected);

	if (r < 0 && ret_expected)
		*ret_expected = expected;
	return r;
}

/* Writes value / factor with its suffix. The length, or 0 when that is not exact in a few digits. */
static size_t format_scaled(uint64_t value, const struct scale *scale, char *text, size_t size)
{
	uint64_t rest = value % scale->factor;
	size_t n = (size_t)snprintf(text, size, "%" PRIu64, value / scale->factor);

	if (rest > 0)
		text[n++] = '.';
	for (int digits = 0; rest > 0; digits++) {
		if (digits == FORMAT_DIGITS_MAX)
			return 0;
		text[n++] = (char)('0' + rest * 10 / scale->factor);
		rest = rest * 10 % scale->factor;
	}
	return n + (size_t)snprintf(text + n, size - n, "%s", scale->suffix);
}

int limit_format(enum limit_key key, uint64_t value, char *buffer, size_t size)
{
	const struct unit_info *unit = units[rows[key].info.unit];
	char best[64] = "", text[64];
	size_t best_length = 0;

	if (value == LIMIT_NONE)
		return snprintf(buffer, size, "none");
	if (value == 0 && rows[key].info.unit == LIMIT_UNIT_TIME)
		return snprintf(buffer, size, "0s");
	for (size_t i = 0; i < unit->n_written; i++) {
		const struct scale *scale = &unit->scales[i];
		size_t n;

		/* 500ms and not 0.5s: a text starts with the largest unit that it has one of. */
		if (value < scale->factor && i + 1 < unit->n_written)
			continue;
		n = format_scaled(value, scale, text, sizeof(text));
		if (n > 0 && (best_length == 0 || n < best_length)) {
			best_length = n;
			memcpy(best, text, n + 1);
		}
	}
	return snprintf(buffer, size, "%s", best);
}

uint64_t limits_get(const struct limits *limits, enum limit_key key)
{
	return limits->set & UINT32_C(1) << key ? limits->value[key] : LIMIT_NONE;
}

void limits_set(struct limits *limits, enum limit_key key, uint64_t value)
{
	limits->value[key] = value;
	limits->set |= UINT32_C(1) << key;
}

void limits_merge(struct limits *base, const struct limits *over)
{
	for (int key = 0; key < LIMIT_MAX; key++) {
		if (over->set & UINT32_C(1) << key)
			limits_set(base, (enum limit_key)key, over->value[key]);
	}
}

_printf_(4, 5) static int refuse(int error, char *text, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, size, format, args);
	va_end(args);
	return error;
}

/* "cpu wall memory ...", for the sentence about a key that there is not. */
static const char *key_names(char *text, size_t size)
{
	size_t n = 0;

	for (int key = 0; key < LIMIT_MAX; key++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", key ? " " : "",
				      rows[key].info.name);
	return text;
}

/* Parses one KEY=VALUE. `seen` collects the keys of this list. */
static int parse_item(struct cursor item, struct limits *limits, uint32_t *seen, char *error,
		      size_t error_size)
{
	const char *equals = memchr(item.at, '=', (size_t)(item.end - item.at));
	char shown[SHOWN_BYTES], names[160];
	const char *expected;
	uint64_t value;
	int key, r;

	(void)escape_bytes(shown, sizeof(shown), item.at,
			   (size_t)((equals ? equals : item.end) - item.at));
	if (!equals)
		return refuse(-EINVAL, error, error_size,
			      "limit \"%s\": write KEY=VALUE, such as cpu=2s", shown);
	key = limit_key_from_name(item.at, (size_t)(equals - item.at));
	if (key < 0)
		return refuse(-EINVAL, error, error_size,
			      "limit \"%s\": there is no such key; write one of %s", shown,
			      key_names(names, sizeof(names)));
	if (*seen & UINT32_C(1) << key)
		return refuse(-EINVAL, error, error_size, "limit \"%s\": it is given twice", shown);
	*seen |= UINT32_C(1) << key;

	item.at = equals + 1;
	r = parse_value(&rows[key], item, &value, &expected);
	if (r < 0) {
		(void)escape_bytes(shown, sizeof(shown), item.at, (size_t)(item.end - item.at));
		return refuse(r, error, error_size, "limit %s=\"%s\": %s", rows[key].info.name,
			      shown, expected);
	}
	limits_set(limits, (enum limit_key)key, value);
	return 0;
}

int limits_parse_list(const char *text, struct limits *limits, char *error, size_t error_size)
{
	struct limits parsed = *limits;
	uint32_t seen = 0;
	const char *comma;
	int r;

	do {
		comma = strchrnul(text, ',');
		if (comma == text)
			return refuse(
				-EINVAL, error, error_size,
				"an empty limit: write KEY=VALUE,KEY=VALUE, such as cpu=2s,memory=64M");
		r = parse_item((struct cursor){text, comma}, &parsed, &seen, error, error_size);
		if (r < 0)
			return r;
		text = comma + 1;
	} while (*comma);
	*limits = parsed;
	return 0;
}

/* Whether `cpu` of CPU time cannot be used up within `wall` at `cpus` thousandths of a CPU. */
static bool out_of_reach(uint64_t cpu, uint64_t wall, uint64_t cpus)
{
	return (unsigned __int128)cpu * 1000 > (unsigned __int128)wall * cpus;
}

int limits_check(const struct limits *limits, char *error, size_t error_size)
{
	uint64_t cpu = limits_get(limits, LIMIT_CPU), wall = limits_get(limits, LIMIT_WALL);
	uint64_t cpus = limits_get(limits, LIMIT_CPUS);
	uint64_t file_size = limits_get(limits, LIMIT_FILE_SIZE);
	uint64_t disk = limits_get(limits, LIMIT_DISK);
	char a[32], b[32], c[32];

	if (cpu != LIMIT_NONE && wall != LIMIT_NONE && cpus != LIMIT_NONE &&
	    out_of_reach(cpu, wall, cpus)) {
		(void)limit_format(LIMIT_CPU, cpu, a, sizeof(a));
		(void)limit_format(LIMIT_WALL, wall, b, sizeof(b));
		(void)limit_format(LIMIT_CPUS, cpus, c, sizeof(c));
		return refuse(
			-EINVAL, error, error_size,
			"cpu=%s cannot be used up within wall=%s at cpus=%s: raise wall or lower cpu",
			a, b, c);
	}
	if (file_size != LIMIT_NONE && disk != LIMIT_NONE && file_size > disk) {
		(void)limit_format(LIMIT_FILE_SIZE, file_size, a, sizeof(a));
		(void)limit_format(LIMIT_DISK, disk, b, sizeof(b));
		return refuse(-EINVAL, error, error_size,
			      "file-size=%s is more than disk=%s: lower file-size or raise disk", a,
			      b);
	}
	return 0;
}
